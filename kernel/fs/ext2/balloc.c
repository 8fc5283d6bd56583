/* balloc.c - hand out blocks, and take them back.
 *
 * Layer: fs/ext2   Called by: map.c (new blocks), truncate.c (free)
 * Source: [EXT2] "Block Bitmap"
 *
 * A block that a transaction frees may be used again only when that transaction
 * has committed: otherwise a crash would bring the old file back, with
 * another's bytes in it.  Its bit in the bitmap is cleared at once, since it
 * belongs to the transaction; in memory the group keeps a second map, of
 * pinned blocks, and a search looks at both:
 *
 *	bitmap   1 1 1 0 0 0 0 1 1 0
 *	pinned   0 0 0 1 1 0 0 0 0 0      free to use: where both are 0
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "mm/slab.h"

/* Runs that a search looks at before it takes the longest of them. */
#define RUNS_MAX 32

/* Blocks of a group that transaction tid freed. */
struct pin {
	struct list link;
	uint32_t tid;
	uint32_t group;
	uint32_t bit;
	uint32_t count;
};

/* Blocks of the group that may be used now. */
static uint32_t
available(const struct ext2_group *g)
{
	uint32_t waiting = g->pinned_count + g->held_count;

	if (g->bad_blocks || g->held_count != 0)
		return 0;
	return g->desc->bg_free_blocks_count -
	    MIN(waiting, g->desc->bg_free_blocks_count);
}

static uint64_t *
bitmap_of(const struct ext2_group *g)
{
	return (uint64_t *)g->block_bitmap->data;
}

/* ---- Search ----------------------------------------------------------- */

/* The first long enough run of free blocks in [from, end), or the longest of
 * those looked at.  Returns its length; 0: nothing is free. */
static uint32_t
find_run(const struct ext2_group *g, uint32_t from, uint32_t end,
    uint32_t want, uint32_t *start)
{
	const uint64_t *map = bitmap_of(g);
	uint32_t best = 0;

	for (unsigned i = 0; i < RUNS_MAX && best < want; i++) {
		uint32_t stop;

		from = ext2_next_bit(map, g->pinned, from, end, false);
		if (from == end)
			break;
		stop = ext2_next_bit(map, g->pinned, from,
		    MIN(end, from + want), true);
		if (stop - from > best) {
			best = stop - from;
			*start = from;
		}
		from = stop;
	}
	return best;
}

/* Find free blocks of a group: at goal, behind it, or before it. */
static uint32_t
search_group(struct ext2_group *g, uint32_t goal, uint32_t want,
    uint32_t *start)
{
	uint32_t found = 0;

	if (goal < g->blocks && goal >= g->block_hint) {
		uint32_t end = ext2_next_bit(bitmap_of(g), g->pinned, goal,
		    MIN(g->blocks, goal + want), true);

		if (end > goal) {
			*start = goal;
			return end - goal;
		}
		found = find_run(g, goal, g->blocks, want, start);
	}
	if (found == 0)
		found = find_run(g, g->block_hint, g->blocks, want, start);
	return found;
}

/* ---- Changes ---------------------------------------------------------- */

static void
mark(struct journal_handle *h, struct ext2_fs *fs, struct ext2_group *g,
    uint32_t bit, uint32_t count, bool used)
{
	uint32_t change = used ? -count : count;

	for (uint32_t i = 0; i < count; i++)
		ext2_set_bit(bitmap_of(g), bit + i, used);
	g->desc->bg_free_blocks_count += (uint16_t)change;
	fs->super->s_free_blocks_count += change;
	journal_dirty(h, g->block_bitmap);
	journal_dirty(h, g->desc_buf);
	journal_dirty(h, fs->super_buf);
}

/* Take blocks of a group.  Returns how many, 0: there is none, or an error. */
static int
take_from_group(struct journal_handle *h, struct ext2_fs *fs, uint32_t group,
    uint32_t goal, uint32_t want, uint32_t *block)
{
	struct ext2_group *g = &fs->groups[group];
	uint32_t start = 0;
	uint32_t found;
	int err;

	if (available(g) == 0 || ext2_block_bitmap(fs, group) == NULL)
		return 0;
	found = search_group(g, goal, want, &start);
	if (found == 0)
		return 0;
	err = ext2_group_access(h, fs, g, g->block_bitmap);
	if (err != 0)
		return err;
	mark(h, fs, g, start, found, true);
	if (start == g->block_hint)
		g->block_hint = start + found;
	fs->free_blocks -= found;
	*block = (uint32_t)(ext2_group_start(fs, group) + start);
	kassert(ext2_blocks_are_data(fs, *block, found));
	return (int)found;
}

int
ext2_blocks_alloc(struct journal_handle *h, struct ext2_fs *fs, uint64_t goal,
    unsigned *count, uint32_t *block)
{
	uint32_t first = 0;
	uint32_t bit = 0;
	int found = 0;

	if (goal >= fs->super->s_first_data_block &&
	    goal < fs->super->s_blocks_count) {
		first = ext2_group_of(fs, goal);
		bit = (uint32_t)(goal - ext2_group_start(fs, first));
	}
	mutex_lock(&fs->alloc_lock);
	for (uint32_t i = 0; i < fs->group_count && found == 0; i++) {
		uint32_t group = first + i;

		if (group >= fs->group_count)
			group -= fs->group_count;
		found = take_from_group(h, fs, group, i == 0 ? bit : 0,
		    *count, block);
	}
	mutex_unlock(&fs->alloc_lock);
	if (found == 0)
		return -ENOSPC;
	if (found < 0)
		return found;
	*count = (unsigned)found;
	return 0;
}

