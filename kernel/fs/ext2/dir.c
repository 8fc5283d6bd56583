/* dir.c - directories: entries in blocks.
 *
 * Layer: fs/ext2   Called by: namei.c; htree.c for its leaves
 * Source: [EXT2] "Directory Structure"
 *
 * A block of a directory is a chain of entries that covers it wholly.  An entry
 * can be longer than its name needs; the slack behind the name is where another
 * entry can come to be:
 *
 *	| 12 .   | 12 ..  | 1000 hello ................................. |
 *	| 12 .   | 12 ..  | 16 hello | 984 world ........................ |
 *
 * Removing an entry gives its bytes to the one before it; the first of a block,
 * which has none, gets inode 0.  So entries do not move, and a reader's place
 * stays good while others come and go.
 *
 * An index (htree.c) only says in which block to look.  Everything here but
 * ext2_dir_find() and ext2_dir_add() takes the blocks as they come: those of an
 * index look like free entries.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/dir.h"

#include "debug/assert.h"
#include "fs/ext2/htree.h"
#include "lib/string.h"

NOINLINE struct ext2_entry *
dir_entry_damaged(const struct inode *dir, const struct buffer *buf,
    uint32_t offset)
{
	ext2_error(ext2_fs(dir),
	    "directory %lu: damaged entry at byte %u of block %lu",
	    dir->ino, offset, buf->block);
	return NULL;
}

void
dir_entry_fill(const struct inode *dir, struct ext2_entry *e,
    const struct dir_new *new)
{
	const struct ext2_super *super = ext2_fs(dir)->super;

	e->inode = new->ino;
	e->name_len = (uint8_t)new->name->len;
	e->file_type = EXT2_FT_UNKNOWN;
	if (super->s_feature_incompat & EXT2_INCOMPAT_FILETYPE)
		e->file_type = (uint8_t)new->type;
	memcpy(e->name, new->name->text, new->name->len);
}

void
dir_block_clear(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf)
{
	struct ext2_entry *e = (void *)buf->data;

	*e = (struct ext2_entry){
	    .rec_len = (uint16_t)ext2_fs(dir)->block_bytes,
	};
	dir_changed(dir);
	journal_dirty(h, buf);
}

/* Remember the last entry of a block, where most of the room is: whoever looked
 * in vain for a name often adds it next. */
static void
note_last(const struct inode *dir, const struct buffer *buf, uint32_t offset)
{
	struct ext2_inode *ei = ext2_inode(dir);

	ei->last_block = buf->block;
	ei->last_offset = offset;
}

int
dir_block_find(const struct inode *dir, struct buffer *buf,
    const struct qstr *name, struct dir_place *place)
{
	const struct dir_block b = dir_block_of(dir, buf);
	const uint32_t len = name->len;
	const char last = name->text[len - 1];
	struct ext2_entry *before = NULL;
	struct ext2_entry *e;

	for (uint32_t at = 0; at < b.bytes; at += e->rec_len) {
		e = dir_entry(&b, at);
		if (e == NULL)
			return -EIO;
		/* Names often begin alike, so the end is looked at first. */
		if (e->name_len == len && e->name[len - 1] == last &&
		    e->inode != 0 && memcmp(e->name, name->text, len) == 0) {
			*place = (struct dir_place){buf, e, before, 0};
			return 0;
		}
		before = e;
	}
	note_last(dir, buf, (uint32_t)((char *)before - b.data));
	return -ENOENT;
}

/* Find an entry with room for need bytes.  *used: its own; 0: it is free.
 * Returns 0, -ENOSPC, -EIO. */
static int
find_room(const struct inode *dir, const struct buffer *buf, uint32_t need,
    struct ext2_entry **out, uint32_t *used)
{
	const struct dir_block b = dir_block_of(dir, buf);
	const struct ext2_inode *ei = ext2_inode(dir);
	bool known = ei->last_block == buf->block;
	struct ext2_entry *e;

