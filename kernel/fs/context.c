/* context.c - root, working directory and umask of a process.
 *
 * Layer: fs   Called by: path.c, syscall, proc
 *
 * SPDX-License-Identifier: MIT */
#include "fs/context.h"

#include "fs/dentry.h"
#include "fs/internal.h"
#include "mm/slab.h"
#include "sched/thread.h"

#define UMASK_DEFAULT 022

/* Kernel threads, and the boot before there is a process. */
static struct fs_context kernel_context = {.refs = {1}};

struct fs_context *
fs_current(void)
{
	struct fs_context *c = thread_current()->fs;

	return c != NULL ? c : &kernel_context;
}

/* The first file system is mounted: it is where everybody starts. */
void
fs_context_init(struct dentry *root)
{
	spin_lock(&dcache_lock);
	dentry_get_locked(root);
	dentry_get(root);
	spin_unlock(&dcache_lock);
	kernel_context.root = root;
	kernel_context.cwd = root;
}

/* A copy of c with its own references, or NULL. */
static struct fs_context *
copy(struct fs_context *c)
{
	struct fs_context *new = kmalloc(sizeof(*new));

	if (new == NULL)
		return NULL;
	ref_init(&new->refs, 1);
	new->umask = c->umask;
	spin_lock(&dcache_lock);
	new->root = c->root;
	new->cwd = c->cwd;
	dentry_get(new->root);
	dentry_get(new->cwd);
	spin_unlock(&dcache_lock);
	return new;
}

struct fs_context *
fs_context_create(void)
{
	struct fs_context *new = copy(&kernel_context);

	if (new != NULL)
		new->umask = UMASK_DEFAULT;
	return new;
}

struct fs_context *
fs_context_clone(struct fs_context *c)
{
	return copy(c);
}

void
fs_context_get(struct fs_context *c)
{
	ref_get(&c->refs);
}

void
fs_context_put(struct fs_context *c)
{
	if (!ref_put(&c->refs))
		return;
	kassert(c != &kernel_context);
	dentry_put(c->cwd);
	dentry_put(c->root);
	kfree(c);
}

/* Read *place with a reference. */
static struct dentry *
get_place(struct dentry **place)
{
	struct dentry *d;

	spin_lock(&dcache_lock);
	d = *place;
	dentry_get(d);
	spin_unlock(&dcache_lock);
	return d;
}

/* Exchange *place for d. */
static void
set_place(struct dentry **place, struct dentry *d)
{
	struct dentry *old;

	spin_lock(&dcache_lock);
	old = *place;
	*place = d;
	spin_unlock(&dcache_lock);
	dentry_put(old);
}

struct dentry *
fs_context_root(struct fs_context *c)
{
	return get_place(&c->root);
}

struct dentry *
fs_context_cwd(struct fs_context *c)
{
	return get_place(&c->cwd);
}

void
fs_context_set_root(struct fs_context *c, struct dentry *d)
{
	set_place(&c->root, d);
}

void
fs_context_set_cwd(struct fs_context *c, struct dentry *d)
{
	set_place(&c->cwd, d);
}
