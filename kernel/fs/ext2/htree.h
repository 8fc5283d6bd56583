/* htree.h - the index of a large directory, by the hashes of its names.
 *
 * Layer: fs/ext2   Called by: dir.c, readdir.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/dir.h"

/* The index cannot be used, which has been said: EXT2_FL_INDEX is clear now,
 * and the directory is one without an index.  No error number. */
#define HTREE_DAMAGED 1

/* An index block on the way to a leaf, and the entry chosen in it. */
struct htree_frame {
	struct buffer *buf;           /* a reference */
	struct ext2_dx_entry *entries;
	uint32_t block;               /* of the directory */
	unsigned at;
};

/* The way from the root of an index to a leaf. */
struct htree_path {
	struct inode *dir;
	enum ext2_hash kind;          /* how the names are hashed */
	unsigned levels;              /* index blocks between root and leaf */
	unsigned depth;               /* frames in use */
	uint32_t steps;               /* leaves gone by: no loop */
	struct htree_frame frames[EXT2_DX_LEVELS_MAX + 1];
};

/* Has the directory an index that is to be used? */
bool htree_active(const struct inode *dir);

/* Is a directory that outgrows its first block to get an index? */
bool htree_wanted(const struct ext2_fs *fs);

/* The hash of a name, and the kind that new indexes use. */
uint32_t htree_hash(const struct ext2_fs *fs, enum ext2_hash kind,
    const char *name, uint32_t len);
enum ext2_hash htree_default_kind(const struct ext2_fs *fs);

/* As ext2_dir_find() and _add(), or HTREE_DAMAGED. */
int htree_find(struct inode *dir, const struct qstr *name,
    struct dir_place *place);
int htree_add(struct journal_handle *h, struct inode *dir,
    const struct dir_new *new);

/* The names of a block in the order of their hashes: each is a number, hash and
 * then place in the block.  keys: HTREE_KEYS_BYTES of them; "." and ".." are
 * left out.  Returns how many, or -EIO. */
int htree_sort_block(struct inode *dir, const struct buffer *buf,
    enum ext2_hash kind, uint64_t *keys);

#define HTREE_KEYS_BYTES(block_bytes) \
	((block_bytes) / DIR_ENTRY_MIN * sizeof(uint64_t))

static inline uint64_t
htree_key(uint32_t hash, uint32_t offset)
{
	return (uint64_t)hash << 32 | offset;
}

static inline uint32_t
htree_key_hash(uint64_t key)
{
	return (uint32_t)(key >> 32);
}

static inline uint32_t
htree_key_offset(uint64_t key)
{
	return (uint32_t)key;
}

/* Give a directory of one block, which is full, an index.
 * Returns 0; HTREE_DAMAGED: its first entries are not "." and ".."; errors as
 * ext2_dir_add(). */
int htree_make(struct journal_handle *h, struct inode *dir);

/* Walk over the leaves: open the root; go to the leaf whose names have hashes
 * from hash on; to the one behind it (*hash: where it begins; -ENOENT: there is
 * none); read it.  Then close, also after an error.
 * Return 0, -EIO, HTREE_DAMAGED.  Locks: tree_lock held. */
int htree_open(struct inode *dir, struct htree_path *path);
int htree_seek(struct htree_path *path, uint32_t hash);
int htree_next(struct htree_path *path, uint32_t *hash);
int htree_leaf(const struct htree_path *path, struct buffer **out);
void htree_close(struct htree_path *path);

/* ---- htree.c and htree_add.c only -------------------------------------- */

#define HTREE_INFO_LENGTH sizeof(struct ext2_dx_root_info)

/* Bit 0 of the hash in an index: the names before have it, too. */
#define HTREE_CONTINUES 1u

static inline struct ext2_dx_countlimit *
htree_countlimit(const struct htree_frame *frame)
{
	return (struct ext2_dx_countlimit *)frame->entries;
}

static inline struct htree_frame *
htree_lowest(struct htree_path *path)
{
	return &path->frames[path->depth - 1];
}

/* How many entries fit behind so many bytes of a block. */
static inline unsigned
htree_entries_behind(const struct inode *dir, size_t bytes)
{
	return (unsigned)((ext2_fs(dir)->block_bytes - bytes) /
	    sizeof(struct ext2_dx_entry));
}
