/* context.h - a process's place in the tree of files: root, cwd, umask.
 *
 * Layer: fs   Called by: path.c, syscall, proc (fork, exit)
 *
 * thread_current()->fs is that of the running process; proc sets it.  A kernel
 * thread has NULL there and stands at the root.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "sync/refcount.h"

struct dentry;

/* What protects the members: [a] atomic, [d] dcache_lock, so that a walk can
 * start from them without a reference. */
struct fs_context {
	struct refcount refs; /* [a] CLONE_FS shares */
	mode_t umask;	      /* [a] */
	struct dentry *root;  /* [d] a reference */
	struct dentry *cwd;   /* [d] a reference */
};

/* A new one at the root of everything, umask 022; NULL: no memory. */
struct fs_context *fs_context_create(void);

/* A copy for fork; NULL: no memory. */
struct fs_context *fs_context_clone(struct fs_context *c);

/* Take or drop a reference.  put may sleep. */
void fs_context_get(struct fs_context *c);
void fs_context_put(struct fs_context *c);

/* The directories, each with a reference for the caller.  Do not sleep. */
struct dentry *fs_context_root(struct fs_context *c);
struct dentry *fs_context_cwd(struct fs_context *c);

/* Change one; takes over the reference to d.  May sleep. */
void fs_context_set_root(struct fs_context *c, struct dentry *d);
void fs_context_set_cwd(struct fs_context *c, struct dentry *d);

/* The running process's, or the boot's own before there are processes. */
struct fs_context *fs_current(void);
