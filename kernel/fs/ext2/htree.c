/* htree.c - the index of a large directory, by the hashes of its names.
 *
 * Layer: fs/ext2   Called by: dir.c, readdir.c
 * Source: [EXT4] "Hash Tree Directories"
 *
 *	block 0: the root      [.] [..] 0 -> 1   h1 -> 5   h2 -> 3
 *	                                    |          |         |
 *	leaves, as in dir.c    names < h1 --+   < h2 --+   rest -+
 *
 * Each leaf has the names whose hashes are in one range; inside, they are in no
 * order.  There can be one more level of index blocks below the root.
 *
 * Names of one hash can fill more than a leaf.  The next leaf's entry then has
 * this hash with bit 0 set, which a hash never has: whoever does not find a
 * name goes on there.
 *
 * To those who do not know of it an index block is one large free entry.  They
 * may change the directory, too, if they clear EXT2_FL_INDEX; then the blocks
 * of the index are free space.  This is what happens here when an index cannot
 * be true.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/htree.h"

#include "debug/assert.h"
#include "fs/ext2/hash.h"
#include "lib/string.h"
#include "mm/slab.h"

#define ROOT_FLAG_UNKNOWN 1u

bool
htree_wanted(const struct ext2_fs *fs)
{
	return fs->super->s_feature_compat & EXT2_COMPAT_DIR_INDEX;
}

bool
htree_active(const struct inode *dir)
{
	return (ext2_inode(dir)->flags & EXT2_FL_INDEX) &&
	    htree_wanted(ext2_fs(dir));
}

enum ext2_hash
htree_default_kind(const struct ext2_fs *fs)
{
	enum ext2_hash kind = fs->super->s_def_hash_version;

	return kind <= EXT2_HASH_TEA ? kind : EXT2_HASH_HALF_MD4;
}

uint32_t
htree_hash(const struct ext2_fs *fs, enum ext2_hash kind, const char *name,
    uint32_t len)
{
	uint32_t seed[4];

	memcpy(seed, fs->super->s_hash_seed, sizeof(seed));
	if (fs->super->s_flags & EXT2_FLAGS_UNSIGNED_HASH)
		kind += EXT2_HASH_LEGACY_UNSIGNED;
	return ext2_hash_name(kind, seed, name, len);
}

/* The index is not to be believed: say so, and go on without it. */
static NOINLINE int
damaged(struct inode *dir, uint32_t block)
{
	ext2_error(ext2_fs(dir), "directory %lu: damaged index in its block %u",
	    dir->ino, block);
	ext2_inode(dir)->flags &= ~(uint32_t)EXT2_FL_INDEX;
	return HTREE_DAMAGED;
}

/* ---- A block of the index --------------------------------------------- */

/* Choose the entry whose range hash is in: the last one that is not above. */
static void
frame_choose(struct htree_frame *frame, uint32_t hash)
{
	unsigned low = 0;
	unsigned high = htree_countlimit(frame)->count;

	while (high - low > 1) {
		unsigned middle = (low + high) / 2;

		if (frame->entries[middle].hash <= hash)
			low = middle;
		else
			high = middle;
	}
	frame->at = low;
}

/* Go down to an index block; takes over the reference.  behind: bytes before
 * its entries.  Returns 0 or HTREE_DAMAGED. */
static int
path_push(struct htree_path *path, struct buffer *buf, uint32_t block,
    size_t behind)
{
	struct htree_frame *frame = &path->frames[path->depth];
	const struct ext2_dx_countlimit *c;

	*frame = (struct htree_frame){
	    .buf = buf,
	    .entries = (void *)(buf->data + behind),
	    .block = block,
	};
	path->depth++;
	c = htree_countlimit(frame);
	if (c->limit != htree_entries_behind(path->dir, behind) ||
	    c->count == 0 || c->count > c->limit)
		return damaged(path->dir, block);
	return 0;
}

/* Leave all index blocks but the first depth. */
static void
path_pop_to(struct htree_path *path, unsigned depth)
{
	while (path->depth > depth)
		buffer_put(path->frames[--path->depth].buf);
}

/* Read the block that the lowest index block has chosen.
 * Returns 0, -EIO, HTREE_DAMAGED. */
static int
path_child(const struct htree_path *path, uint32_t *block, struct buffer **out)
{
	const struct htree_frame *frame = &path->frames[path->depth - 1];

	*block = frame->entries[frame->at].block & EXT2_DX_BLOCK_MASK;
	if (*block == 0 || *block == frame->block ||
	    *block >= dir_block_count(path->dir))
		return damaged(path->dir, frame->block);
	return ext2_dir_block(NULL, path->dir, *block, false, out);
}