	for (uint32_t at = known ? ei->last_offset : 0;;) {
		e = dir_entry(&b, at);
		if (e == NULL)
			return -EIO;
		*used = e->inode != 0 ? EXT2_ENTRY_BYTES(e->name_len) : 0;
		*out = e;
		if (e->rec_len >= *used + need)
			return 0;
		at += e->rec_len;
		if (at == b.bytes && !known)
			return -ENOSPC;
		if (known)
			at = 0;
		known = false;
	}
}

int
dir_block_add(struct journal_handle *h, const struct inode *dir,
    struct buffer *buf, const struct dir_new *new)
{
	struct ext2_entry *e;
	uint32_t used;
	int err = find_room(dir, buf, EXT2_ENTRY_BYTES(new->name->len), &e,
	    &used);

	if (err != 0)
		return err;
	err = journal_access(h, buf);
	if (err != 0)
		return err;
	if (used != 0) {
		struct ext2_entry *slack = (void *)((char *)e + used);

		slack->rec_len = (uint16_t)(e->rec_len - used);
		e->rec_len = (uint16_t)used;
		e = slack;
	}
	dir_entry_fill(dir, e, new);
	dir_changed(dir);
	journal_dirty(h, buf);
	return 0;
}

/* ---- A directory without an index ------------------------------------- */

/* Find name in one block after the other. */
static int
linear_find(struct inode *dir, const struct qstr *name,
    struct dir_place *place)
{
	uint32_t count = dir_block_count(dir);

	for (uint32_t index = 0; index < count; index++) {
		struct buffer *buf;
		int err = ext2_dir_block(NULL, dir, index, false, &buf);

		if (err != 0)
			return err;
		err = dir_block_find(dir, buf, name, place);
		place->index = index;
		if (err == 0)
			return 0;
		buffer_put(buf);
		if (err != -ENOENT)
			return err;
	}
	return -ENOENT;
}

/* Add an entry to the first block from index on that has room.
 * Returns -ENOSPC if none has. */
static int
linear_add_from(struct journal_handle *h, struct inode *dir, uint32_t index,
    const struct dir_new *new)
{
	uint32_t count = dir_block_count(dir);

	for (; index < count; index++) {
		struct buffer *buf;
		int err = ext2_dir_block(NULL, dir, index, false, &buf);

		if (err != 0)
			return err;
		err = dir_block_add(h, dir, buf, new);
		buffer_put(buf);
		if (err == 0)
			ext2_inode(dir)->dir_hint = index;
		if (err != -ENOSPC)
			return err;
	}
	return -ENOSPC;
}

/* Add an entry in a new block. */
static int
linear_append(struct journal_handle *h, struct inode *dir,
    const struct dir_new *new)
{
	uint32_t index = dir_block_count(dir);
	struct buffer *buf;
	int err = ext2_dir_block(h, dir, index, true, &buf);

	if (err != 0)
		return err;
	dir_block_clear(h, dir, buf);
	err = dir_block_add(h, dir, buf, new);
	buffer_put(buf);
	ext2_inode(dir)->dir_hint = index;
	return err;
}

/* Whatever index there is, it will not be right any more. */
static int
linear_add(struct journal_handle *h, struct inode *dir,
    const struct dir_new *new)
{
	struct ext2_inode *ei = ext2_inode(dir);
	int err;

	if (ei->flags & EXT2_FL_INDEX) {
		ei->flags &= ~(uint32_t)EXT2_FL_INDEX;
		err = ext2_inode_store(h, dir);
		if (err != 0)
			return err;
	}
	err = linear_add_from(h, dir, ei->dir_hint, new);
	if (err != -ENOSPC)
		return err;
	if (dir_block_count(dir) == 1 && htree_wanted(ei->fs)) {
		err = htree_make(h, dir);
		if (err == 0)
			err = htree_add(h, dir, new);
		if (err != HTREE_DAMAGED)
			return err;
	}
	return linear_append(h, dir, new);
}

/* "." and ".." are in the first block, which no index leads to. */
static bool
is_dots(const struct qstr *name)
{
	return name->text[0] == '.' &&
	    (name->len == 1 || (name->len == 2 && name->text[1] == '.'));
}

/* ---- What namei.c calls ----------------------------------------------- */

