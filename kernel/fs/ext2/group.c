/* group.c - block groups: where their parts are, and their bitmaps.
 *
 * Layer: fs/ext2   Called by: balloc.c, ialloc.c, inode.c, map.c, super.c
 * Source: [EXT2] "Block Group Descriptor Table", "Block Bitmap"
 *
 * A descriptor is believed only if its bitmaps and its table lie in the group
 * and do not touch each other; mounting fails otherwise.  A bitmap is believed
 * only if it shows these parts as used and agrees with the descriptor's
 * count; otherwise the group hands nothing out.  So a lying bitmap can never
 * give a file a block that holds metadata.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "fs/bdev.h"
#include "lib/string.h"
#include "mm/slab.h"

#define TABLE_AHEAD_BLOCKS 16 /* of the table of inodes, read at a time */

#define BITS 64u

uint32_t
ext2_next_bit(const uint64_t *map, const uint64_t *extra, uint32_t from,
    uint32_t end, bool used)
{
	uint64_t flip = used ? 0 : ~0ull;

	while (from < end) {
		uint32_t word = from / BITS;
		uint64_t bits = map[word];

		if (extra != NULL)
			bits |= extra[word];
		bits = (bits ^ flip) >> (from % BITS);
		if (bits != 0)
			return MIN(from + (uint32_t)__builtin_ctzll(bits), end);
		from = (word + 1) * BITS;
	}
	return end;
}

/* How many of the first n bits are 0? */
static uint32_t
count_free(const uint64_t *map, uint32_t n)
{
	uint32_t count = 0;
	uint32_t at = 0;

	while ((at = ext2_next_bit(map, NULL, at, n, false)) < n) {
		uint32_t end = ext2_next_bit(map, NULL, at, n, true);

		count += end - at;
		at = end;
	}
	return count;
}

/* ---- Where the parts are ---------------------------------------------- */

static bool
is_power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

/* Has the group a copy of the superblock and the descriptors? */
static bool
has_super(const struct ext2_fs *fs, uint32_t group)
{
	const struct ext2_super *super = fs->super;

	if (group == 0)
		return true;
	if ((super->s_feature_compat & EXT2_COMPAT_SPARSE_SUPER2) != 0)
		return group == super->s_backup_bgs[0] ||
		    group == super->s_backup_bgs[1];
	if ((super->s_feature_ro_compat & EXT2_RO_SPARSE_SUPER) == 0 ||
	    group == 1)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) ||
	    is_power_of(group, 7);
}

static uint32_t
desc_blocks(const struct ext2_fs *fs)
{
	uint64_t bytes = (uint64_t)fs->group_count * EXT2_DESC_BYTES;

	return (uint32_t)((bytes + fs->block_bytes - 1) >> fs->block_shift);
}

static uint32_t
table_blocks(const struct ext2_fs *fs)
{
	uint64_t bytes = (uint64_t)fs->super->s_inodes_per_group *
	    fs->inode_bytes;

	return (uint32_t)((bytes + fs->block_bytes - 1) >> fs->block_shift);
}

uint64_t
ext2_overhead(const struct ext2_fs *fs)
{
	uint64_t blocks = fs->super->s_first_data_block;

	for (uint32_t g = 0; g < fs->group_count; g++)
		blocks += fs->groups[g].base + table_blocks(fs) + 2;
	return blocks;
}

static bool
overlap(uint64_t a, uint64_t a_count, uint64_t b, uint64_t b_count)
{
	return a < b + b_count && b < a + a_count;
}

/* Does [block, block + count) touch what the group needs for itself? */
static bool
touches_metadata(const struct ext2_fs *fs, uint32_t group, uint64_t block,
    uint64_t count)
{
	const struct ext2_group *g = &fs->groups[group];
	const struct ext2_group_desc *desc = g->desc;

	return overlap(block, count, ext2_group_start(fs, group), g->base) ||
	    overlap(block, count, desc->bg_block_bitmap, 1) ||
	    overlap(block, count, desc->bg_inode_bitmap, 1) ||
	    overlap(block, count, desc->bg_inode_table, table_blocks(fs));
}

bool
ext2_blocks_are_data(const struct ext2_fs *fs, uint64_t block, uint64_t count)
{
	const struct ext2_super *super = fs->super;

	if (block < super->s_first_data_block || count == 0 ||
	    block >= super->s_blocks_count ||
	    count > super->s_blocks_count - block)
		return false;
	while (count > 0) {
		uint32_t group = ext2_group_of(fs, block);
		uint64_t end = ext2_group_start(fs, group) +
		    fs->groups[group].blocks;
		uint64_t n = MIN(count, end - block);

		if (touches_metadata(fs, group, block, n))
			return false;
		block += n;
		count -= n;
	}
	return true;
}

/* ---- Descriptors ------------------------------------------------------ */

