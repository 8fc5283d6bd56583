/* dir.h - what dir.c, readdir.c and htree.c share: blocks of entries.
 *
 * Layer: fs/ext2   Called by: dir.c, readdir.c, htree.c
 *
 * Whatever a disk says is checked where it is read, each time: a block that was
 * good may be another file's block too, and have changed since.  So no code
 * outside dir_entry() trusts a length.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/errno.h"
#include "fs/dentry.h"
#include "fs/ext2/ext2.h"

/* The shortest entry: a name of one byte. */
#define DIR_ENTRY_MIN EXT2_ENTRY_BYTES(1)

/* Where an entry was found. */
struct dir_place {
	struct buffer *buf;        /* a reference */
	struct ext2_entry *entry;
	struct ext2_entry *before; /* its neighbour in the block, or NULL */
	uint32_t index;            /* of the block; 0 if there is an index */
};

/* What is to be added. */
struct dir_new {
	const struct qstr *name;
	uint32_t ino;
	unsigned type;             /* EXT2_FT_* */
};

static inline uint32_t
dir_block_count(const struct inode *dir)
{
	return (uint32_t)(inode_size(dir) >> ext2_fs(dir)->block_shift);
}

/* Entries begin elsewhere now: what dir.c remembers of them is wrong. */
static inline void
dir_changed(const struct inode *dir)
{
	ext2_inode(dir)->last_block = 0;
}

/* A block of entries, and what limits them. */
struct dir_block {
	const struct inode *dir;
	const struct buffer *buf;
	char *data;
	uint32_t bytes;
	uint32_t last;             /* where the last entry can begin */
	uint32_t inodes;           /* the largest number of one */
};

static inline struct dir_block
dir_block_of(const struct inode *dir, const struct buffer *buf)
{
	const struct ext2_fs *fs = ext2_fs(dir);

	return (struct dir_block){
	    .dir = dir,
	    .buf = buf,
	    .data = buf->data,
	    .bytes = fs->block_bytes,
	    .last = fs->block_bytes - (uint32_t)DIR_ENTRY_MIN,
	    .inodes = fs->super->s_inodes_count,
	};
}

/* Say that the entry at offset of buf is damaged.  Returns NULL. */
struct ext2_entry *dir_entry_damaged(const struct inode *dir,
    const struct buffer *buf, uint32_t offset);

/* The entry at offset, which is a multiple of 4 inside the block, or NULL: it
 * cannot be true, which has been said.  A good one ends at the block's end, or
 * leaves room for one more. */
static inline struct ext2_entry *
dir_entry(const struct dir_block *b, uint32_t offset)
{
	struct ext2_entry *e = (void *)(b->data + offset);
	uint32_t rec_len = e->rec_len;
	uint32_t next = offset + rec_len;

	if (likely(rec_len >= sizeof(*e) + e->name_len &&
	    rec_len % EXT2_ENTRY_ALIGN == 0 && rec_len >= DIR_ENTRY_MIN &&
	    (next <= b->last || next == b->bytes) && e->inode <= b->inodes))
		return e;
	return dir_entry_damaged(b->dir, b->buf, offset);
}

static inline bool
dir_is_dot(const struct ext2_entry *e)
{
	return e->name_len == 1 && e->name[0] == '.';
}

static inline bool
dir_is_dotdot(const struct ext2_entry *e)
{
	return e->name_len == 2 && e->name[0] == '.' && e->name[1] == '.';
}

/* ---- dir.c ------------------------------------------------------------ */

/* Fill an entry but for its length. */
void dir_entry_fill(const struct inode *dir, struct ext2_entry *e,
    const struct dir_new *new);

/* Make a block, which h may change, one free entry. */
void dir_block_clear(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf);

/* Find a name in a block.  *place: without a reference.
 * Returns 0, -ENOENT, -EIO. */
int dir_block_find(const struct inode *dir, struct buffer *buf,
    const struct qstr *name, struct dir_place *place);

/* Put an entry where a block has room.
 * Returns 0; -ENOSPC: it has none; -EIO, -EROFS, -ENOMEM. */
int dir_block_add(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf, const struct dir_new *new);
