/* internal.h - what the files of kernel/fs share among themselves only.
 *
 * Layer: fs   Called by: kernel/fs
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/path.h"

struct dentry;
struct file;
struct fs_type;
struct inode;
struct mount;
struct text;

/* context.c: where everybody starts.  Takes its own references. */
void fs_context_init(struct dentry *root);

/* Start-up of each file; no memory at boot panics. */
void dentry_init(void);
void inode_init(void);
void file_init(void);
void fdtable_init(void);
void pipe_init(void);
void mount_init(struct fs_type *nameless);
void ramfs_init(void);
void procfs_init(void);
void procfs_system_init(void);
void ext2_init(void);

/* dentry.c: the hash of a name, one byte further (FNV-1a). */
#define NAME_HASH_SEED 2166136261u
static inline uint32_t
name_hash_step(uint32_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * 16777619u;
}

/* dentry.c: free all dentries of a mount whose users are 0. */
void dentry_free_tree(struct dentry *root);

/* text.c: operations of an open file of /proc; procfs.c: write its text, or take
 * one that was written.  procfs_show returns 0 or -ESRCH; procfs_store 0,
 * -EINVAL (it cannot be written), or what the file says. */
extern const struct file_ops procfs_text_ops;
int procfs_show(struct inode *inode, struct text *t);
int procfs_store(struct inode *inode, const char *text);

/* procfs.c: all threads, and the largest process id in use. */
void procfs_count_tasks(unsigned *threads, int *last_pid);

/* mount.c: the mount of things without a name (pipes, memfd). */
extern struct mount *nameless_mount;

/*
 * A walk along a path (path.c).  While dcache_lock is held, `at` and what it
 * leads to cannot go away, and no reference is needed; to sleep, the walk takes
 * one reference, in `held`, that keeps `at` alive.
 */
struct walk_link {
	const char *rest;      /* where to go on in the text around the link */
	struct inode *owner;   /* of the link's text; a reference, or NULL */
	char *to_free;	       /* the link's text, or NULL */
};

struct walk {
	struct dentry *at;	 /* the directory reached so far */
	struct dentry *root;	 /* the process's root: ".." ends there */
	struct dentry *held;	 /* with a reference, or NULL */
	struct file *start;	 /* file of dirfd, with a reference, or NULL */
	const char *rest;	 /* of the text being walked */
	struct qstr last;	 /* the component that walk_to_last() stopped at */
	enum last_kind kind;	 /* of it */
	bool slash;		 /* it must be a directory: a slash follows */
	bool jumped;		 /* at is where a link of /proc led to */
	unsigned depth;		 /* links being walked: entries used */
	unsigned outer;		 /* texts below this depth are used up */
	unsigned links_followed;
	struct walk_link links[SYMLINKS_MAX];
};

/* Prepare a walk and take dcache_lock, which stays held between these calls
 * when they return 0 and is dropped when they fail (also: everything is
 * undone).  Errors: as path_lookup(). */
int walk_begin(struct walk *w, int dirfd, const char *path);

/* Walk to the last component: at is its directory, last and kind its name. */
int walk_to_last(struct walk *w);

/* Find the dentry of the last component; *d = NULL or a negative one if the
 * name does not exist.  dcache_lock was never dropped after *d was found. */
int walk_last(struct walk *w, struct dentry **d);

/* d is a symbolic link: go to where it leads; walk_to_last() goes on there. */
int walk_follow_last(struct walk *w, struct dentry *d);

/* Drop dcache_lock and what the walk holds. */
void walk_end(struct walk *w);
