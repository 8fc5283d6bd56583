/* map.c - from a block of a file to a block of the disk.
 *
 * Layer: fs/ext2   Called by: data.c, truncate.c, journal_inode.c, dir.c
 * Source: [EXT2] "i_block"
 *
 *	i_block  [0] ... [11]  [12]      [13]            [14]
 *	          data          |         |               |
 *	                     numbers   numbers         numbers
 *	                      data     of numbers      of numbers
 *	                                data            of numbers of data
 *
 * A number 0 is a hole, at every level.  The tree has a fixed depth, so a loop
 * in a damaged one cannot hold us up; a block that refers to itself, or to what
 * cannot be a file's, is an error.
 *
 * The last run found is kept: reading on costs a comparison.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "debug/assert.h"

#define NUMBER_SHIFT 2 /* a number of a block has 4 bytes */
#define DEPTH_MAX    3 /* indirect blocks above the data */
#define SECTOR_SHIFT_OF(fs) ((fs)->block_shift - 9)

/* Where in the tree a block is: slot[0] of i_block, slot[1] of the block that
 * it names, ... */
struct place {
	unsigned depth;
	unsigned slot[DEPTH_MAX + 1];
};

/* A walk down to a place, as far as it goes. */
struct walk {
	struct place place;
	unsigned level;         /* of the number at which it ended */
	struct buffer *buf;     /* where that number is; NULL: in the inode */
	uint32_t *numbers;      /* of that block */
	unsigned slot;
	unsigned limit;         /* numbers in it */
};

/* Returns 0, or -EFBIG: behind the last block that a file can have. */
static int
place_of(const struct ext2_fs *fs, uint64_t index, struct place *place)
{
	unsigned shift = fs->block_shift - NUMBER_SHIFT;
	uint64_t mask = BIT(shift) - 1;

	if (index < EXT2_DIRECT) {
		place->depth = 0;
		place->slot[0] = (unsigned)index;
		return 0;
	}
	index -= EXT2_DIRECT;
	for (unsigned depth = 1; depth <= DEPTH_MAX; depth++) {
		uint64_t count = BIT(shift * depth);

		if (index >= count) {
			index -= count;
			continue;
		}
		place->depth = depth;
		place->slot[0] = EXT2_DIRECT + depth - 1;
		for (unsigned i = 1; i <= depth; i++)
			place->slot[i] = (unsigned)
			    (index >> (shift * (depth - i)) & mask);
		return 0;
	}
	return -EFBIG;
}

/* Go down to index, until a hole or the number of the data.  On success
 * buffer_put(w->buf) is due.  Locks: map_lock held. */
static int
walk_down(struct ext2_inode *ei, uint64_t index, struct walk *w)
{
	struct ext2_fs *fs = ei->fs;
	uint32_t parent = 0;
	int err = place_of(fs, index, &w->place);

	w->buf = NULL;
	w->numbers = ei->block;
	w->limit = EXT2_DIRECT;
	for (w->level = 0; err == 0; w->level++) {
		struct buffer *next;
		uint32_t block;

		w->slot = w->place.slot[w->level];
		block = w->numbers[w->slot];
		if (w->level == w->place.depth || block == 0)
			return 0;
		if (block == parent || !ext2_blocks_are_data(fs, block, 1)) {
			err = ext2_error(fs, "inode %lu: block %u cannot be "
			    "an indirect one", ei->inode->ino, block);
			break;
		}
		err = buffer_read(&fs->buffers, block, &next);
		if (err != 0)
			break;
		buffer_put(w->buf);
		w->buf = next;
		w->numbers = (uint32_t *)next->data;
		w->limit = fs->block_bytes >> NUMBER_SHIFT;
		parent = block;
	}
	buffer_put(w->buf);
	return err;
}

static bool
at_data(const struct walk *w)
{
	return w->level == w->place.depth;
}

/* How many blocks from here on are neighbours on the disk, at most max. */
static unsigned
count_mapped(const struct walk *w, unsigned max)
{
	uint32_t block = w->numbers[w->slot];
	unsigned n = 1;

	max = MIN(max, w->limit - w->slot);
	while (n < max && w->numbers[w->slot + n] == block + n)
		n++;
	return n;
}

/* How many blocks from here on are a hole, at most max. */
static unsigned
count_hole(const struct ext2_fs *fs, const struct walk *w, unsigned max)
{
	unsigned shift = fs->block_shift - NUMBER_SHIFT;
	uint64_t span = 0;
	unsigned n = 1;

	if (at_data(w)) {
		max = MIN(max, w->limit - w->slot);
		while (n < max && w->numbers[w->slot + n] == 0)
			n++;
		return n;
	}
	/* A whole subtree is missing: what of it is at index or behind. */
	for (unsigned i = w->level + 1; i <= w->place.depth; i++)
		span = (span << shift) + (BIT(shift) - 1 - w->place.slot[i]);
	return (unsigned)MIN(span + 1, max);
}

