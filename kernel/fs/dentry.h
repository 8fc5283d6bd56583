/* dentry.h - names: the tree of directories as far as it is in memory.
 *
 * Layer: fs   Called by: path.c, namei.c, the file systems
 *
 * A dentry is one name in one directory.  All dentries are in one hash table,
 * keyed by parent and name; dcache_lock, a spinlock, protects the table and the
 * tree, so a path whose dentries are in memory is walked under one lock,
 * without touching a single reference count on the way.
 *
 * In a file system that is MOUNT_PINNED (ramfs, devfs) the dentries are the
 * directory: a name that is not in the table does not exist.  Others are asked
 * by lookup(), and their dentries are a cache: negative ones (inode NULL)
 * remember that a name does not exist, unused ones can be dropped.
 *
 * (1) A dentry's parent outlives it (kids counts them); the root of a mount is
 *     its own parent.
 * (2) A hashed dentry is reachable by its parent, hash and name, and is on its
 *     parent's list of children; an unhashed one is on no list.
 * (3) refs counts users, not structure: a dentry with refs 0 may stay.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"

struct inode;
struct mount;

#define DENTRY_INLINE 32  /* names shorter than this need no allocation */

/* A name in a path: not terminated. */
struct qstr {
	const char *text;
	uint32_t len;
	uint32_t hash; /* dentry_hash_name() */
};

/*
 * What protects the members:
 *	I	immutable after dentry_alloc() (name, parent: also rename [d])
 *	a	atomic; a change from or to 0 also under dcache_lock
 *	d	dcache_lock
 *	t	mount->tree_lock and dcache_lock to write, one of them to read
 */
struct dentry {
	struct dentry *hash_next;    /* [d] */
	struct inode *inode;	     /* [t] NULL: negative; owns a reference */
	struct dentry *parent;	     /* [t] */
	struct mount *mount;	     /* [I] */
	struct mount *covered;	     /* [d] what is mounted here, or NULL */
	struct qstr name;	     /* [t] text is terminated */
	uint32_t refs;		     /* [a] */
	uint32_t kids;		     /* [d] dentries whose parent this is */
	bool hashed;		     /* [t] */
	uint64_t cookie;	     /* [d] place in the directory, for readdir */
	struct list sibling;	     /* [d] in parent->children, by cookie */
	struct list children;	     /* [t] */
	struct list lru;	     /* [d] unused dentries that may be dropped */
	char short_name[DENTRY_INLINE];
};

extern struct spinlock dcache_lock;

/* The hash of a name.  Any context. */
uint32_t dentry_hash_name(const char *text, uint32_t len);

/* A new negative, unhashed dentry with one reference, for name in parent.
 * parent NULL: the root of a mount.  NULL: no memory.  Does not sleep. */
struct dentry *dentry_alloc(struct mount *mount, struct dentry *parent,
    const struct qstr *name);

/* Find a name.  Returns the dentry (also a negative one), without a reference,
 * or NULL.  Locks: dcache_lock held. */
struct dentry *dentry_find(struct dentry *parent, const struct qstr *name);

/* Take a reference.  dentry_get: d has one already.  _locked: dcache_lock
 * held, d may have none.  Any thread; do not sleep. */
void dentry_get(struct dentry *d);
void dentry_get_locked(struct dentry *d);

/* Drop a reference.  May sleep (the last one of a removed file frees it). */
void dentry_put(struct dentry *d);

/* Give d its inode; takes over the caller's reference.  Locks: tree_lock held,
 * or d is not hashed yet. */
void dentry_set_inode(struct dentry *d, struct inode *inode);

/* Make d findable, or not findable any more.  The dentry must have a
 * reference.  Locks: mount->tree_lock held; takes dcache_lock. */
void dentry_hash(struct dentry *d);
void dentry_unhash(struct dentry *d);

/* The directory dir, with a reference, was removed: forget the names in it, all
 * of them negative, that nobody uses, so that it does not outlive its users.
 * May sleep. */
void dentry_forget_kids(struct dentry *dir);

/* Memory that dentry_move() needs for a name: *text, or NULL if it is short.
 * Returns 0 or -ENOMEM.  kfree(*text) if the move is not made. */
int dentry_name_alloc(const struct qstr *name, char **text);

/* Move d, hashed, to a new parent and name.  text: of dentry_name_alloc(),
 * taken over.  Cannot fail.
 * Locks: mount->tree_lock held; takes dcache_lock. */
void dentry_move(struct dentry *d, struct dentry *parent,
    const struct qstr *name, char *text);

/* Exchange the places and names of two hashed dentries.  Cannot fail.
 * Locks: mount->tree_lock held; takes dcache_lock. */
void dentry_exchange(struct dentry *a, struct dentry *b);

/* Is d the dentry up, or below it in the same mount?
 * Locks: mount->tree_lock or dcache_lock held. */
bool dentry_is_below(const struct dentry *d, const struct dentry *up);

/* Drop unused cached dentries (not those of MOUNT_PINNED), all or at most max.
 * Called when memory is short.  May sleep.  Returns how many were dropped. */
size_t dentry_shrink(size_t max);

/* Write the absolute path of d, as seen from root, into buf.  Returns its
 * length (without the 0) or -ENAMETOOLONG.  A removed name ends in
 * " (deleted)"; outside root it begins with "(unreachable)".  Any thread. */
int dentry_path(struct dentry *d, struct dentry *root, char *buf, size_t size);
