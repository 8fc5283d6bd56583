/* htree_add.c - new names in the index of a directory.
 *
 * Layer: fs/ext2   Called by: dir.c
 * Source: [EXT4] "Hash Tree Directories"
 *
 * When a leaf is full, its upper half by hash moves to a new block, and the
 * index gets one more entry.  When the root is full, its entries move to a new
 * index block below it, and when such a block is full, it is cut in two:
 *
 *	root [a b c d]          root [ . ]            root [ . . ]
 *	      | | | |    ---->        |       ---->         |  |
 *	    leaves a..d         node [a b c d ...]    [a b ...] [e f ...]
 *
 * Each of these steps takes one block and leaves a valid index behind; what
 * could fail in it is done before the first byte changes.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/htree.h"

#include "debug/assert.h"
#include "lib/string.h"
#include "mm/slab.h"

/* ---- Room in the index ------------------------------------------------ */

/* Insert an entry behind the chosen one.  There is room. */
static void
frame_insert(struct htree_frame *frame, uint32_t hash, uint32_t block)
{
	struct ext2_dx_countlimit *c = htree_countlimit(frame);
	struct ext2_dx_entry *to = frame->entries + frame->at + 1;

	kassert(c->count < c->limit);
	memmove(to + 1, to, (c->count - frame->at - 1) * sizeof(*to));
	*to = (struct ext2_dx_entry){hash, block};
	c->count++;
}

/* Make an index block of a new one, with count entries from `from` on; the
 * first one's hash makes way for the count. */
static void
node_make(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf, const struct ext2_dx_entry *from, unsigned count)
{
	struct ext2_dx_node *node = (void *)buf->data;
	struct ext2_dx_countlimit *c = (void *)node->entries;

	dir_block_clear(h, dir, buf);
	memcpy(node->entries, from, count * sizeof(*from));
	c->limit = (uint16_t)htree_entries_behind(dir, sizeof(*node));
	c->count = (uint16_t)count;
}

/* The root is full and there is no level below it: move its entries to a block
 * of their own.  The path leads through it then. */
static int
grow_root(struct journal_handle *h, struct htree_path *path)
{
	struct htree_frame *root = &path->frames[0];
	struct htree_frame *node = &path->frames[1];
	struct ext2_dx_root *head = (void *)root->buf->data;
	uint32_t block = dir_block_count(path->dir);
	struct buffer *buf;
	int err = journal_access(h, root->buf);

	if (err == 0)
		err = ext2_dir_block(h, path->dir, block, true, &buf);
	if (err != 0)
		return err;
	node_make(h, path->dir, buf, root->entries,
	    htree_countlimit(root)->count);
	*node = (struct htree_frame){
	    .buf = buf,
	    .entries = ((struct ext2_dx_node *)buf->data)->entries,
	    .block = block,
	    .at = root->at,
	};
	htree_countlimit(root)->count = 1;
	htree_countlimit(root)->block = block;
	root->at = 0;
	head->info.indirect_levels++;
	path->levels++;
	path->depth++;
	journal_dirty(h, root->buf);
	return 0;
}

/* An index block below the root is full, and the root is not: move the upper
 * half to a new block.  The path leads through the right one then. */
static int
split_node(struct journal_handle *h, struct htree_path *path)
{
	struct htree_frame *root = &path->frames[0];
	struct htree_frame *node = &path->frames[1];
	struct ext2_dx_countlimit *c = htree_countlimit(node);
	uint32_t block = dir_block_count(path->dir);
	unsigned keep = c->count / 2;
	struct buffer *buf;
	int err = journal_access(h, root->buf);

	if (err == 0)
		err = journal_access(h, node->buf);
	if (err == 0)
		err = ext2_dir_block(h, path->dir, block, true, &buf);
	if (err != 0)
		return err;
	node_make(h, path->dir, buf, node->entries + keep, c->count - keep);
	frame_insert(root, node->entries[keep].hash, block);
	c->count = (uint16_t)keep;
	journal_dirty(h, root->buf);
	journal_dirty(h, node->buf);
	if (node->at < keep) {
		buffer_put(buf);
		return 0;
	}
	root->at++;
	buffer_put(node->buf);
	*node = (struct htree_frame){
	    .buf = buf,
	    .entries = ((struct ext2_dx_node *)buf->data)->entries,
	    .block = block,
	    .at = node->at - keep,
	};
	return 0;
}