/* What is wrong with a descriptor, or NULL. */
static const char *
check_desc(const struct ext2_fs *fs, uint32_t group)
{
	const struct ext2_group *g = &fs->groups[group];
	const struct ext2_group_desc *desc = g->desc;
	uint64_t first = ext2_group_start(fs, group);
	uint64_t end = first + g->blocks;
	uint64_t table = desc->bg_inode_table;
	uint64_t table_count = table_blocks(fs);

	if (desc->bg_block_bitmap < first + g->base ||
	    desc->bg_block_bitmap >= end)
		return "its block bitmap is not in it";
	if (desc->bg_inode_bitmap < first + g->base ||
	    desc->bg_inode_bitmap >= end)
		return "its inode bitmap is not in it";
	if (table < first + g->base || table + table_count > end)
		return "its inode table is not in it";
	if (desc->bg_block_bitmap == desc->bg_inode_bitmap ||
	    overlap(desc->bg_block_bitmap, 1, table, table_count) ||
	    overlap(desc->bg_inode_bitmap, 1, table, table_count))
		return "its bitmaps and its inode table overlap";
	return NULL;
}

/* Look at all descriptors, and add up what is free. */
static int
check_groups(struct ext2_fs *fs)
{
	fs->free_blocks = 0;
	fs->free_inodes = 0;
	for (uint32_t i = 0; i < fs->group_count; i++) {
		struct ext2_group *g = &fs->groups[i];
		const char *wrong = check_desc(fs, i);

		if (wrong != NULL) {
			pr_err("ext2: %s: group %u: %s", fs->mount->source, i,
			    wrong);
			return -EINVAL;
		}
		if (g->desc->bg_free_blocks_count > g->blocks)
			g->bad_blocks = true;
		else
			fs->free_blocks += g->desc->bg_free_blocks_count;
		if (g->desc->bg_free_inodes_count >
		    fs->super->s_inodes_per_group)
			g->bad_inodes = true;
		else
			fs->free_inodes += g->desc->bg_free_inodes_count;
		if (g->bad_blocks || g->bad_inodes)
			ext2_error(fs, "group %u: counts cannot be true", i);
	}
	return 0;
}

static void
group_init(struct ext2_fs *fs, uint32_t group)
{
	const struct ext2_super *super = fs->super;
	struct ext2_group *g = &fs->groups[group];
	uint32_t per_block = fs->block_bytes / EXT2_DESC_BYTES;
	uint64_t left = super->s_blocks_count - ext2_group_start(fs, group);

	g->desc_buf = fs->desc_bufs[group / per_block];
	g->desc = (struct ext2_group_desc *)g->desc_buf->data +
	    group % per_block;
	g->blocks = (uint32_t)MIN(left, super->s_blocks_per_group);
	if (has_super(fs, group))
		g->base = 1 + desc_blocks(fs) + super->s_reserved_gdt_blocks;
}

int
ext2_groups_load(struct ext2_fs *fs)
{
	uint32_t count = desc_blocks(fs);
	int err = -ENOMEM;

	fs->desc_bufs = kzalloc(count * sizeof(fs->desc_bufs[0]));
	fs->groups = kzalloc(fs->group_count * sizeof(fs->groups[0]));
	if (fs->desc_bufs == NULL || fs->groups == NULL)
		goto out_free;
	for (uint32_t i = 0; i < count; i++) {
		err = buffer_read(&fs->buffers,
		    fs->super->s_first_data_block + 1 + i, &fs->desc_bufs[i]);
		if (err != 0) {
			fs->desc_bufs[i] = NULL;
			pr_err("ext2: %s: cannot read group descriptors",
			    fs->mount->source);
			goto out_free;
		}
	}
	for (uint32_t i = 0; i < fs->group_count; i++)
		group_init(fs, i);
	err = check_groups(fs);
	if (err == 0)
		return 0;
out_free:
	ext2_groups_free(fs);
	return err;
}

void
ext2_groups_free(struct ext2_fs *fs)
{
	for (uint32_t i = 0; fs->groups != NULL && i < fs->group_count; i++) {
		buffer_put(fs->groups[i].block_bitmap);
		buffer_put(fs->groups[i].inode_bitmap);
		kfree(fs->groups[i].pinned);
	}
	for (uint32_t i = 0; fs->desc_bufs != NULL && i < desc_blocks(fs); i++)
		buffer_put(fs->desc_bufs[i]);
	kfree(fs->groups);
	kfree(fs->desc_bufs);
	fs->groups = NULL;
	fs->desc_bufs = NULL;
}

/* ---- Bitmaps ---------------------------------------------------------- */

/* Are all the bits of blocks [block, block + count) of the group set? */
static bool
all_used(const struct ext2_fs *fs, uint32_t group, const uint64_t *map,
    uint64_t block, uint64_t count)
{
	uint32_t from = (uint32_t)(block - ext2_group_start(fs, group));
	uint32_t end = from + (uint32_t)count;

	return ext2_next_bit(map, NULL, from, end, false) == end;
}

