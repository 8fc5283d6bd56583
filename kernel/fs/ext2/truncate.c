/* truncate.c - set a file's size, and free the blocks that are in it no more.
 *
 * Layer: fs/ext2   Called by: VFS (truncate), inode.c (deletion), data.c
 *
 * A large file does not fit in one transaction.  So its new size and a place on
 * the list of orphans come first; then blocks are freed run by run, and after
 * each run the disk is consistent: the numbers in the tree, the bitmap, and the
 * inode's count agree.  Wherever a crash cuts this, the next mount goes on.
 *
 *	orphan_add, size | free run, free run, ... | ... | free run, orphan_remove
 *	                 ^ a new transaction may begin at any of these
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "lib/string.h"

#define NUMBER_SHIFT 2
#define SECTOR_BITS  9

/* What is being freed: blocks [from, to) of the file. */
struct cut {
	struct journal_handle *h;
	struct inode *inode;
	struct ext2_inode *ei;
	struct ext2_fs *fs;
	uint64_t from;
	uint64_t to;
	bool metadata; /* the data goes through the journal, too */
};

/* Blocks of metadata, or logged data, are about to be freed. */
static int
forget(struct cut *c, uint64_t block, uint32_t count)
{
	if (c->fs->journal != NULL)
		return journal_forget(c->h, block, count);
	buffer_discard(&c->fs->buffers, block, count);
	return 0;
}

/* The n blocks from *number on are no longer the file's; the numbers are in
 * buf, or in the inode itself. */
static void
clear_numbers(struct cut *c, struct buffer *buf, uint32_t *number, unsigned n)
{
	struct ext2_inode *ei = c->ei;
	uint32_t sectors = n << (c->fs->block_shift - SECTOR_BITS);

	mutex_lock(&ei->map_lock);
	memset(number, 0, n * sizeof(*number));
	ei->sectors -= MIN(sectors, ei->sectors);
	ei->run_count = 0;
	mutex_unlock(&ei->map_lock);
	if (buf != NULL)
		journal_dirty(c->h, buf);
}

/* Free neighbours: those from *number on that follow it on the disk, of the n
 * numbers that there are.  Returns how many, or an error. */
static int
cut_run(struct cut *c, struct buffer *buf, uint32_t *number, unsigned n,
    bool metadata)
{
	struct ext2_fs *fs = c->fs;
	uint64_t block = *number;
	unsigned count = 1;
	uint64_t end;
	int err;

	if (!ext2_blocks_are_data(fs, block, 1))
		return ext2_error(fs, "inode %lu: block %lu cannot be a file's",
		    c->inode->ino, (unsigned long)block);
	end = ext2_group_start(fs, ext2_group_of(fs, block) + 1);
	n = (unsigned)MIN(n, end - block);
	while (count < n && number[count] == block + count)
		count++;
	err = journal_extend(c->h, EXT2_CREDITS_CUT);
	if (err == 0 && buf != NULL)
		err = journal_access(c->h, buf);
	if (err == 0 && metadata)
		err = forget(c, block, count);
	if (err == 0)
		err = ext2_blocks_free(c->h, fs, block, count);
	if (err != 0)
		return err;
	clear_numbers(c, buf, number, count);
	err = ext2_inode_store(c->h, c->inode);
	return err != 0 ? err : (int)count;
}

/* Free the data that numbers[first..end) name. */
static int
cut_data(struct cut *c, struct buffer *buf, uint32_t *numbers, uint64_t first,
    uint64_t end)
{
	while (first < end) {
		int n = 1;

		if (numbers[first] != 0)
			n = cut_run(c, buf, &numbers[first],
			    (unsigned)(end - first), c->metadata);
		if (n < 0)
			return n;
		first += (unsigned)n;
	}
	return 0;
}

/* Free what is to go of the tree below *number, an indirect block depth levels
 * above the data, whose data begins at block `start` of the file; and that
 * block too, if nothing of it stays. */
static int
cut_tree(struct cut *c, struct buffer *parent, uint32_t *number,
    unsigned depth, uint64_t start)
{
	unsigned shift = c->fs->block_shift - NUMBER_SHIFT;
	uint64_t below = BIT(shift * (depth - 1)); /* data of each number */
	uint64_t end = start + (below << shift);
	uint64_t first = MAX(c->from, start);
	uint64_t last = MIN(c->to, end);
	struct buffer *buf;
	uint32_t *numbers;
	int err = 0;

	if (*number == 0 || first >= last)
		return 0;
	if (!ext2_blocks_are_data(c->fs, *number, 1))
		return ext2_error(c->fs, "inode %lu: block %u cannot be an "
		    "indirect one", c->inode->ino, *number);
	err = buffer_read(&c->fs->buffers, *number, &buf);
	if (err != 0)
		return err;
	numbers = (uint32_t *)buf->data;
	if (depth == 1)
		err = cut_data(c, buf, numbers, first - start, last - start);
	for (uint64_t i = (first - start) / below; depth > 1 && err == 0 &&
	    start + i * below < last; i++)
		err = cut_tree(c, buf, &numbers[i], depth - 1,
		    start + i * below);
	buffer_put(buf);
	if (err == 0 && first == start && last == end)
		err = MIN(cut_run(c, parent, number, 1, true), 0);
	return err;
}