/* Make room for one more entry in the lowest index block. */
static int
make_room(struct journal_handle *h, struct htree_path *path)
{
	const struct ext2_dx_countlimit *c;

	c = htree_countlimit(htree_lowest(path));
	if (c->count < c->limit)
		return 0;
	if (path->depth == 1)
		return grow_root(h, path);
	c = htree_countlimit(&path->frames[0]);
	if (c->count < c->limit)
		return split_node(h, path);
	return -ENOSPC;	/* the format ends here: some 300,000 names */
}

/* ---- A leaf in two ---------------------------------------------------- */

/* Where to cut a leaf: behind it are about half of the bytes, but never all
 * names, and never none. */
static unsigned
cut_of(const struct inode *dir, const char *data, const uint64_t *keys,
    unsigned count)
{
	uint32_t half = ext2_fs(dir)->block_bytes / 2;
	uint32_t moved = 0;
	unsigned cut = count;

	while (cut > 1) {
		const struct ext2_entry *e = (const void *)(data +
		    htree_key_offset(keys[cut - 1]));
		uint32_t bytes = EXT2_ENTRY_BYTES(e->name_len);

		if (cut < count && moved + bytes / 2 > half)
			break;
		moved += bytes;
		cut--;
	}
	return cut;
}

/* Fill a block with the entries of data that keys tell. */
static void
pack(struct journal_handle *h, const struct inode *dir, struct buffer *buf,
    const char *data, const uint64_t *keys, unsigned count)
{
	char *end = buf->data + ext2_fs(dir)->block_bytes;
	struct ext2_entry *e = NULL;
	char *to = buf->data;

	for (unsigned i = 0; i < count; i++) {
		const struct ext2_entry *from = (const void *)(data +
		    htree_key_offset(keys[i]));
		uint32_t bytes = EXT2_ENTRY_BYTES(from->name_len);

		e = (void *)to;
		memcpy(e, from, bytes);
		e->rec_len = (uint16_t)bytes;
		to += bytes;
	}
	e->rec_len = (uint16_t)(end - (char *)e);
	dir_changed(dir);
	journal_dirty(h, buf);
}

/* Move the upper half of *leaf, sorted by keys, to a new block, and tell the
 * index, which has room.  copy: a block's bytes to work with.
 * *leaf becomes the block for names of that hash. */
static int
split_sorted(struct journal_handle *h, struct htree_path *path,
    struct buffer **leaf, uint32_t hash, const uint64_t *keys, unsigned count,
    char *copy)
{
	struct inode *dir = path->dir;
	struct htree_frame *frame = htree_lowest(path);
	uint32_t block = dir_block_count(dir);
	struct buffer *upper;
	uint32_t first;
	unsigned cut;
	int err = journal_access(h, *leaf);

	if (err == 0)
		err = journal_access(h, frame->buf);
	if (err == 0)
		err = ext2_dir_block(h, dir, block, true, &upper);
	if (err != 0)
		return err;
	memcpy(copy, (*leaf)->data, ext2_fs(dir)->block_bytes);
	cut = cut_of(dir, copy, keys, count);
	pack(h, dir, *leaf, copy, keys, cut);
	pack(h, dir, upper, copy, keys + cut, count - cut);
	first = htree_key_hash(keys[cut]);
	frame_insert(frame, first == htree_key_hash(keys[cut - 1])
	    ? first | HTREE_CONTINUES : first, block);
	journal_dirty(h, frame->buf);
	if (hash >= first) {
		struct buffer *lower = *leaf;

		*leaf = upper;
		upper = lower;
	}
	buffer_put(upper);
	return 0;
}

/* Cut a leaf in two: see split_sorted(). */
static int
split_leaf(struct journal_handle *h, struct htree_path *path,
    struct buffer **leaf, uint32_t hash)
{
	struct inode *dir = path->dir;
	uint32_t bytes = ext2_fs(dir)->block_bytes;
	uint64_t *keys = kmalloc(HTREE_KEYS_BYTES(bytes) + bytes);
	char *copy = (char *)keys + HTREE_KEYS_BYTES(bytes);
	int count;
	int err;

	if (keys == NULL)
		return -ENOMEM;
	count = htree_sort_block(dir, *leaf, path->kind, keys);
	if (count < 0)
		err = count;
	else if (count < 2)
		/* With so few names there is always room, but a "." that does
		 * not belong here takes some. */
		err = ext2_error(ext2_fs(dir),
		    "directory %lu: no names in a full block", dir->ino);
	else
		err = split_sorted(h, path, leaf, hash, keys, (unsigned)count,
		    copy);
	kfree(keys);
	return err;
}