/* Go down to the level above the leaves; hash: choose where. */
static int
path_descend(struct htree_path *path, uint32_t hash)
{
	while (path->depth <= path->levels) {
		struct buffer *buf;
		uint32_t block;
		int err = path_child(path, &block, &buf);

		if (err == 0)
			err = path_push(path, buf, block,
			    sizeof(struct ext2_dx_node));
		if (err != 0)
			return err;
		frame_choose(htree_lowest(path), hash);
	}
	return 0;
}

/* ---- The leaves in order ---------------------------------------------- */

int
htree_open(struct inode *dir, struct htree_path *path)
{
	const struct ext2_dx_root_info *info;
	struct buffer *buf;
	int err;

	path->dir = dir;
	path->depth = 0;
	path->steps = 0;
	err = ext2_dir_block(NULL, dir, 0, false, &buf);
	if (err != 0)
		return err;
	info = &((const struct ext2_dx_root *)buf->data)->info;
	path->kind = info->hash_version;
	path->levels = info->indirect_levels;
	err = path_push(path, buf, 0, sizeof(struct ext2_dx_root));
	if (err == 0 && (info->hash_version > EXT2_HASH_TEA ||
	    info->info_length != HTREE_INFO_LENGTH ||
	    (info->unused_flags & ROOT_FLAG_UNKNOWN) ||
	    info->indirect_levels > EXT2_DX_LEVELS_MAX))
		err = damaged(dir, 0);
	return err;
}

int
htree_seek(struct htree_path *path, uint32_t hash)
{
	path_pop_to(path, 1);
	frame_choose(htree_lowest(path), hash);
	return path_descend(path, hash);
}

int
htree_next(struct htree_path *path, uint32_t *hash)
{
	struct htree_frame *frame = htree_lowest(path);

	while (frame->at + 1 >= htree_countlimit(frame)->count) {
		if (path->depth == 1)
			return -ENOENT;
		path_pop_to(path, path->depth - 1);
		frame = htree_lowest(path);
	}
	if (path->steps++ > dir_block_count(path->dir))
		return damaged(path->dir, frame->block);
	frame->at++;
	*hash = frame->entries[frame->at].hash;
	return path_descend(path, 0);
}

int
htree_leaf(const struct htree_path *path, struct buffer **out)
{
	uint32_t block;

	return path_child(path, &block, out);
}

void
htree_close(struct htree_path *path)
{
	path_pop_to(path, 0);
}

/* Find name, whose hash is given, in the leaf that the path leads to, and in
 * those that continue it. */
static int
find_in_leaves(struct htree_path *path, const struct qstr *name, uint32_t hash,
    struct dir_place *place)
{
	uint32_t next;

	for (;;) {
		struct buffer *buf;
		int err = htree_leaf(path, &buf);

		if (err != 0)
			return err;
		err = dir_block_find(path->dir, buf, name, place);
		if (err == 0)
			return 0;
		buffer_put(buf);
		if (err != -ENOENT)
			return err;
		err = htree_next(path, &next);
		if (err != 0)
			return err;
		if ((next & ~HTREE_CONTINUES) != hash)
			return -ENOENT;
	}
}

int
htree_find(struct inode *dir, const struct qstr *name,
    struct dir_place *place)
{
	struct htree_path path;
	uint32_t hash;
	int err = htree_open(dir, &path);

	if (err == 0) {
		hash = htree_hash(ext2_fs(dir), path.kind, name->text,
		    name->len);
		err = htree_seek(&path, hash);
	}
	if (err == 0)
		err = find_in_leaves(&path, name, hash, place);
	htree_close(&path);
	return err;
}

/* ---- The names of a block in order ------------------------------------ */

/* Sort numbers: Shell's method. */
static void
sort(uint64_t *keys, unsigned count)
{
	for (unsigned gap = count / 2; gap > 0; gap /= 2) {
		for (unsigned i = gap; i < count; i++) {
			uint64_t key = keys[i];
			unsigned j = i;

			for (; j >= gap && keys[j - gap] > key; j -= gap)
				keys[j] = keys[j - gap];
			keys[j] = key;
		}
	}
}

int
htree_sort_block(struct inode *dir, const struct buffer *buf,
    enum ext2_hash kind, uint64_t *keys)
{
	const struct dir_block b = dir_block_of(dir, buf);
	const struct ext2_fs *fs = ext2_fs(dir);
	struct ext2_entry *e;
	unsigned count = 0;

	for (uint32_t at = 0; at < b.bytes; at += e->rec_len) {
		e = dir_entry(&b, at);
		if (e == NULL)
			return -EIO;
		if (e->inode != 0 && !dir_is_dot(e) && !dir_is_dotdot(e))
			keys[count++] = htree_key(htree_hash(fs, kind, e->name,
			    e->name_len), at);
	}
	sort(keys, count);
	return (int)count;
}
