/* mount.h - file systems: their types, and the mounted ones.
 *
 * Layer: fs   Called by: path.c, namei.c, the file systems; main (the root)
 *
 * A file system is mounted in one place only (there are no bind mounts), so
 * "mount" and "superblock" are one object here, and a dentry alone says where
 * in the whole tree a file is.  One mount can cover another's root.
 *
 * tree_lock, one per mount, is held by whoever changes or looks up names in its
 * store.  One lock for a whole file system instead of one per directory makes
 * rename plain: no order of locks, no loop that appears while it is checked.
 * Paths that are in the dentry table are walked without it.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "sched/mutex.h"

struct abi_statfs;
struct dentry;
struct mount;

#define MOUNT_OPTIONS_MAX 128 /* what ops->options may write */

/* mount->flags */
#define MOUNT_PINNED   1u /* the dentries are the store: never dropped */
#define MOUNT_READONLY 2u
#define MOUNT_NO_CACHE 4u /* an unused dentry is forgotten at once (procfs) */
#define MOUNT_NAMELESS 8u /* pipes and the like: not in the tree at all */
#define MOUNT_STOPPING 16u /* remount: the machine is going off, by force */

/*
 * A type of file system.
 *   mount   - Make a mount: set root (a dentry with an inode), ops and priv of
 *             the mount given.  source, data: the strings of mount(2), may be
 *             "".  May sleep.  Returns 0 or an error; then nothing is left.
 */
struct fs_type {
	const char *name;
	bool needs_device; /* not "nodev" in /proc/filesystems */
	bool single;	   /* the same everywhere: not twice on one place */
	int (*mount)(struct mount *m, const char *source, const char *data);
	struct list link;	   /* [m] */
};

/*
 * Operations on a mounted file system; NULL = nothing to do.
 *   statfs  - Fill in *st; the caller has set f_type to 0 and the rest.
 *   sync    - Write everything back and wait.
 *   remount - MS_REMOUNT: flags are MOUNT_READONLY or 0, data the options (and
 *             MOUNT_STOPPING: do it whoever has files open for writing).  The
 *             caller sets m->flags if it returns 0.  tree_lock is held.
 *             -EROFS: it cannot be made writable; -EINVAL: an option.
 *   options - Append the options that /proc/mounts shows: ",data=ordered".
 *   unmount - Nobody uses it any more and its dentries are gone: free priv.
 *   valid   - May this dentry found in the table still be used?  dcache_lock
 *             held, must not sleep.  NULL: always.
 */
struct mount_ops {
	int (*statfs)(struct mount *m, struct abi_statfs *st);
	int (*sync)(struct mount *m);
	int (*remount)(struct mount *m, unsigned flags, const char *data);
	void (*options)(struct mount *m, char *buf, size_t size);
	void (*unmount)(struct mount *m);
	bool (*valid)(struct dentry *d);
};

/*
 * What protects the members: [I] immutable after mount, [d] dcache_lock,
 * [m] mounts_lock (mount.c), [a] atomic.
 */
struct mount {
	const struct fs_type *type;  /* [I] */
	const struct mount_ops *ops; /* [I] */
	struct dentry *root;	     /* [I] */
	struct dentry *mountpoint;   /* [d] with a reference; NULL: the root */
	dev_t dev;		     /* [I] st_dev of its files */
	unsigned flags;		     /* [m] */
	unsigned users;		     /* [d] dentries with refs > 0 */
	char *source;		     /* [I] first column of /proc/mounts */
	ino_t last_ino;		     /* [a] for mount_new_ino() */
	void *priv;		     /* [I] the file system's own */
	struct mutex tree_lock;	     /* names, see above */
	struct list link;	     /* [m] all mounts, in order */
};

/* The next unused inode number, for file systems that live in memory. */
ino_t mount_new_ino(struct mount *m);

/* Make a type known to mount(2).  Called at boot. */
void fs_type_register(struct fs_type *type);

/* Call fn for every type.  fn may sleep. */
void fs_type_for_each(void (*fn)(const struct fs_type *, void *), void *arg);

/* Mount the first file system as the root of everything, once.  flags: MOUNT_*;
 * data: options.  Returns 0 or an error; then it may be tried again. */
int mount_root(const char *type, const char *source, unsigned flags,
    const char *data);

/* mount(2) and umount2(2).  at: borrowed, a directory; flags: MS_*.
 * root: the reference to it is taken over.
 * Return 0, -ENODEV (no such type), -EBUSY, -EINVAL, -ENOTDIR, ... */
int mount_at(struct dentry *at, const char *source, const char *type,
    unsigned long flags, const char *data);
int mount_remove(struct dentry *root, unsigned flags);

/* Call fn for every mount, in order.  fn may sleep; mounts_lock is held. */
void mount_for_each(void (*fn)(struct mount *, void *), void *arg);

/* sync(2): every file system. */
void mount_sync_all(void);

/* The machine is going off: write everything, and make every file system
 * read-only, whoever uses it, so that the disks are clean.  May sleep. */
void mount_stop_all(void);
