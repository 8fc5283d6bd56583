/* readdir.c - the names in a directory, one after the other.
 *
 * Layer: fs/ext2   Called by: getdents64(2), through file_ops
 *
 * A reader may stop anywhere, come back later, and even go to a place that it
 * was told long ago, while names come and go: those that are there all the time
 * are to be seen once.  So a place must not depend on other names.
 *
 * - Without an index entries do not move (dir.c), and a place is an offset.
 *   What was an entry when the place was told can be the inside of one now;
 *   so the block is walked from its beginning.
 * - The leaves of an index are split, but the order of the hashes stays: there
 *   a place is a hash, and how many names of this hash are before it.  A
 *   directory of one block may get its index while it is read, and is read in
 *   that order, too.
 *
 *	place 0: "."   1: ".."   2 + offset, or 2 + (hash / 2, number)
 *
 * SPDX-License-Identifier: MIT */
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/ext2/htree.h"
#include "fs/file.h"
#include "mm/slab.h"

#define POS_DOT    0
#define POS_DOTDOT 1
#define POS_FIRST  2
#define SAME_BITS  24	/* names of one hash: no directory has more */
#define NO_HASH    1u	/* hashes are even */
#define POS_END    (POS_FIRST + ((off_t)1 << (31 + SAME_BITS)))

/* A call of readdir. */
struct reader {
	struct file *f;
	struct dir_sink *sink;
	bool full;           /* the sink does not take more */
	bool any;            /* it took something */
	uint64_t *keys;      /* an index: of htree_sort_block() */
	uint32_t hash;       /* of the name before */
	uint32_t same;       /* names of this hash so far */
};

/* Give a name to the sink, and move on. */
static bool
emit(struct reader *r, const char *name, size_t len, ino_t ino, unsigned type,
    off_t next)
{
	if (!r->sink->emit(r->sink, name, len, ino, type, next)) {
		r->full = true;
		return false;
	}
	r->f->pos = next;
	r->any = true;
	return true;
}

static bool
emit_entry(struct reader *r, const struct ext2_entry *e, off_t next)
{
	static const mode_t types[] = {
	    [EXT2_FT_REG] = S_IFREG,
	    [EXT2_FT_DIR] = S_IFDIR,
	    [EXT2_FT_CHR] = S_IFCHR,
	    [EXT2_FT_BLK] = S_IFBLK,
	    [EXT2_FT_FIFO] = S_IFIFO,
	    [EXT2_FT_SOCK] = S_IFSOCK,
	    [EXT2_FT_SYMLINK] = S_IFLNK,
	};
	const struct ext2_super *super = ext2_fs(r->f->inode)->super;
	unsigned type = 0;

	if ((super->s_feature_incompat & EXT2_INCOMPAT_FILETYPE) &&
	    e->file_type < ARRAY_SIZE(types))
		type = types[e->file_type];
	return emit(r, e->name, e->name_len, e->inode, type, next);
}

/* ---- By offset -------------------------------------------------------- */

/* Give the entries of block index from byte offset on.  Returns 0 or -EIO. */
static int
read_block(struct reader *r, struct buffer *buf, uint32_t index,
    uint32_t offset)
{
	struct inode *dir = r->f->inode;
	const struct dir_block b = dir_block_of(dir, buf);
	struct ext2_entry *e;

	for (uint32_t at = 0; at < b.bytes; at += e->rec_len) {
		off_t next;

		e = dir_entry(&b, at);
		if (e == NULL)
			return -EIO;
		if (at < offset || e->inode == 0 || dir_is_dot(e) ||
		    dir_is_dotdot(e))
			continue;
		next = POS_FIRST + (off_t)index * b.bytes + at + e->rec_len;
		if (!emit_entry(r, e, next))
			return 0;
	}
	return 0;
}

static int
read_linear(struct reader *r)
{
	struct inode *dir = r->f->inode;
	uint32_t bytes = ext2_fs(dir)->block_bytes;
	uint64_t offset = (uint64_t)r->f->pos - POS_FIRST;
	uint32_t count = dir_block_count(dir);
	int err = 0;

	if (offset >= (uint64_t)count * bytes)
		return 0;
	for (uint32_t index = (uint32_t)(offset / bytes);
	    index < count && err == 0 && !r->full; index++) {
		struct buffer *buf;

		err = ext2_dir_block(NULL, dir, index, false, &buf);
		if (err != 0)
			break;
		err = read_block(r, buf, index, (uint32_t)(offset % bytes));
		buffer_put(buf);
		offset = 0;
	}
	return err;
}

