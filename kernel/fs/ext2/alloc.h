/* alloc.h - what only the lower half of this folder shares: groups, blocks, the
 * numbers of inodes.
 *
 * Layer: fs/ext2   Called by: the files of this folder that know no names
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/ext2.h"

/* [I] after mount, [l] fs->alloc_lock. */
struct ext2_group {
	struct ext2_group_desc *desc;   /* [l] in desc_buf */
	struct buffer *desc_buf;        /* [I] one of fs->desc_bufs */
	struct buffer *block_bitmap;    /* [l] a reference; NULL: not read yet */
	struct buffer *inode_bitmap;    /* [l] the same */
	uint64_t *pinned;               /* [l] bits of pinned blocks, or NULL */
	uint32_t pinned_count;          /* [l] */
	uint32_t held_count;            /* [l] blocks freed when there was no */
	uint32_t held_tid;              /* [l] memory to pin them: balloc.c */
	uint32_t block_hint;            /* [l] no free block before it */
	uint32_t blocks;                /* [I] the last group is shorter */
	uint32_t base;                  /* [I] superblock and descriptors */
	bool bad_blocks;                /* [l] its bitmap lies: hands out none */
	bool bad_inodes;                /* [l] the same */
};

/* ---- group.c ---------------------------------------------------------- */

/* Read and check the descriptors; fills fs->groups, free_blocks, free_inodes.
 * Returns 0, -EIO, -EINVAL (says what is wrong), -ENOMEM.  Called at mount. */
int ext2_groups_load(struct ext2_fs *fs);
void ext2_groups_free(struct ext2_fs *fs);

/* Blocks that hold nothing but the file system itself, without the journal. */
uint64_t ext2_overhead(const struct ext2_fs *fs);

static inline uint32_t
ext2_group_of(const struct ext2_fs *fs, uint64_t block)
{
	return (uint32_t)((block - fs->super->s_first_data_block) /
	    fs->super->s_blocks_per_group);
}

static inline uint64_t
ext2_group_start(const struct ext2_fs *fs, uint32_t group)
{
	return fs->super->s_first_data_block +
	    (uint64_t)group * fs->super->s_blocks_per_group;
}

/* Can [block, block + count) belong to a file: they exist, and are no group's
 * own?  Any thread. */
bool ext2_blocks_are_data(const struct ext2_fs *fs, uint64_t block,
    uint64_t count);

/* The bitmap of a group, read and checked once.  NULL: unreadable, or it lies
 * (said, and the group is bad from now on).
 * Locks: alloc_lock held.  May sleep. */
struct buffer *ext2_block_bitmap(struct ext2_fs *fs, uint32_t group);
struct buffer *ext2_inode_bitmap(struct ext2_fs *fs, uint32_t group);

/* Get what a change of a group's blocks or inodes changes: their bitmap, the
 * descriptor, the superblock.  Returns 0 or an error of journal_access().
 * Locks: alloc_lock held. */
int ext2_group_access(struct journal_handle *h, struct ext2_fs *fs,
    struct ext2_group *g, struct buffer *bitmap);

/* Where an inode is on the disk: a block of the table, with a reference.
 * Returns 0, -EIO, -ENOMEM.  ino: 1..s_inodes_count. */
int ext2_inode_place(struct ext2_fs *fs, uint32_t ino, struct buffer **buf,
    struct ext2_disk_inode **disk);

/* The first bit of [from, end) that is not set in either map, or (used) that is
 * set in one of them; end: none.  extra may be NULL. */
uint32_t ext2_next_bit(const uint64_t *map, const uint64_t *extra,
    uint32_t from, uint32_t end, bool used);

static inline void
ext2_set_bit(uint64_t *map, uint32_t bit, bool value)
{
	if (value)
		map[bit / 64] |= BIT(bit % 64);
	else
		map[bit / 64] &= ~BIT(bit % 64);
}

static inline bool
ext2_test_bit(const uint64_t *map, uint32_t bit)
{
	return (map[bit / 64] & BIT(bit % 64)) != 0;
}

/* ---- balloc.c --------------------------------------------------------- */

/* Find up to *count free neighbours, near goal (0: anywhere), and mark them
 * used.  *count: how many there are, at least 1; all in one group.
 * Returns 0, -ENOSPC, -EIO, -EROFS, -ENOMEM.  h: EXT2_CREDITS_ALLOC.
 * Takes alloc_lock. */