int
ext2_cut(struct journal_handle *h, struct inode *inode, uint64_t from,
    uint64_t to)
{
	struct ext2_inode *ei = ext2_inode(inode);
	unsigned shift = ei->fs->block_shift - NUMBER_SHIFT;
	uint64_t start = EXT2_DIRECT;
	struct cut c = {h, inode, ei, ei->fs, from, to,
	    !S_ISREG(inode->mode) || ext2_logs_data(inode)};
	int err = 0;

	if (from < EXT2_DIRECT)
		err = cut_data(&c, NULL, ei->block, from,
		    MIN(to, EXT2_DIRECT));
	for (unsigned depth = 1; depth <= 3 && err == 0; depth++) {
		err = cut_tree(&c, NULL, &ei->block[EXT2_DIRECT + depth - 1],
		    depth, start);
		start += BIT(shift * depth);
	}
	return err;
}

static bool
has_indirect(const struct ext2_inode *ei)
{
	return (ei->block[EXT2_SINGLE] | ei->block[EXT2_DOUBLE] |
	    ei->block[EXT2_TRIPLE]) != 0;
}

int
ext2_truncate_blocks(struct inode *inode, uint64_t bytes)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	uint64_t from = (bytes + fs->block_bytes - 1) >> fs->block_shift;
	/* Twelve blocks fit in the handle that is begun here. */
	bool several = has_indirect(ei) && inode->nlink > 0;
	struct journal_handle h;
	int end_err;
	int err = ext2_begin(fs, &h, ext2_map_credits(fs, EXT2_DIRECT) +
	    EXT2_CREDITS_CUT + 2 * EXT2_CREDITS_INODE);

	if (err != 0)
		return err;
	if (several)
		err = ext2_orphan_add(&h, inode);
	if (err == 0) {
		ei->disk_bytes = bytes;
		err = ext2_inode_store(&h, inode);
	}
	if ((bytes & (fs->block_bytes - 1)) != 0 && !ext2_logs_data(inode))
		journal_order(&h, &ei->ordered); /* the zeroes behind the end */
	if (err == 0)
		err = ext2_cut(&h, inode, from, UINT64_MAX);
	if (err == 0 && inode->nlink > 0) {
		err = journal_extend(&h, 2 * EXT2_CREDITS_INODE + 1);
		if (err == 0)
			err = ext2_orphan_remove(&h, inode);
	}
	end_err = journal_end(&h);
	return err != 0 ? err : end_err;
}

/* Make the file longer; a hole is all that it gets. */
static int
grow(struct inode *inode, uint64_t bytes)
{
	struct ext2_inode *ei = ext2_inode(inode);
	uint64_t old = pagecache_bytes(&inode->cache);
	struct journal_handle h;
	int err;

	pagecache_truncate(&inode->cache, bytes);
	err = ext2_begin(ei->fs, &h, EXT2_CREDITS_INODE + 1);
	if (err != 0) {
		pagecache_truncate(&inode->cache, old);
		return err;
	}
	if ((old & PAGE_MASK) != 0 && !ext2_logs_data(inode))
		journal_order(&h, &ei->ordered);
	ei->disk_bytes = bytes;
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	err = ext2_inode_store(&h, inode);
	return journal_end(&h) != 0 ? -EIO : err;
}

/* The file's pages behind bytes will go.  A transaction with their blocks that
 * is not on the disk yet counts on them: it would show what these blocks held
 * before.  So the new size is made part of it; or if it is closed already, the
 * pages are written now.
 * Returns 0 or an error; then nothing has changed but the list of orphans. */
static int
before_shrinking(struct inode *inode, uint64_t bytes)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct journal *j = ei->fs->journal;
	struct journal_handle h;
	uint32_t tid;
	int err;

	if (!ei->ordered.ordered || journal_committed(j, ei->ordered.tid))
		return 0;
	err = ext2_begin(ei->fs, &h, 2 * EXT2_CREDITS_INODE + 2);
	if (err != 0)
		return err;
	err = ext2_orphan_add(&h, inode);
	if (err == 0) {
		ei->disk_bytes = bytes;
		err = ext2_inode_store(&h, inode);
	}
	tid = h.tid;
	if (journal_end(&h) != 0)
		err = -EIO;
	if (err == 0 && ei->ordered.tid != tid)
		pagecache_sync(&inode->cache); /* they go: no error counts */
	return err;
}

int
ext2_truncate(struct inode *inode, off_t size)
{
	struct ext2_inode *ei = ext2_inode(inode);
	uint64_t bytes = (uint64_t)size;
	int err = ext2_check_writable(ei->fs);

	if (err != 0)
		return err;
	if (ei->flags & (EXT2_FL_IMMUTABLE | EXT2_FL_APPEND))
		return -EPERM;
	if (bytes > ei->fs->max_file_bytes)
		return -EFBIG;
	if (bytes > pagecache_bytes(&inode->cache))
		return grow(inode, bytes);
	err = before_shrinking(inode, bytes);
	if (err != 0)
		return err;
	/* The pages go first: nobody may write to blocks that are free. */
	pagecache_truncate(&inode->cache, bytes);
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	return ext2_truncate_blocks(inode, bytes);
}
