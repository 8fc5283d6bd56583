/* data.c - writing to files: places on the disk for what the page cache has.
 *
 * Layer: fs/ext2   Called by: mm/pagecache, through ext2_cache_ops
 *
 * Blocks get their places when they are written to, not when they are written
 * back.  write(2) opens a handle if the file grows or has holes there; data of
 * new blocks goes to the disk before the handle's transaction commits, so a
 * crash never shows what the blocks held before (ordered), or goes through the
 * journal itself (data=journal).
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "lib/string.h"

/* ---- write(2) --------------------------------------------------------- */

/* Have all of the blocks [first, end) of the file a place? */
static int
all_mapped(struct inode *inode, uint64_t first, uint64_t end)
{
	while (first < end) {
		unsigned run = (unsigned)(end - first);
		uint64_t block;
		int err = ext2_map(inode, first, &block, &run);

		if (err != 0)
			return err;
		if (block == 0)
			return 0;
		first += run;
	}
	return 1;
}

static uint64_t
blocks_of(const struct ext2_fs *fs, uint64_t bytes)
{
	return (bytes + fs->block_bytes - 1) >> fs->block_shift;
}

/* Buffers that a write of so many blocks may change: of the file, the list of
 * orphans, and the data if it is logged. */
static unsigned
write_credits(const struct inode *inode, unsigned blocks)
{
	return ext2_map_credits(ext2_fs(inode), blocks) +
	    EXT2_CREDITS_INODE + 2 + (ext2_logs_data(inode) ? blocks : 0);
}

/* A part of a write that fits in a transaction. */
static size_t
limit_bytes(const struct inode *inode, uint64_t pos, size_t bytes)
{
	struct ext2_fs *fs = ext2_fs(inode);

	while (fs->journal != NULL && bytes > fs->block_bytes &&
	    write_credits(inode, (unsigned)(blocks_of(fs, pos + bytes) -
	    (pos >> fs->block_shift))) > journal_max_credits(fs->journal))
		bytes /= 2;
	return bytes;
}

/* Give the blocks [first, end) behind the file's end their places, as many as
 * there is room for.  Returns 0, or the error that stopped it; then *got is the
 * end of what has a place. */
static int
prepare_blocks(struct inode *inode, uint64_t first, uint64_t end,
    uint64_t *got)
{
	struct ext2_inode *ei = ext2_inode(inode);
	int err = 0;

	*got = first;
	while (*got < end && err == 0) {
		unsigned run = (unsigned)(end - *got);
		uint64_t block;
		bool fresh;

		err = ext2_map_create(&ei->write.handle, inode, *got, &block,
		    &run, &fresh);
		if (err == 0)
			*got += run;
	}
	ei->write.fresh = first;
	ei->write.fresh_end = *got;
	return err;
}

/* Is there so little room that blocks which wait for a commit count? */
static bool
needs_commit(const struct ext2_fs *fs, uint64_t blocks)
{
	return fs->pinned_blocks > 0 && fs->free_blocks < blocks + DEPTH_BLOCKS;
}

/* Begin a handle and get blocks for bytes [pos, pos + *bytes). */
static int
begin_handle(struct inode *inode, uint64_t pos, size_t *bytes)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	struct ext2_write *w = &ei->write;
	uint64_t old_end = blocks_of(fs, pagecache_bytes(&inode->cache));
	uint64_t first = pos >> fs->block_shift;
	uint64_t end = blocks_of(fs, pos + *bytes);
	uint64_t got = end;
	bool tried = false;
	int err;

	if (first < old_end && needs_commit(fs, end - first))
		ext2_retry_space(fs, &tried); /* for holes that may be there */
	do {
		err = ext2_begin(fs, &w->handle,
		    write_credits(inode, (unsigned)(end - first)));
		if (err != 0)
			return err;
		if (end > old_end)
			err = prepare_blocks(inode, MAX(first, old_end), end,
			    &got);
		/* What has got a place is written, and the rest fails next
		 * time; but a commit may help. */
		if (w->fresh < w->fresh_end || (got > first &&
		    (err != -ENOSPC || tried || fs->pinned_blocks == 0)))
			err = 0;
		w->open = err == 0;
		if (err != 0)
			journal_end(&w->handle);
	} while (err == -ENOSPC && ext2_retry_space(fs, &tried));
	if (err == 0 && got < end)
		*bytes = (got << fs->block_shift) - pos;
	if (err == 0 && w->fresh < w->fresh_end && !ext2_logs_data(inode))
		journal_order(&w->handle, &ei->ordered);
	return err;
}

