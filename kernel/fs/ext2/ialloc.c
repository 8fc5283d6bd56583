/* ialloc.c - hand out inodes, and take them back.
 *
 * Layer: fs/ext2   Called by: inode.c
 * Source: [EXT2] "Inode Bitmap"; [EXT4] "Directory Entries", "The Orlov
 *	allocator"
 *
 * A file's inode goes to the group of its directory, so that what is used
 * together lies together.  Directories are spread, so that the files of each
 * find room near it: those of the root go to the emptiest group, the others
 * stay with their parent as long as that group is not fuller than the average.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"

static uint32_t
free_inodes(const struct ext2_group *g)
{
	return g->bad_inodes ? 0 : g->desc->bg_free_inodes_count;
}

static uint32_t
free_blocks(const struct ext2_group *g)
{
	return g->bad_blocks ? 0 : g->desc->bg_free_blocks_count;
}

/* The group with the fewest directories of those that are not fuller than the
 * average; the parent's if none is better.  Locks: alloc_lock held. */
static uint32_t
emptiest_group(const struct ext2_fs *fs, uint32_t parent)
{
	uint32_t mean_inodes = (uint32_t)(fs->free_inodes / fs->group_count);
	uint32_t mean_blocks = (uint32_t)(fs->free_blocks / fs->group_count);
	uint32_t fewest = UINT32_MAX;
	uint32_t best = parent;

	for (uint32_t i = 0; i < fs->group_count; i++) {
		uint32_t group = (parent + i) % fs->group_count;
		const struct ext2_group *g = &fs->groups[group];

		if (free_inodes(g) == 0 || free_inodes(g) < mean_inodes ||
		    free_blocks(g) < mean_blocks ||
		    g->desc->bg_used_dirs_count >= fewest)
			continue;
		fewest = g->desc->bg_used_dirs_count;
		best = group;
	}
	return best;
}

/* Where to look first.  Locks: alloc_lock held. */
static uint32_t
first_group(const struct ext2_fs *fs, const struct inode *dir, mode_t mode)
{
	uint32_t parent = (uint32_t)((dir->ino - 1) /
	    fs->super->s_inodes_per_group);
	const struct ext2_group *g = &fs->groups[parent];

	if (!S_ISDIR(mode))
		return parent;
	if (dir->ino != EXT2_ROOT_INO &&
	    (ext2_inode(dir)->flags & EXT2_FL_TOPDIR) == 0 &&
	    free_inodes(g) >= fs->free_inodes / fs->group_count / 2 &&
	    free_blocks(g) >= fs->free_blocks / fs->group_count / 2)
		return parent;
	return emptiest_group(fs, parent);
}

static void
mark(struct journal_handle *h, struct ext2_fs *fs, struct ext2_group *g,
    uint32_t bit, bool used, bool directory)
{
	int step = used ? -1 : 1;

	ext2_set_bit((uint64_t *)g->inode_bitmap->data, bit, used);
	g->desc->bg_free_inodes_count += (uint16_t)step;
	if (directory)
		g->desc->bg_used_dirs_count -= (uint16_t)step;
	fs->super->s_free_inodes_count += (uint32_t)step;
	fs->free_inodes += (uint64_t)(int64_t)step;
	journal_dirty(h, g->inode_bitmap);
	journal_dirty(h, g->desc_buf);
	journal_dirty(h, fs->super_buf);
}

/* Take an inode of a group.  Returns 1; 0: there is none; or an error. */
static int
take_from_group(struct journal_handle *h, struct ext2_fs *fs, uint32_t group,
    bool directory, uint32_t *ino)
{
	struct ext2_group *g = &fs->groups[group];
	uint32_t count = fs->super->s_inodes_per_group;
	struct buffer *bitmap;
	uint32_t bit;
	int err;

	if (free_inodes(g) == 0)
		return 0;
	bitmap = ext2_inode_bitmap(fs, group);
	if (bitmap == NULL)
		return 0;
	bit = ext2_next_bit((uint64_t *)bitmap->data, NULL, 0, count, false);
	if (bit == count)
		return 0;
	err = ext2_group_access(h, fs, g, g->inode_bitmap);
	if (err != 0)
		return err;
	mark(h, fs, g, bit, true, directory);
	*ino = group * count + bit + 1;
	return 1;
}

int
ext2_ino_alloc(struct journal_handle *h, struct inode *dir, mode_t mode,
    uint32_t *ino)
{
	struct ext2_fs *fs = ext2_fs(dir);
	uint32_t group;
	int found = 0;

	mutex_lock(&fs->alloc_lock);
	group = first_group(fs, dir, mode);
	for (uint32_t i = 0; i < fs->group_count && found == 0; i++) {
		found = take_from_group(h, fs, group, S_ISDIR(mode), ino);
		if (++group == fs->group_count)
			group = 0;
	}
	mutex_unlock(&fs->alloc_lock);
	if (found == 0)
		return -ENOSPC;
	return found < 0 ? found : 0;
}

int
ext2_ino_free(struct journal_handle *h, struct ext2_fs *fs, uint32_t ino,
    bool directory)
{
	uint32_t group = (ino - 1) / fs->super->s_inodes_per_group;
	uint32_t bit = (ino - 1) % fs->super->s_inodes_per_group;
	struct ext2_group *g = &fs->groups[group];
	struct buffer *bitmap;
	int err = -EIO;

	kassert(ino >= fs->super->s_first_ino && group < fs->group_count);
	mutex_lock(&fs->alloc_lock);
	bitmap = ext2_inode_bitmap(fs, group);
	if (bitmap != NULL &&
	    !ext2_test_bit((uint64_t *)bitmap->data, bit))
		err = ext2_error(fs, "inode %u is free already", ino);
	else if (bitmap != NULL)
		err = ext2_group_access(h, fs, g, g->inode_bitmap);
	if (err == 0)
		mark(h, fs, g, bit, false, directory &&
		    g->desc->bg_used_dirs_count > 0);
	mutex_unlock(&fs->alloc_lock);
	return err;
}