static void
remember_run(struct ext2_inode *ei, uint64_t index, uint64_t block,
    unsigned count)
{
	ei->run_index = index;
	ei->run_block = (uint32_t)block;
	ei->run_count = count;
}

/* The walk ended at data: their place.  Locks: map_lock held. */
static int
found(struct ext2_inode *ei, const struct walk *w, uint64_t index,
    uint64_t *block, unsigned *run)
{
	unsigned n = count_mapped(w, UINT32_MAX);

	*block = w->numbers[w->slot];
	if (!ext2_blocks_are_data(ei->fs, *block, n)) {
		n = MIN(n, *run);
		if (!ext2_blocks_are_data(ei->fs, *block, n))
			return ext2_error(ei->fs, "inode %lu: blocks %lu to "
			    "%lu cannot be a file's", ei->inode->ino,
			    (unsigned long)*block,
			    (unsigned long)*block + n - 1);
	}
	remember_run(ei, index, *block, n);
	*run = MIN(*run, n);
	return 0;
}

int
ext2_map(struct inode *inode, uint64_t index, uint64_t *block, unsigned *run)
{
	struct ext2_inode *ei = ext2_inode(inode);
	uint64_t ahead;
	struct walk w;
	int err;

	kassert(*run > 0);
	mutex_lock(&ei->map_lock);
	ahead = index - ei->run_index;
	if (index >= ei->run_index && ahead < ei->run_count) {
		*block = ei->run_block + ahead;
		*run = (unsigned)MIN(*run, ei->run_count - ahead);
		mutex_unlock(&ei->map_lock);
		return 0;
	}
	err = walk_down(ei, index, &w);
	if (err == 0) {
		*block = 0;
		if (at_data(&w) && w.numbers[w.slot] != 0)
			err = found(ei, &w, index, block, run);
		else
			*run = count_hole(ei->fs, &w, *run);
		buffer_put(w.buf);
	}
	mutex_unlock(&ei->map_lock);
	return err;
}

/* ---- New blocks ------------------------------------------------------- */

unsigned
ext2_map_credits(const struct ext2_fs *fs, unsigned blocks)
{
	/* Leaves, what is above them, and a bitmap and a descriptor for each
	 * group; the superblock and the inode. */
	unsigned tree = (blocks >> (fs->block_shift - NUMBER_SHIFT)) + 5;
	unsigned groups = MIN(blocks + tree, fs->group_count);

	return tree + 2 * groups + 1 + EXT2_CREDITS_INODE;
}

/* Where on the disk the block at which the walk ended should be. */
static uint64_t
goal_of(const struct ext2_inode *ei, const struct walk *w)
{
	for (unsigned back = 1; back <= w->slot; back++) {
		uint32_t block = w->numbers[w->slot - back];

		if (block != 0)
			return at_data(w) ? (uint64_t)block + back : ei->goal;
		if (w->numbers == ei->block)
			break;
	}
	if (ei->goal == 0)
		return ext2_group_start(ei->fs, (uint32_t)((ei->inode->ino -
		    1) / ei->fs->super->s_inodes_per_group));
	return ei->goal;
}

/* Make new[0..missing): the indirect blocks between the walk's end and the
 * data; the last names the blocks [data, data + count). */
static int
make_chain(struct journal_handle *h, struct ext2_fs *fs, const struct walk *w,
    const uint32_t *new, unsigned missing, uint32_t data, unsigned count)
{
	for (unsigned i = 0; i < missing; i++) {
		unsigned slot = w->place.slot[w->level + 1 + i];
		struct buffer *buf;
		uint32_t *numbers;
		int err = buffer_new(&fs->buffers, new[i], &buf);

		if (err != 0)
			return err;
		err = journal_access_new(h, buf);
		if (err != 0) {
			buffer_put(buf);
			return err;
		}
		numbers = (uint32_t *)buf->data;
		if (i + 1 < missing)
			numbers[slot] = new[i + 1];
		for (unsigned n = 0; i + 1 == missing && n < count; n++)
			numbers[slot + n] = data + n;
		journal_dirty(h, buf);
		buffer_put(buf);
	}
	return 0;
}

/* Give places to *run blocks of a hole, or to fewer, and to the indirect blocks
 * that they need.  Locks: map_lock held. */