/* What is wrong with a block bitmap, or NULL. */
static const char *
check_block_bitmap(const struct ext2_fs *fs, uint32_t group,
    const uint64_t *map)
{
	const struct ext2_group *g = &fs->groups[group];
	const struct ext2_group_desc *desc = g->desc;

	if (!all_used(fs, group, map, ext2_group_start(fs, group), g->base) ||
	    !all_used(fs, group, map, desc->bg_block_bitmap, 1) ||
	    !all_used(fs, group, map, desc->bg_inode_bitmap, 1) ||
	    !all_used(fs, group, map, desc->bg_inode_table, table_blocks(fs)))
		return "shows blocks of the group itself as free";
	if (count_free(map, g->blocks) != desc->bg_free_blocks_count)
		return "does not agree with the count of free blocks";
	return NULL;
}

static const char *
check_inode_bitmap(const struct ext2_fs *fs, uint32_t group,
    const uint64_t *map)
{
	uint32_t reserved = fs->super->s_first_ino - 1;
	uint32_t count = fs->super->s_inodes_per_group;

	if (group == 0 && ext2_next_bit(map, NULL, 0, MIN(reserved, count),
	    false) < MIN(reserved, count))
		return "shows reserved inodes as free";
	if (count_free(map, count) !=
	    fs->groups[group].desc->bg_free_inodes_count)
		return "does not agree with the count of free inodes";
	return NULL;
}

struct buffer *
ext2_block_bitmap(struct ext2_fs *fs, uint32_t group)
{
	struct ext2_group *g = &fs->groups[group];
	const char *wrong = "cannot be read";
	struct buffer *buf;

	kassert(mutex_held(&fs->alloc_lock));
	if (g->block_bitmap != NULL)
		return g->block_bitmap;
	if (g->bad_blocks)
		return NULL;
	if (buffer_read(&fs->buffers, g->desc->bg_block_bitmap, &buf) == 0) {
		wrong = check_block_bitmap(fs, group, (void *)buf->data);
		if (wrong == NULL) {
			g->block_bitmap = buf;
			return buf;
		}
		buffer_put(buf);
	}
	g->bad_blocks = true;
	fs->free_blocks -= MIN(fs->free_blocks,
	    g->desc->bg_free_blocks_count);
	ext2_error(fs, "group %u: the block bitmap %s", group, wrong);
	return NULL;
}

struct buffer *
ext2_inode_bitmap(struct ext2_fs *fs, uint32_t group)
{
	struct ext2_group *g = &fs->groups[group];
	const char *wrong = "cannot be read";
	struct buffer *buf;

	kassert(mutex_held(&fs->alloc_lock));
	if (g->inode_bitmap != NULL)
		return g->inode_bitmap;
	if (g->bad_inodes)
		return NULL;
	if (buffer_read(&fs->buffers, g->desc->bg_inode_bitmap, &buf) == 0) {
		wrong = check_inode_bitmap(fs, group, (void *)buf->data);
		if (wrong == NULL) {
			g->inode_bitmap = buf;
			return buf;
		}
		buffer_put(buf);
	}
	g->bad_inodes = true;
	fs->free_inodes -= MIN(fs->free_inodes,
	    g->desc->bg_free_inodes_count);
	ext2_error(fs, "group %u: the inode bitmap %s", group, wrong);
	return NULL;
}

/* ---- The table of inodes ---------------------------------------------- */

/* Start to read the part of a group's table around one of its blocks: who looks
 * at an inode will soon look at its neighbours. */
static void
read_table_ahead(struct ext2_fs *fs, uint64_t table, uint64_t block)
{
	uint64_t blocks = ((uint64_t)fs->super->s_inodes_per_group *
	    fs->inode_bytes) >> fs->block_shift;
	uint64_t first = ALIGN_DOWN(block, (uint64_t)TABLE_AHEAD_BLOCKS);

	buffer_readahead(&fs->buffers, table + first,
	    (unsigned)MIN(blocks - MIN(blocks, first),
		(uint64_t)TABLE_AHEAD_BLOCKS));
}

int
ext2_inode_place(struct ext2_fs *fs, uint32_t ino, struct buffer **buf,
    struct ext2_disk_inode **disk)
{
	uint32_t group = (ino - 1) / fs->super->s_inodes_per_group;
	uint32_t slot = (ino - 1) % fs->super->s_inodes_per_group;
	uint64_t byte = (uint64_t)slot * fs->inode_bytes;
	uint64_t block = byte >> fs->block_shift; /* of the table */
	uint64_t table;
	int err = 0;

	kassert(ino >= 1 && group < fs->group_count);
	table = fs->groups[group].desc->bg_inode_table;
	*buf = buffer_find(&fs->buffers, table + block);
	if (*buf == NULL) {
		read_table_ahead(fs, table, block);
		err = buffer_read(&fs->buffers, table + block, buf);
	}
	if (err == 0)
		*disk = (struct ext2_disk_inode *)((*buf)->data +
		    (byte & (fs->block_bytes - 1)));
	return err;
}

int
ext2_group_access(struct journal_handle *h, struct ext2_fs *fs,
    struct ext2_group *g, struct buffer *bitmap)
{
	int err = journal_access(h, bitmap);

	if (err == 0)
		err = journal_access(h, g->desc_buf);
	if (err == 0)
		err = journal_access(h, fs->super_buf);
	return err;
}