/* Add an entry where the path leads. */
static int
add_at(struct journal_handle *h, struct htree_path *path,
    const struct dir_new *new, uint32_t hash)
{
	struct buffer *leaf;
	int err = htree_leaf(path, &leaf);

	if (err != 0)
		return err;
	err = dir_block_add(h, path->dir, leaf, new);
	if (err == -ENOSPC) {
		err = make_room(h, path);
		if (err == 0)
			err = split_leaf(h, path, &leaf, hash);
		if (err == 0)
			err = dir_block_add(h, path->dir, leaf, new);
	}
	buffer_put(leaf);
	return err;
}

int
htree_add(struct journal_handle *h, struct inode *dir,
    const struct dir_new *new)
{
	struct htree_path path;
	uint32_t hash;
	int err = htree_open(dir, &path);

	if (err == 0) {
		hash = htree_hash(ext2_fs(dir), path.kind, new->name->text,
		    new->name->len);
		err = htree_seek(&path, hash);
	}
	if (err == 0)
		err = add_at(h, &path, new, hash);
	htree_close(&path);
	return err;
}

/* ---- A new index ------------------------------------------------------ */

/* Where the names behind "." and ".." begin in the first block of a directory,
 * or 0 if they are not where they should be. */
static uint32_t
names_offset(const struct inode *dir, const struct buffer *buf)
{
	const struct dir_block b = dir_block_of(dir, buf);
	const struct ext2_entry *dot = dir_entry(&b, 0);
	const struct ext2_entry *dotdot;

	if (dot == NULL || !dir_is_dot(dot) || dot->rec_len != DIR_ENTRY_MIN)
		return 0;
	dotdot = dir_entry(&b, DIR_ENTRY_MIN);
	if (dotdot == NULL || !dir_is_dotdot(dotdot))
		return 0;
	return DIR_ENTRY_MIN + dotdot->rec_len;
}

/* Copy the names of a directory's first block, from offset on, to a leaf. */
static int
move_names(struct journal_handle *h, const struct inode *dir,
    const struct buffer *from, uint32_t offset, struct buffer *leaf)
{
	const struct dir_block b = dir_block_of(dir, leaf);
	struct ext2_entry *e = (void *)leaf->data;
	uint32_t left = b.bytes - offset;

	dir_block_clear(h, dir, leaf);
	if (left == 0)
		return 0;
	memcpy(leaf->data, from->data + offset, left);
	for (uint32_t at = 0; at < left; at += e->rec_len) {
		e = dir_entry(&b, at);
		if (e == NULL) {
			dir_block_clear(h, dir, leaf);
			return -EIO;
		}
		if (at + e->rec_len == left)
			e->rec_len = (uint16_t)(b.bytes - at);
	}
	return 0;
}

/* Turn the first block into the root of an index with one leaf, block 1. */
static void
root_make(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf)
{
	struct ext2_dx_root *root = (void *)buf->data;
	struct ext2_dx_countlimit *c = (void *)root->entries;
	struct ext2_entry *dotdot = (void *)root->dotdot;
	uint32_t bytes = ext2_fs(dir)->block_bytes;

	memset(&root->info, 0, bytes - offsetof(struct ext2_dx_root, info));
	dotdot->rec_len = (uint16_t)(bytes - DIR_ENTRY_MIN);
	root->info.hash_version = (uint8_t)htree_default_kind(ext2_fs(dir));
	root->info.info_length = HTREE_INFO_LENGTH;
	c->limit = (uint16_t)htree_entries_behind(dir, sizeof(*root));
	c->count = 1;
	c->block = 1;
	journal_dirty(h, buf);
}

int
htree_make(struct journal_handle *h, struct inode *dir)
{
	struct buffer *leaf = NULL;
	struct buffer *buf;
	uint32_t offset;
	int err = ext2_dir_block(NULL, dir, 0, false, &buf);

	if (err != 0)
		return err;
	offset = names_offset(dir, buf);
	if (offset == 0)
		err = HTREE_DAMAGED;
	if (err == 0)
		err = journal_access(h, buf);
	if (err == 0)
		err = ext2_dir_block(h, dir, 1, true, &leaf);
	if (err == 0)
		err = move_names(h, dir, buf, offset, leaf);
	if (err == 0) {
		root_make(h, dir, buf);
		ext2_inode(dir)->flags |= EXT2_FL_INDEX;
		err = ext2_inode_store(h, dir);
	}
	buffer_put(leaf);
	buffer_put(buf);
	return err;
}
