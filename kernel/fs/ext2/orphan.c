/* orphan.c - the list of inodes whose work a crash must not interrupt.
 *
 * Layer: fs/ext2   Called by: namei.c (unlink), truncate.c, inode.c; super.c
 * Source: [EXT4] "Inode Table", "s_last_orphan"
 *
 * A file without a name that is still open, or whose truncation takes several
 * transactions, is on a list on the disk: s_last_orphan names the first, and
 * i_dtime of each the next.  After a crash the journal's replay brings the list
 * back, and the mount deletes the ones without a name and truncates the others
 * to their size.  Linux and e2fsck do the same.
 *
 *	s_last_orphan -> 17 -> 12 -> 0       fs->orphans has the same order
 *
 * Without a journal there is no list: after a crash e2fsck must look anyway.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"

/* Set i_dtime of an inode on the disk: the next of the list. */
static int
set_next(struct journal_handle *h, struct ext2_inode *ei, uint32_t next)
{
	struct ext2_disk_inode *disk;
	struct buffer *buf;
	int err = ext2_inode_place(ei->fs, (uint32_t)ei->inode->ino, &buf,
	    &disk);

	if (err != 0)
		return err;
	err = journal_access(h, buf);
	if (err == 0) {
		disk->i_dtime = next;
		ei->next_orphan = next;
		journal_dirty(h, buf);
	}
	buffer_put(buf);
	return err;
}

static int
set_first(struct journal_handle *h, struct ext2_fs *fs, uint32_t ino)
{
	int err = journal_access(h, fs->super_buf);

	if (err == 0) {
		fs->super->s_last_orphan = ino;
		journal_dirty(h, fs->super_buf);
	}
	return err;
}

int
ext2_orphan_add(struct journal_handle *h, struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	int err = 0;

	if (fs->journal == NULL)
		return 0;
	mutex_lock(&fs->orphan_lock);
	if (!ei->orphan) {
		err = set_next(h, ei, fs->super->s_last_orphan);
		if (err == 0)
			err = set_first(h, fs, (uint32_t)inode->ino);
		if (err == 0) {
			list_add(&fs->orphans, &ei->orphan_link);
			ei->orphan = true;
		}
	}
	mutex_unlock(&fs->orphan_lock);
	return err;
}

int
ext2_orphan_remove(struct journal_handle *h, struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	int err = 0;

	mutex_lock(&fs->orphan_lock);
	if (ei->orphan) {
		struct list *prev = ei->orphan_link.prev;

		if (prev == &fs->orphans)
			err = set_first(h, fs, ei->next_orphan);
		else
			err = set_next(h, list_entry(prev, struct ext2_inode,
			    orphan_link), ei->next_orphan);
		if (err == 0)
			err = set_next(h, ei, 0);
		if (err == 0) {
			list_remove(&ei->orphan_link);
			ei->orphan = false;
		}
	}
	mutex_unlock(&fs->orphan_lock);
	return err;
}

void
ext2_orphan_forget(struct inode *inode)
{
	struct ext2_inode *ei = ext2_inode(inode);

	mutex_lock(&ei->fs->orphan_lock);
	if (ei->orphan)
		list_remove(&ei->orphan_link);
	ei->orphan = false;
	mutex_unlock(&ei->fs->orphan_lock);
}

/* ---- After a crash ---------------------------------------------------- */

/* Take the list's first inode as the only one in memory, and end its work.
 * Returns 0, or an error: the rest of the list cannot be believed. */
static int
recover_first(struct ext2_fs *fs, uint32_t ino)
{
	struct ext2_inode *ei;
	struct inode *inode;
	int err;

	if (ino < fs->super->s_first_ino)
		return ext2_error(fs, "the list of orphans names inode %u",
		    ino);
	err = ext2_iget_orphan(fs, ino, &inode);
	if (err != 0)
		return err;
	ei = ext2_inode(inode);
	mutex_lock(&fs->orphan_lock);
	list_add(&fs->orphans, &ei->orphan_link);
	ei->orphan = true;
	mutex_unlock(&fs->orphan_lock);
	if (inode->nlink > 0) {
		pr_info("ext2: %s: inode %u is truncated to %lu bytes",
		    fs->mount->source, ino, (unsigned long)ei->disk_bytes);
		mutex_lock(&inode->lock);
		err = ext2_truncate_blocks(inode, ei->disk_bytes);
		mutex_unlock(&inode->lock);
	}
	inode_put(inode); /* deletes it, if it has no name */
	return err;
}

void
ext2_orphans_recover(struct ext2_fs *fs)
{
	unsigned count = 0;
	uint32_t ino;

	while ((ino = fs->super->s_last_orphan) != 0) {
		/* Each step takes one off, or nothing will ever move. */
		if (recover_first(fs, ino) != 0 ||
		    fs->super->s_last_orphan == ino) {
			pr_err("ext2: %s: the list of orphans is damaged",
			    fs->mount->source);
			break;
		}
		count++;
	}
	if (count > 0)
		pr_notice("ext2: %s: %u orphans deleted or truncated",
		    fs->mount->source, count);
}
