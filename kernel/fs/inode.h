/* inode.h - a file, whatever its names: type, size, times and operations.
 *
 * Layer: fs   Called by: path.c, file.c and every file system; proc, syscall
 *
 * An inode is the file itself; its names are dentries (dentry.h).  It lives
 * while something refers to it: a dentry, a mapping, or a caller on its way.
 * What mmap() maps is the page cache in the inode, so the references to the
 * cache's vm_object are the references to the inode: there is one count.
 * When it falls to 0 and nlink is 0, the file leaves its file system.
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

struct abi_stat;
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
 * changes names in this file system.  namei.c and rename.c have made the checks
 * that hold for every file system, and put d into the table of names or take
 * it out when the operation succeeded.  The operation counts nlink, sets the
 * times, and changes the store, if it has another than the dentries themselves
 * (mount.h, MOUNT_PINNED).
 *
 *   lookup   - tree.  Look for d's name; dentry_set_inode() if it exists.
 *              Returns 0 in both cases.  Never called with MOUNT_PINNED.
 *   create   - tree.  d is negative: make a file of the type in mode (any type
 *              but S_IFLNK) and give it to d; rdev for devices.
 *   symlink  - tree.  The same for a symbolic link that holds text.
 *   link     - tree.  Make d, negative, one more name of inode, of this file
 *              system, not a directory.  Takes its own reference to inode.
 *   unlink   - tree.  Remove the name d; a directory, too.  If the names are
 *              not pinned, -ENOTEMPTY is this operation's business.
 *   rename   - tree.  Move the entries; rename.c moves the dentries.
 *   get_link - Where a symbolic link leads.  The text lives as long as the
 *              inode, unless to_free is set.
 *   truncate - inode->lock held.  Set the size, of the cache by
 *              pagecache_truncate() and of the store, and the times.  NULL:
 *              only the page cache is told.
 *   update   - inode->lock held.  Mode, owner or times were changed by a system
 *              call: store them.  Returns 0 or an error.
 *   stat     - Correct what inode_stat() filled in, such as st_blocks.
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
	int (*update)(struct inode *inode);
	void (*stat)(struct inode *inode, struct abi_stat *st);
	void (*evict)(struct inode *inode);
};

/*
 * What protects the members:
 *	I	immutable after inode_alloc() and the file system's set-up
 *	a	atomic
 *	l	lock (reading one word without it is fine)
 *	t	mount->tree_lock
 *	d	dcache_lock
 */
struct inode {
	struct pagecache cache;		  /* contents; refs; bytes = st_size */
	struct mount *mount;		  /* [I] */
	const struct inode_ops *ops;	  /* [I] */
	const struct file_ops *file_ops;  /* [I] what open() gives a file */
	ino_t ino;			  /* [I] */
	mode_t mode;			  /* [l] S_IFMT bits [I] */
	uid_t uid;			  /* [l] */
	gid_t gid;			  /* [l] */
	nlink_t nlink;			  /* [t] */
	dev_t rdev;			  /* [I] devices only */
	bool times_dirty;		  /* [a] inode_touch() changed a time that the
					   * store does not know */
	int64_t atime_ns;		  /* [l] since 1970; years 1677 to 2262 */
	int64_t mtime_ns;		  /* [l] */
	int64_t ctime_ns;		  /* [l] */
	struct mutex lock;		  /* writes, truncation, attributes */
	int writers;			  /* [a] files open for writing; below
					   * 0: files that execute it */
	struct dentry *alias;		  /* [d] one of its names, or NULL */
	struct list locks;		  /* lock.c's, advisory */
	struct pipe *fifo;		  /* [l] S_IFIFO: while it is open */
	void *priv;			  /* the file system's own */
};

/* A new inode with one reference, nlink 1, size 0, times now, owner 0:0.
 * mode: with its type.  cache_ops: NULL for files in memory, else operations
 * with inode_cache_name and inode_cache_release among them.
 * The caller sets ops, file_ops, priv, rdev as they are needed; ops and
 * file_ops are never NULL but may have no member set.
 * Returns NULL when there is no memory.  Does not sleep. */
struct inode *inode_alloc(struct mount *mount, ino_t ino, mode_t mode,
    const struct pagecache_ops *cache_ops);

/* The members name and release of every page cache that is in an inode. */
void inode_cache_name(struct vm_object *obj, char *buf, size_t size);
void inode_cache_release(struct pagecache *pc);

/* Take one more reference.  Any context. */
void inode_get(struct inode *inode);

/* Drop a reference; the last one calls evict.  May sleep. */
void inode_put(struct inode *inode);

/* Set the times named to now.  which: INODE_ATIME | INODE_MTIME | ...
 * Locks: none; the last one wins. */
#define INODE_ATIME 1u
#define INODE_MTIME 2u
#define INODE_CTIME 4u
void inode_touch(struct inode *inode, unsigned which);

/* Set the access time if it is older than a change (Linux's "relatime"). */
void inode_accessed(struct inode *inode);

/* Fill *st as stat() shows it.  Locks: none. */
void inode_stat(struct inode *inode, struct abi_stat *st);

/* Give an inode of a device or FIFO the operations that open() needs. */
void inode_set_special(struct inode *inode, dev_t rdev);

/* Set the size of a regular file, for truncate, ftruncate and O_TRUNC.
 * size: >= 0.  Returns 0, -EFBIG (the process's limit), -ENOSPC, -EIO.
 * Locks: takes inode->lock.  May sleep. */
int inode_truncate(struct inode *inode, off_t size);

/* Count one more (one less) that writes the file, or that executes it: never
 * both kinds at once.  get returns 0 or -ETXTBSY.  Any thread. */
int inode_get_writer(struct inode *inode);
void inode_put_writer(struct inode *inode);
int inode_get_executor(struct inode *inode);
void inode_put_executor(struct inode *inode);

/* st_size. */
static inline off_t
inode_size(const struct inode *inode)
{
	return (off_t)pagecache_bytes(&inode->cache);
}