int ext2_blocks_alloc(struct journal_handle *h, struct ext2_fs *fs,
    uint64_t goal, unsigned *count, uint32_t *block);

/* Mark blocks of one group free; they are used again after the commit only.
 * The caller has done journal_forget() if they were metadata.
 * Returns 0; -EIO: one is free already, or no file's; -EROFS, -ENOMEM.  On
 * error nothing has changed.  h: EXT2_CREDITS_ALLOC. */
int ext2_blocks_free(struct journal_handle *h, struct ext2_fs *fs,
    uint64_t block, uint32_t count);

/* Transaction tid is on the disk: what was freed up to it may be used. */
void ext2_blocks_committed(struct ext2_fs *fs, uint32_t tid);

/* Unmount: forget what is pinned. */
void ext2_blocks_fini(struct ext2_fs *fs);

/* ---- ialloc.c --------------------------------------------------------- */

/* Find a free inode for a file of that mode in dir, and mark it used.
 * Returns 0, -ENOSPC, -EIO, -EROFS, -ENOMEM.  h: EXT2_CREDITS_ALLOC. */
int ext2_ino_alloc(struct journal_handle *h, struct inode *dir, mode_t mode,
    uint32_t *ino);

/* Mark an inode free.  Returns 0 or -EIO, -EROFS, -ENOMEM. */
int ext2_ino_free(struct journal_handle *h, struct ext2_fs *fs, uint32_t ino,
    bool directory);

/* ---- map.c, truncate.c ------------------------------------------------ */

/* As ext2_map_create(), but only as long as index is below the file's end, for
 * who does not hold the inode's lock.  -EFAULT: it is not. */
int ext2_map_create_below(struct journal_handle *h, struct inode *inode,
    uint64_t index, uint64_t *block, unsigned *run, bool *fresh);

/* Buffers that giving places to so many neighbouring blocks may change. */
#define DEPTH_BLOCKS 4 /* indirect blocks that a run may need, and one more */
unsigned ext2_map_credits(const struct ext2_fs *fs, unsigned blocks);

/* Free the blocks [from, to) of the file, in h, which is restarted as often as
 * it takes, and store the inode.  Returns 0 or the first error. */
int ext2_cut(struct journal_handle *h, struct inode *inode, uint64_t from,
    uint64_t to);
#define EXT2_CREDITS_CUT 9 /* to begin with */

/* ---- orphan.c --------------------------------------------------------- */

/* The inode leaves memory, still on the list (on the disk it stays). */
void ext2_orphan_forget(struct inode *inode);

/* End the work that the last mount left: delete or truncate. */
void ext2_orphans_recover(struct ext2_fs *fs);

/* ---- inode.c ---------------------------------------------------------- */

int ext2_inodes_init(struct ext2_fs *fs);
void ext2_inodes_fini(struct ext2_fs *fs);
void ext2_inode_init(void);

/* As ext2_iget(), and a deleted one (nlink 0) is fine: an orphan. */
int ext2_iget_orphan(struct ext2_fs *fs, uint32_t ino, struct inode **out);

/* Call fn for every inode in memory, with a reference, until it returns an
 * error, which is the result.  fn may sleep. */
int ext2_inodes_for_each(struct ext2_fs *fs,
    int (*fn)(struct inode *inode, void *arg), void *arg);

/* The time as the disk has it: seconds. */
uint32_t ext2_now(void);

/* Store the times if only memory knows them.  Returns 0 or an error. */
int ext2_inode_sync_times(struct inode *inode);

/* ---- transfer.c, file.c ----------------------------------------------- */

/* pagecache_ops.read and write. */
void ext2_read_pages(struct pagecache *pc, struct page **pages,
    unsigned count);
void ext2_write_pages(struct pagecache *pc, struct page **pages,
    unsigned count, bool ordered);

/* pagecache_ops.sync. */
int ext2_sync_mapping(struct pagecache *pc);
void ext2_file_init(void);

/* ---- options.c -------------------------------------------------------- */

/* Take the options of mount(2).  Returns 0; -EINVAL: one is unknown (said), or
 * cannot be changed any more. */
int ext2_parse_options(struct ext2_fs *fs, const char *data);
void ext2_show_options(struct mount *m, char *buf, size_t size);

/* ---- journal_inode.c -------------------------------------------------- */

/* Open the journal, replay it.  *replayed: was there something?
 * Returns 0 or an error, after saying what is wrong. */
int ext2_journal_open(struct ext2_fs *fs, bool *replayed);
int ext2_journal_close(struct ext2_fs *fs);