static int
fill_hole(struct journal_handle *h, struct ext2_inode *ei, struct walk *w,
    uint64_t *block, unsigned *run)
{
	struct ext2_fs *fs = ei->fs;
	unsigned missing = w->place.depth - w->level;
	uint64_t goal = goal_of(ei, w);
	uint32_t new[DEPTH_MAX + 1]; /* the indirect ones, the first of data */
	unsigned count = 1;
	unsigned n;
	int err = 0;

	if (missing > 0)
		*run = MIN(*run, (fs->block_bytes >> NUMBER_SHIFT) -
		    w->place.slot[w->place.depth]);
	*run = count_hole(fs, w, *run);
	if (ei->sectors > UINT32_MAX - ((*run + missing) <<
	    SECTOR_SHIFT_OF(fs)))
		return -EFBIG;
	if (w->buf != NULL)
		err = journal_access(h, w->buf);
	for (n = 0; n <= missing && err == 0; n++) {
		count = n < missing ? 1 : *run;
		err = ext2_blocks_alloc(h, fs, goal, &count, &new[n]);
		if (err != 0)
			break;
		goal = new[n] + 1;
	}
	if (err == 0)
		err = make_chain(h, fs, w, new, missing, new[missing], count);
	if (err != 0)
		goto out_free;
	if (missing > 0)
		w->numbers[w->slot] = new[0];
	for (unsigned i = 0; missing == 0 && i < count; i++)
		w->numbers[w->slot + i] = new[0] + i;
	if (w->buf != NULL)
		journal_dirty(h, w->buf);
	ei->sectors += (count + missing) << SECTOR_SHIFT_OF(fs);
	ei->goal = new[missing] + count;
	*block = new[missing];
	*run = count;
	return 0;

out_free:
	for (unsigned i = 0; i < n; i++) {
		journal_forget(h, new[i], i < missing ? 1 : count);
		ext2_blocks_free(h, fs, new[i], i < missing ? 1 : count);
	}
	return err;
}

/* Locks: map_lock held. */
static int
map_or_fill(struct journal_handle *h, struct ext2_inode *ei, uint64_t index,
    uint64_t *block, unsigned *run, bool *fresh)
{
	struct walk w;
	int err = walk_down(ei, index, &w);

	if (err != 0)
		return err;
	*fresh = !at_data(&w) || w.numbers[w.slot] == 0;
	if (*fresh)
		err = fill_hole(h, ei, &w, block, run);
	else
		err = found(ei, &w, index, block, run);
	if (err == 0 && *fresh)
		remember_run(ei, index, *block, *run);
	buffer_put(w.buf);
	return err;
}

int
ext2_map_create(struct journal_handle *h, struct inode *inode, uint64_t index,
    uint64_t *block, unsigned *run, bool *fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	int err;

	kassert(*run > 0);
	mutex_lock(&ei->map_lock);
	err = map_or_fill(h, ei, index, block, run, fresh);
	mutex_unlock(&ei->map_lock);
	return err;
}

int
ext2_map_create_below(struct journal_handle *h, struct inode *inode,
    uint64_t index, uint64_t *block, unsigned *run, bool *fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	int err = -EFAULT;

	kassert(*run > 0);
	mutex_lock(&ei->map_lock);
	if (index << ei->fs->block_shift < pagecache_bytes(&inode->cache))
		err = map_or_fill(h, ei, index, block, run, fresh);
	mutex_unlock(&ei->map_lock);
	return err;
}

/* ---- Blocks of directories and symbolic links ------------------------- */

/* Append a block of zeroes to dir. */
static int
append_block(struct journal_handle *h, struct inode *dir, uint32_t index,
    struct buffer **out)
{
	struct ext2_fs *fs = ext2_fs(dir);
	uint64_t bytes = ((uint64_t)index + 1) << fs->block_shift;
	unsigned run = 1;
	uint64_t block;
	bool fresh;
	int err = ext2_map_create(h, dir, index, &block, &run, &fresh);

	if (err != 0)
		return err;
	err = buffer_new(&fs->buffers, block, out);
	if (err != 0)
		return err;
	err = journal_access_new(h, *out);
	if (err == 0) {
		atomic_store(&dir->cache.bytes, bytes);
		ext2_inode(dir)->disk_bytes = bytes;
		err = ext2_inode_store(h, dir);
	}
	if (err != 0)
		buffer_put(*out);
	return err;
}

int
ext2_dir_block(struct journal_handle *h, struct inode *dir, uint32_t index,
    bool create, struct buffer **out)
{
	struct ext2_fs *fs = ext2_fs(dir);
	uint64_t count = (pagecache_bytes(&dir->cache) + fs->block_bytes - 1) >>
	    fs->block_shift;
	unsigned run = 1;
	uint64_t block;
	int err;

	if (create && index == count)
		return append_block(h, dir, index, out);
	if (index >= count)
		return -EIO;
	err = ext2_map(dir, index, &block, &run);
	if (err == 0 && block == 0)
		err = ext2_error(fs, "inode %lu: block %u is a hole", dir->ino,
		    index);
	return err == 0 ? buffer_read(&fs->buffers, block, out) : err;
}