static int
write_begin(struct pagecache *pc, uint64_t pos, size_t *bytes, void **cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	int err = ext2_check_writable(fs);

	*cookie = NULL;
	if (err != 0)
		return err;
	if (pos >= fs->max_file_bytes)
		return -EFBIG;
	*bytes = limit_bytes(inode, pos, MIN(*bytes,
	    fs->max_file_bytes - pos));
	ei->write.open = false;
	ei->write.fresh = 0;
	ei->write.fresh_end = 0;
	if (pos + *bytes <= pagecache_bytes(pc) && !ext2_logs_data(inode)) {
		err = all_mapped(inode, pos >> fs->block_shift,
		    blocks_of(fs, pos + *bytes));
		if (err != 0)
			return MIN(err, 0);
	}
	return begin_handle(inode, pos, bytes);
}

/* A block of the file that is written to: has it a place, and is that new? */
static int
place_block(struct inode *inode, uint64_t index, uint64_t *block, bool *fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_write *w = &ei->write;
	unsigned run = 1;
	int err;

	*fresh = false;
	if (!w->open)
		return 0;
	if (index >= w->fresh && index < w->fresh_end) {
		w->fresh = index + 1;
		*fresh = true;
		return ext2_map(inode, index, block, &run);
	}
	err = ext2_map_create(&w->handle, inode, index, block, &run, fresh);
	if (err == 0 && *fresh && !ext2_logs_data(inode))
		journal_order(&w->handle, &ei->ordered);
	return err;
}

/* The block of the page at byte at, of which [from, to) is written.  *fresh: it
 * was a hole until now. */
static int
write_block(struct inode *inode, struct page *page, unsigned at, unsigned from,
    unsigned to, bool *fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	const struct ext2_fs *fs = ei->fs;
	unsigned end = at + fs->block_bytes;
	char *va = page_va(page);
	uint64_t block = 0;
	int err = place_block(inode, ((page->index << PAGE_SHIFT) + at) >>
	    fs->block_shift, &block, fresh);

	if (err != 0)
		return err;
	if (*fresh && from > at)
		memset(va + at, 0, from - at);
	if (*fresh && to < end)
		memset(va + to, 0, end - to);
	if (block != 0 && ext2_logs_data(inode))
		err = journal_data(&ei->write.handle, block, page, at);
	return err;
}

/* The page cannot be written as a whole, but blocks of it have got places (a bit
 * each), which hold what another file left there.  A page that others see is
 * written: zeroes.  One that will be forgotten gives them back. */
static void
undo_page(struct inode *inode, struct page *page, unsigned fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	uint64_t first = page->index << (PAGE_SHIFT - ei->fs->block_shift);

	if (fresh != 0 && (atomic_load(&page->flags) & PAGE_UPTODATE) != 0) {
		pagecache_dirty(page);
		return;
	}
	for (unsigned i = 0; i < ei->fs->blocks_per_page; i++) {
		if ((fresh & BIT(i)) != 0)
			ext2_cut(&ei->write.handle, inode, first + i,
			    first + i + 1);
	}
}

static int
write_page(struct pagecache *pc, struct page *page, unsigned from, unsigned to,
    void *cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	const struct ext2_fs *fs = ext2_fs(inode);
	unsigned got = 0;
	int err = 0;

	(void)cookie;
	for (unsigned at = ALIGN_DOWN(from, fs->block_bytes);
	    at < to && err == 0; at += fs->block_bytes) {
		bool fresh;

		err = write_block(inode, page, at, from, to, &fresh);
		if (fresh)
			got |= BIT(at >> fs->block_shift);
	}
	if (err != 0)
		undo_page(inode, page, got);
	return err;
}