/* ---- By hash ---------------------------------------------------------- */

/* Give the names of a leaf from f->pos on.  Returns 0 or -EIO. */
static int
read_leaf(struct reader *r, struct buffer *buf, enum ext2_hash kind)
{
	int count = htree_sort_block(r->f->inode, buf, kind, r->keys);

	for (int i = 0; i < count; i++) {
		uint32_t hash = htree_key_hash(r->keys[i]);
		const struct ext2_entry *e;
		off_t pos;

		r->same = hash == r->hash ? r->same + 1 : 0;
		r->hash = hash;
		pos = POS_FIRST + ((off_t)(hash / 2) << SAME_BITS | r->same);
		e = (const void *)(buf->data + htree_key_offset(r->keys[i]));
		if (pos >= r->f->pos && !emit_entry(r, e, pos + 1))
			return 0;
	}
	return MIN(count, 0);
}

/* A directory of one block, which has no index yet. */
static int
read_only_block(struct reader *r)
{
	struct inode *dir = r->f->inode;
	struct buffer *buf;
	int err = ext2_dir_block(NULL, dir, 0, false, &buf);

	if (err != 0)
		return err;
	err = read_leaf(r, buf, htree_default_kind(ext2_fs(dir)));
	buffer_put(buf);
	return err;
}

/* Read leaf after leaf.  Returns 0, -EIO, HTREE_DAMAGED. */
static int
read_leaves(struct reader *r)
{
	uint32_t hash = (uint32_t)((r->f->pos - POS_FIRST) >> SAME_BITS) * 2;
	struct htree_path path;
	int err = htree_open(r->f->inode, &path);

	if (err == 0)
		err = htree_seek(&path, hash);
	while (err == 0 && !r->full) {
		struct buffer *buf;

		err = htree_leaf(&path, &buf);
		if (err != 0)
			break;
		err = read_leaf(r, buf, path.kind);
		buffer_put(buf);
		if (err == 0 && !r->full)
			err = htree_next(&path, &hash);
	}
	htree_close(&path);
	return err == -ENOENT ? 0 : err;
}

static int
read_by_hash(struct reader *r)
{
	const struct inode *dir = r->f->inode;
	int err;

	if (r->f->pos >= POS_END)
		return 0;
	r->keys = kmalloc(HTREE_KEYS_BYTES(ext2_fs(dir)->block_bytes));
	if (r->keys == NULL)
		return -ENOMEM;
	r->hash = NO_HASH;
	err = htree_active(dir) ? read_leaves(r) : read_only_block(r);
	kfree(r->keys);
	if (err == 0 && !r->full)
		r->f->pos = POS_END;
	return err;
}

/* ---- The operations --------------------------------------------------- */

static int
read_names(struct reader *r)
{
	struct dentry *d = r->f->dentry;
	struct inode *dir = r->f->inode;
	int err;

	if (r->f->pos == POS_DOT &&
	    !emit(r, ".", 1, dir->ino, S_IFDIR, POS_DOTDOT))
		return 0;
	if (r->f->pos == POS_DOTDOT &&
	    !emit(r, "..", 2, d->parent->inode->ino, S_IFDIR, POS_FIRST))
		return 0;
	if (htree_active(dir) ||
	    (dir_block_count(dir) == 1 && htree_wanted(ext2_fs(dir)))) {
		err = read_by_hash(r);
		if (err != HTREE_DAMAGED)
			return err;
	}
	return read_linear(r);
}

static int
dir_readdir(struct file *f, struct dir_sink *sink)
{
	struct mutex *tree_lock = &f->inode->mount->tree_lock;
	struct reader r = {.f = f, .sink = sink};
	int err;

	mutex_lock(tree_lock);
	err = read_names(&r);
	mutex_unlock(tree_lock);
	/* What was read is worth more; the error comes again. */
	return r.any ? 0 : err;
}

static off_t
dir_seek(struct file *f, off_t offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return file_seek_plain(f, offset, whence);
}

const struct file_ops ext2_dir_file_ops = {
    .seek = dir_seek,
    .readdir = dir_readdir,
    .fsync = ext2_fsync,
};
