/* inode.h - a file, whatever its names: type, size, times and operations.
 *
 * Layer: fs   Called by: path.c, file.c and every file system; proc, syscall
 *
 * An inode is the file itself; its names are dentries (dentry.h).  It lives
 * while something refers to it: a dentry, a mapping, or a caller on its way.
 * The file is removed from its file system when the last reference goes and
 * nlink is 0.
 *
 * Everyone is root here: mode, uid and gid are kept and shown, and a mode
 * without any x bit forbids exec (as for Linux's root), but nothing else is
 * refused because of them.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "mm/pagecache.h"
#include "sched/mutex.h"
#include "sync/refcount.h"

struct dentry;
struct file_ops;
struct inode;
struct mount;
struct rename_args;

/* What a symbolic link leads to: either a text to walk on with, or a place
 * (the magic links of /proc/PID). */
struct link_target {
	const char *text;    /* NULL: jump is the place */
	char *to_free;	     /* kfree() this when done with text; may be NULL */
	struct dentry *jump; /* with a reference for the caller */
};

/*
 * Operations of a file system on its inodes.  NULL = the file system cannot:
 * -EPERM for those that change a directory, -EINVAL for get_link.
 * All may sleep.  "tree": dir->mount->tree_lock is held, so that nothing else
 * changes names in this file system; d is an unhashed dentry with its name and
 * parent set, d->inode NULL.  A file system gives d its inode with
 * dentry_set_inode(), and writes the entry to its store, if it has another
 * than the dentries themselves (mount.h, MOUNT_PINNED).
 *
 *   lookup   - tree.  Look for d's name; set the inode if there is one, return
 *              0 also if there is none.  Never called with MOUNT_PINNED.
 *   create   - tree.  Make a file of the type in mode (any type but S_IFLNK);
 *              rdev for devices.
 *   symlink  - tree.  Make a symbolic link that holds text.
 *   link     - tree.  Make d one more name of inode, of this file system, not a
 *              directory.  nlink is counted by the caller.
 *   unlink   - tree.  Remove the name d; nlink is counted by the caller.  A
 *              directory is known to be empty if it is MOUNT_PINNED; else the
 *              operation itself answers -ENOTEMPTY.
 *   rename   - tree.  The checks are made (rename.c); move the entries.
 *   get_link - Where a symbolic link leads.  The text lives as long as the
 *              inode, unless to_free is set.
 *   truncate - inode->lock held.  Set the size: drop or extend.
 *   evict    - The last reference is gone: free what priv holds, and if nlink
 *              is 0 the file's storage too.  Nobody else sees the inode.
 */
struct inode_ops {
	int (*lookup)(struct inode *dir, struct dentry *d);
	int (*create)(struct inode *dir, struct dentry *d, mode_t mode,
	    dev_t rdev);
	int (*symlink)(struct inode *dir, struct dentry *d, const char *text);
	int (*link)(struct inode *dir, struct dentry *d, struct inode *inode);
	int (*unlink)(struct inode *dir, struct dentry *d);
	int (*rename)(const struct rename_args *args);
	int (*get_link)(struct inode *inode, struct link_target *out);
	int (*truncate)(struct inode *inode, off_t size);
	void (*evict)(struct inode *inode);
};

/*
 * What protects the members:
 *	I	immutable after inode_alloc() and the file system's set-up
 *	a	atomic
 *	l	lock (reading one word without it is fine)
 *	t	mount->tree_lock
 */
struct inode {
	struct refcount refs;		  /* [a] */
	struct mount *mount;		  /* [I] */
	const struct inode_ops *ops;	  /* [I] */
	const struct file_ops *file_ops;  /* [I] what open() gives a file */
	ino_t ino;			  /* [I] */
	mode_t mode;			  /* [l] S_IFMT bits [I] */
	uid_t uid;			  /* [l] */
	gid_t gid;			  /* [l] */
	nlink_t nlink;			  /* [t] */
	dev_t rdev;			  /* [I] devices only */
	off_t size;			  /* [l] bytes */
	uint64_t blocks;		  /* [l] 512-byte units, see inode_stat */
	int64_t atime_ns;		  /* [l] since 1970; years 1677 to 2262 */
	int64_t mtime_ns;		  /* [l] */
	int64_t ctime_ns;		  /* [l] */
	struct mutex lock;		  /* writes, truncation, attributes */
	struct pagecache cache;		  /* regular files: the contents */
	void *priv;			  /* the file system's own; FIFO: pipe */
};

/* The file system's part of stat(); everything else is in the inode. */
struct stat;

/* A new inode with one reference, nlink 1, times now, owner 0:0.
 * mode: with its type.  The caller sets ops, file_ops, priv, rdev.
 * Returns NULL when there is no memory.  Does not sleep. */
struct inode *inode_alloc(struct mount *mount, ino_t ino, mode_t mode);

/* Take one more reference.  Any context. */
void inode_get(struct inode *inode);

/* Drop a reference; the last one calls evict.  May sleep. */
void inode_put(struct inode *inode);

/* Set the times named to now.  which: INODE_ATIME | INODE_MTIME | ... */
#define INODE_ATIME 1u
#define INODE_MTIME 2u
#define INODE_CTIME 4u
void inode_touch(struct inode *inode, unsigned which);

/* Set the access time if it is older than a change (Linux's "relatime"). */
void inode_accessed(struct inode *inode);

/* Fill *st as stat() shows it.  Locks: none. */
void inode_stat(const struct inode *inode, struct stat *st);