/* ---- Free, and wait for the commit ------------------------------------ */

/* Keep blocks from being used until tid has committed.  Without memory for
 * that, the whole group waits.  Locks: alloc_lock held. */
static void
pin_blocks(struct ext2_fs *fs, uint32_t group, uint32_t bit, uint32_t count,
    uint32_t tid)
{
	struct ext2_group *g = &fs->groups[group];
	struct pin *pin = list_last(&fs->pinned, struct pin, link);

	fs->pinned_blocks += count;
	if (g->pinned == NULL)
		g->pinned = kzalloc(fs->block_bytes);
	if (pin == NULL || pin->tid != tid || pin->group != group ||
	    pin->bit + pin->count != bit || g->pinned == NULL) {
		pin = g->pinned != NULL ? kmalloc(sizeof(*pin)) : NULL;
		if (pin == NULL) {
			g->held_count += count;
			g->held_tid = tid;
			return;
		}
		*pin = (struct pin){.tid = tid, .group = group, .bit = bit};
		list_add_tail(&fs->pinned, &pin->link);
	}
	pin->count += count;
	g->pinned_count += count;
	for (uint32_t i = 0; i < count; i++)
		ext2_set_bit(g->pinned, bit + i, true);
}

/* Locks: alloc_lock held. */
static void
unpin(struct ext2_fs *fs, struct pin *pin)
{
	struct ext2_group *g = &fs->groups[pin->group];

	for (uint32_t i = 0; i < pin->count; i++)
		ext2_set_bit(g->pinned, pin->bit + i, false);
	g->pinned_count -= pin->count;
	g->block_hint = MIN(g->block_hint, pin->bit);
	fs->pinned_blocks -= pin->count;
	fs->free_blocks += pin->count;
	list_remove(&pin->link);
	kfree(pin);
	if (g->pinned_count == 0) {
		kfree(g->pinned);
		g->pinned = NULL;
	}
}

static bool
is_up_to(uint32_t tid, uint32_t last)
{
	return (int32_t)(tid - last) <= 0;
}

void
ext2_blocks_committed(struct ext2_fs *fs, uint32_t tid)
{
	mutex_lock(&fs->alloc_lock);
	list_for_each_safe(pin, &fs->pinned, struct pin, link) {
		if (!is_up_to(pin->tid, tid))
			break;
		unpin(fs, pin);
	}
	for (uint32_t i = 0; i < fs->group_count && fs->pinned_blocks > 0;
	    i++) {
		struct ext2_group *g = &fs->groups[i];

		if (g->held_count == 0 || !is_up_to(g->held_tid, tid))
			continue;
		fs->pinned_blocks -= g->held_count;
		fs->free_blocks += g->held_count;
		g->held_count = 0;
		g->block_hint = 0;
	}
	mutex_unlock(&fs->alloc_lock);
}

void
ext2_blocks_fini(struct ext2_fs *fs)
{
	mutex_lock(&fs->alloc_lock);
	list_for_each_safe(pin, &fs->pinned, struct pin, link)
		unpin(fs, pin);
	mutex_unlock(&fs->alloc_lock);
}

/* Free blocks of one group.  Locks: alloc_lock held. */
static int
free_in_group(struct journal_handle *h, struct ext2_fs *fs, uint32_t group,
    uint32_t bit, uint32_t count)
{
	struct ext2_group *g = &fs->groups[group];
	int err;

	if (ext2_block_bitmap(fs, group) == NULL)
		return -EIO;
	if (ext2_next_bit(bitmap_of(g), NULL, bit, bit + count, false) <
	    bit + count)
		return ext2_error(fs, "group %u: block %u is free already",
		    group, ext2_next_bit(bitmap_of(g), NULL, bit, bit + count,
		    false));
	err = ext2_group_access(h, fs, g, g->block_bitmap);
	if (err != 0)
		return err;
	mark(h, fs, g, bit, count, false);
	if (fs->journal != NULL) {
		pin_blocks(fs, group, bit, count, h->tid);
	} else {
		fs->free_blocks += count;
		g->block_hint = MIN(g->block_hint, bit);
	}
	return 0;
}

int
ext2_blocks_free(struct journal_handle *h, struct ext2_fs *fs, uint64_t block,
    uint32_t count)
{
	uint32_t group;
	uint32_t bit;
	int err;

	if (!ext2_blocks_are_data(fs, block, count))
		return ext2_error(fs, "blocks %lu to %lu cannot be a file's",
		    (unsigned long)block, (unsigned long)(block + count - 1));
	group = ext2_group_of(fs, block);
	bit = (uint32_t)(block - ext2_group_start(fs, group));
	kassert(bit + count <= fs->groups[group].blocks);
	mutex_lock(&fs->alloc_lock);
	err = free_in_group(h, fs, group, bit, count);
	mutex_unlock(&fs->alloc_lock);
	return err;
}