static int
write_end(struct pagecache *pc, uint64_t end, void *cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_write *w = &ei->write;
	uint64_t bytes = pagecache_bytes(pc);
	/* Places that were got, and then not needed. */
	bool unused = w->open && w->fresh_end > blocks_of(ei->fs, bytes);
	int end_err;
	int err = 0;

	(void)end;
	(void)cookie;
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	if (!w->open)
		return 0;
	if (unused)
		err = ext2_orphan_add(&w->handle, inode);
	if (err == 0) {
		if (bytes > ei->disk_bytes && !ext2_logs_data(inode))
			journal_order(&w->handle, &ei->ordered);
		ei->disk_bytes = MAX(ei->disk_bytes, bytes);
		err = ext2_inode_store(&w->handle, inode);
	}
	end_err = journal_end(&w->handle);
	w->open = false;
	if (unused && err == 0)
		err = ext2_truncate_blocks(inode, bytes);
	return err != 0 ? err : end_err;
}

/* ---- Mappings --------------------------------------------------------- */

/* Give places to what of the page is in the file.  Returns 0 or an error. */
static int
fill_page(struct journal_handle *h, struct inode *inode, struct page *page)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	uint64_t index = page->index << (PAGE_SHIFT - fs->block_shift);
	bool changed = false;
	int store_err;
	int err = 0;

	for (unsigned i = 0; i < fs->blocks_per_page && err == 0; i++) {
		unsigned run = 1;
		uint64_t block;
		bool fresh = false;

		err = ext2_map_create_below(h, inode, index + i, &block, &run,
		    &fresh);
		if (err != 0 || !fresh)
			continue;
		changed = true;
		if (ext2_logs_data(inode))
			err = journal_data(h, block, page,
			    i << fs->block_shift);
	}
	if (err == -EFAULT)
		err = 0; /* the rest is behind the end */
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	if (!changed)
		return err;
	/* What has got a place must be written, whatever follows. */
	pagecache_dirty(page);
	if (!ext2_logs_data(inode))
		journal_order(h, &ei->ordered);
	store_err = ext2_inode_store(h, inode);
	return err != 0 ? err : store_err;
}

static int
mapping_dirty(struct pagecache *pc, struct page *page)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_fs *fs = ext2_fs(inode);
	uint64_t pos = page->index << PAGE_SHIFT;
	uint64_t bytes = pagecache_bytes(pc);
	struct journal_handle h;
	bool tried = false;
	int err = ext2_check_writable(fs);

	if (err != 0 || pos >= bytes)
		return err;
	err = all_mapped(inode, pos >> fs->block_shift,
	    blocks_of(fs, MIN(bytes, pos + PAGE_SIZE)));
	if (err != 0) {
		inode_touch(inode, INODE_MTIME | INODE_CTIME);
		return MIN(err, 0);
	}
	do {
		err = ext2_begin(fs, &h,
		    write_credits(inode, fs->blocks_per_page));
		if (err != 0)
			return err;
		err = fill_page(&h, inode, page);
		if (journal_end(&h) != 0)
			err = -EIO;
	} while (err == -ENOSPC && ext2_retry_space(fs, &tried));
	return err;
}

/* Need nobody write the dirty pages?  A transaction that is just being
 * committed may have the file with its name, and count on its data. */
static bool
is_unlinked(struct pagecache *pc)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	struct journal *j = ei->fs->journal;

	return inode->nlink == 0 && (!ei->ordered.ordered ||
	    ei->ordered.tid == journal_running_tid(j) ||
	    journal_committed(j, ei->ordered.tid));
}

const struct pagecache_ops ext2_cache_ops = {
    .read = ext2_read_pages,
    .write = ext2_write_pages,
    .begin = write_begin,
    .page = write_page,
    .end = write_end,
    .dirty = mapping_dirty,
    .sync = ext2_sync_mapping,
    .unlinked = is_unlinked,
    .name = inode_cache_name,
    .release = inode_cache_release,
};
