/* symlink.c - symbolic links: where the text is.
 *
 * Layer: fs/ext2   Called by: namei.c; path.c through inode_ops
 * Source: [EXT2] "Symbolic Links"
 *
 * A short text takes the place of the numbers of blocks in the inode; a longer
 * one is in a block of its own, which is treated as metadata: it goes through
 * the journal, so a link is never without its text.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/ext2.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/slab.h"

bool
ext2_symlink_fits(const struct ext2_fs *fs, const char *text)
{
	return strlen(text) < fs->block_bytes;
}

/* Put a long text, with its 0, into a block. */
static int
fill_block(struct journal_handle *h, struct inode *inode, const char *text,
    size_t len)
{
	struct buffer *buf;
	int err = ext2_dir_block(h, inode, 0, true, &buf);

	if (err != 0)
		return err;
	memcpy(buf->data, text, len + 1);
	journal_dirty(h, buf);
	buffer_put(buf);
	return 0;
}

int
ext2_symlink_fill(struct journal_handle *h, struct inode *inode,
    const char *text)
{
	struct ext2_inode *ei = ext2_inode(inode);
	size_t len = strlen(text);
	int err = 0;

	if (len < EXT2_FAST_SYMLINK)
		memcpy(ei->block, text, len + 1);
	else
		err = fill_block(h, inode, text, len);
	if (err == 0) {
		inode->cache.bytes = len;
		ei->disk_bytes = len;
	}
	return err;
}

/* The text of len bytes at data must end there. */
static int
check_text(const struct inode *inode, const char *data, size_t len)
{
	if (strnlen(data, len + 1) == len)
		return 0;
	return ext2_error(ext2_fs(inode), "symbolic link %lu: damaged text",
	    inode->ino);
}

/* Copy a text out of its block. */
static int
read_block(struct inode *inode, size_t len, struct link_target *out)
{
	struct buffer *buf;
	int err = ext2_dir_block(NULL, inode, 0, false, &buf);

	if (err != 0)
		return err;
	err = check_text(inode, buf->data, len);
	if (err == 0) {
		out->to_free = kmalloc(len + 1);
		err = out->to_free != NULL ? 0 : -ENOMEM;
	}
	if (err == 0)
		memcpy(out->to_free, buf->data, len + 1);
	out->text = out->to_free;
	buffer_put(buf);
	return err;
}

static int
symlink_get_link(struct inode *inode, struct link_target *out)
{
	uint64_t len = (uint64_t)inode_size(inode);

	if (len == 0 || len >= ext2_fs(inode)->block_bytes)
		return ext2_error(ext2_fs(inode),
		    "symbolic link %lu: %lu bytes", inode->ino, len);
	if (len >= EXT2_FAST_SYMLINK)
		return read_block(inode, len, out);
	out->text = (const char *)ext2_inode(inode)->block;
	return check_text(inode, out->text, len);
}

const struct inode_ops ext2_symlink_inode_ops = {
    .get_link = symlink_get_link,
    .stat = ext2_stat,
    .update = ext2_update,
    .evict = ext2_evict,
};