/* Find an entry.  Returns 0 and *place with a reference, -ENOENT, -EIO. */
static int
find(struct inode *dir, const struct qstr *name, struct dir_place *place)
{
	int err = HTREE_DAMAGED;

	kassert(mutex_held(&dir->mount->tree_lock));
	if (htree_active(dir) && !is_dots(name))
		err = htree_find(dir, name, place);
	if (err == HTREE_DAMAGED)
		err = linear_find(dir, name, place);
	return err;
}

int
ext2_dir_find(struct inode *dir, const struct qstr *name, uint32_t *ino)
{
	struct dir_place place;
	int err = find(dir, name, &place);

	*ino = 0;
	if (err == 0) {
		*ino = place.entry->inode;
		buffer_put(place.buf);
	}
	return err == -ENOENT ? 0 : err;
}

int
ext2_dir_add(struct journal_handle *h, struct inode *dir,
    const struct qstr *name, uint32_t ino, unsigned type)
{
	struct dir_new new = {name, ino, type};
	int err = HTREE_DAMAGED;

	kassert(name->len > 0 && name->len <= EXT2_NAME_MAX);
	if (htree_active(dir))
		err = htree_add(h, dir, &new);
	if (err == HTREE_DAMAGED)
		err = linear_add(h, dir, &new);
	return err;
}

int
ext2_dir_set(struct journal_handle *h, struct inode *dir,
    const struct qstr *name, uint32_t ino, unsigned type)
{
	struct dir_new new = {name, ino, type};
	struct dir_place place;
	int err = find(dir, name, &place);

	if (err != 0)
		return err;
	err = journal_access(h, place.buf);
	if (err == 0) {
		dir_entry_fill(dir, place.entry, &new);
		journal_dirty(h, place.buf);
	}
	buffer_put(place.buf);
	return err;
}

int
ext2_dir_remove(struct journal_handle *h, struct inode *dir,
    const struct qstr *name)
{
	struct ext2_inode *ei = ext2_inode(dir);
	struct dir_place place;
	int err = find(dir, name, &place);

	if (err != 0)
		return err;
	err = journal_access(h, place.buf);
	if (err == 0) {
		place.entry->inode = 0;
		if (place.before != NULL)
			place.before->rec_len += place.entry->rec_len;
		journal_dirty(h, place.buf);
		ei->dir_hint = MIN(ei->dir_hint, place.index);
		dir_changed(dir);
	}
	buffer_put(place.buf);
	return err;
}

/* Has a block a name but "." and ".."?  1, 0, or -EIO. */
static int
block_has_names(const struct inode *dir, const struct buffer *buf)
{
	const struct dir_block b = dir_block_of(dir, buf);
	struct ext2_entry *e;

	for (uint32_t at = 0; at < b.bytes; at += e->rec_len) {
		e = dir_entry(&b, at);
		if (e == NULL)
			return -EIO;
		if (e->inode != 0 && !dir_is_dot(e) && !dir_is_dotdot(e))
			return 1;
	}
	return 0;
}

int
ext2_dir_is_empty(struct inode *dir)
{
	uint32_t count = dir_block_count(dir);

	for (uint32_t index = 0; index < count; index++) {
		struct buffer *buf;
		int err = ext2_dir_block(NULL, dir, index, false, &buf);

		if (err != 0)
			return err;
		err = block_has_names(dir, buf);
		buffer_put(buf);
		if (err != 0)
			return err == 1 ? 0 : err;
	}
	return 1;
}

int
ext2_dir_make(struct journal_handle *h, struct inode *dir, uint32_t parent_ino)
{
	static const struct qstr dot_name = {".", 1, 0};
	static const struct qstr dotdot_name = {"..", 2, 0};
	struct dir_new dot = {&dot_name, (uint32_t)dir->ino, EXT2_FT_DIR};
	struct dir_new dotdot = {&dotdot_name, parent_ino, EXT2_FT_DIR};
	struct buffer *buf;
	int err = ext2_dir_block(h, dir, 0, true, &buf);

	if (err != 0)
		return err;
	dir_block_clear(h, dir, buf);
	err = dir_block_add(h, dir, buf, &dot);
	if (err == 0)
		err = dir_block_add(h, dir, buf, &dotdot);
	buffer_put(buf);
	return err;
}
