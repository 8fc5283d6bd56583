/* inode_table.c - the inodes in memory, by number.
 *
 * Layer: fs/ext2   Called by: inode.c, super.c
 *
 * The table knows every inode in memory, without a reference.  One whose last
 * reference is gone is still in it until evict is done: who looks for that
 * number meanwhile waits.
 *
 *	iget: not there: read ---> in use <--- iget: there, reference taken
 *	                             | last inode_put()
 *	                          evicting     iget: waits
 *	                             | nlink 0: blocks, then the number are free
 *	                           gone ------> iget: reads again
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/inode_table.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "fs/ext2/alloc.h"
#include "mm/slab.h"

#define TABLE_LISTS 1024

static struct list *
list_of(struct ext2_fs *fs, uint64_t ino)
{
	return &fs->table[ino % TABLE_LISTS];
}

/* Locks: table_lock held. */
static struct ext2_inode *
table_find(struct ext2_fs *fs, uint32_t ino)
{
	list_for_each(ei, list_of(fs, ino), struct ext2_inode, table_link) {
		if (ei->inode->ino == ino)
			return ei;
	}
	return NULL;
}

void
inode_table_insert(struct ext2_inode *ei)
{
	struct ext2_fs *fs = ei->fs;

	spin_lock(&fs->table_lock);
	kassert(table_find(fs, (uint32_t)ei->inode->ino) == NULL);
	list_add_tail(list_of(fs, ei->inode->ino), &ei->table_link);
	fs->inode_count++;
	spin_unlock(&fs->table_lock);
}

void
inode_table_remove(struct ext2_inode *ei)
{
	struct ext2_fs *fs = ei->fs;

	spin_lock(&fs->table_lock);
	if (!list_empty(&ei->table_link))
		list_remove(&ei->table_link);
	spin_unlock(&fs->table_lock);
	waitq_wake_all(&fs->evicted);
}

void
inode_table_leave(struct ext2_fs *fs)
{
	spin_lock(&fs->table_lock);
	fs->inode_count--;
	waitq_wake_all(&fs->evicted);
	spin_unlock(&fs->table_lock); /* fs may be freed from here on */
}

bool
inode_table_is_left(struct ext2_fs *fs, size_t count)
{
	bool left;

	spin_lock(&fs->table_lock);
	left = fs->inode_count == count;
	spin_unlock(&fs->table_lock);
	return left;
}

/* Is the inode with that number in the table, and on its way out? */
static bool
is_evicting(struct ext2_fs *fs, uint32_t ino)
{
	struct ext2_inode *ei;
	bool evicting;

	spin_lock(&fs->table_lock);
	ei = table_find(fs, ino);
	evicting = ei != NULL && ref_count(&ei->inode->cache.object.refs) == 0;
	spin_unlock(&fs->table_lock);
	return evicting;
}

struct inode *
inode_table_get(struct ext2_fs *fs, uint32_t ino)
{
	struct inode *inode = NULL;
	struct ext2_inode *ei;

	wait_event(&fs->evicted, !is_evicting(fs, ino));
	spin_lock(&fs->table_lock);
	ei = table_find(fs, ino);
	if (ei != NULL && ref_get_unless_zero(&ei->inode->cache.object.refs))
		inode = ei->inode;
	spin_unlock(&fs->table_lock);
	return inode;
}

/* The inode of a list with the smallest number from ino on, or NULL.
 * Locks: table_lock held. */
static struct inode *
smallest_from(struct ext2_fs *fs, unsigned list, uint64_t ino)
{
	struct inode *found = NULL;

	list_for_each(ei, &fs->table[list], struct ext2_inode, table_link) {
		struct inode *inode = ei->inode;

		if (inode->ino >= ino &&
		    (found == NULL || inode->ino < found->ino))
			found = inode;
	}
	return found;
}

/* The same, with a reference; those that are being evicted are passed over. */
static struct inode *
table_next(struct ext2_fs *fs, unsigned list, uint64_t ino)
{
	struct inode *next;

	spin_lock(&fs->table_lock);
	while ((next = smallest_from(fs, list, ino)) != NULL &&
	    !ref_get_unless_zero(&next->cache.object.refs))
		ino = next->ino + 1;
	spin_unlock(&fs->table_lock);
	return next;
}

int
ext2_inodes_for_each(struct ext2_fs *fs,
    int (*fn)(struct inode *inode, void *arg), void *arg)
{
	int err = 0;

	for (unsigned i = 0; i < TABLE_LISTS && err == 0; i++) {
		uint64_t from = 0;
		struct inode *inode;

		while (err == 0 && (inode = table_next(fs, i, from)) != NULL) {
			from = inode->ino + 1;
			err = fn(inode, arg);
			inode_put(inode);
		}
	}
	return err;
}

int
ext2_inodes_init(struct ext2_fs *fs)
{
	fs->table = kmalloc(TABLE_LISTS * sizeof(fs->table[0]));
	if (fs->table == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < TABLE_LISTS; i++)
		list_init(&fs->table[i]);
	return 0;
}

void
ext2_inodes_fini(struct ext2_fs *fs)
{
	kassert(fs->inode_count == 0);
	kfree(fs->table);
}
