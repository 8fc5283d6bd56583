/* path.c - walk along a path, name by name, to a dentry.
 *
 * Layer: fs   Called by: open.c, namei.c, mount.c, syscall, exec
 *
 * As long as every name is in the table of dentries, the walk holds dcache_lock
 * and touches no reference count.  Two things may sleep, asking a file system
 * for a name and asking it where a link leads; then the walk takes one
 * reference to where it stands, drops the lock, asks, and goes on.
 *
 * A symbolic link puts its text on a stack of texts to be walked:
 *
 *	/a/link/c		rest: "c"	links[0].rest = "c"
 *	   link -> x/y		rest: "x/y"
 *
 * When a text is used up, the walk goes on in the one around it.  A link that
 * is the last component of all has no text around it that matters: outer is
 * the depth below which nothing is left.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/path.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/usercopy.h"

int
path_name_get(struct path_name *name, const char *user_text)
{
	ssize_t len = strncpy_from_user(name->short_text, user_text,
	    sizeof(name->short_text));

	name->text = name->short_text;
	if (len >= 0)
		return 0;
	if (len != -ENAMETOOLONG)
		return (int)len;

	name->text = kmalloc(PATH_MAX);
	if (name->text == NULL)
		return -ENOMEM;
	len = strncpy_from_user(name->text, user_text, PATH_MAX);
	if (len >= 0)
		return 0;
	kfree(name->text);
	return (int)len;
}

void
path_name_free(struct path_name *name)
{
	if (name->text != name->short_text)
		kfree(name->text);
}

/* ---- Places ---------------------------------------------------------- */

/* What is seen at d: the root of what is mounted there. */
static struct dentry *
uppermost(struct dentry *d)
{
	while (d->covered != NULL)
		d = d->covered->root;
	return d;
}

/* ".." of d, for a process whose root is root. */
static struct dentry *
parent_of(struct dentry *d, struct dentry *root)
{
	while (d != root && d == d->mount->root) {
		if (d->mount->mountpoint == NULL)
			return d;
		d = d->mount->mountpoint;
	}
	return uppermost(d == root ? root : d->parent);
}

static bool
is_directory(const struct dentry *d)
{
	return d->inode != NULL && S_ISDIR(d->inode->mode);
}

static bool
is_link(const struct dentry *d)
{
	return d->inode != NULL && S_ISLNK(d->inode->mode);
}

/* ---- The stack of texts ---------------------------------------------- */

static void
link_free(struct walk_link *link)
{
	if (link->owner != NULL)
		inode_put(link->owner);
	kfree(link->to_free);
}

/* Let go of dcache_lock to sleep; at stays alive.  Pairs with walk_wake(). */
static struct dentry *
walk_sleep(struct walk *w)
{
	struct dentry *held = w->held;

	dentry_get_locked(w->at);
	w->held = w->at;
	spin_unlock(&dcache_lock);
	return held;
}

/* Take dcache_lock again; what was held before is not needed any more. */
static void
walk_wake(struct dentry *held_before)
{
	if (held_before != NULL)
		dentry_put(held_before);
	spin_lock(&dcache_lock);
}

void
walk_end(struct walk *w)
{
	spin_unlock(&dcache_lock);
	if (w->held != NULL)
		dentry_put(w->held);
	if (w->start != NULL)
		file_put(w->start);
	while (w->depth > 0)
		link_free(&w->links[--w->depth]);
}

/* Fail: everything is undone.  Returns err. */
static int
walk_fail(struct walk *w, int err)
{
	walk_end(w);
	return err;
}

/* Go to where the link d leads: at changes, or a new text is begun.
 * Returns 0 or an error; then the walk has not ended. */
static int
follow(struct walk *w, struct dentry *d)
{
	struct inode *inode = d->inode;
	struct link_target target = {0};
	struct dentry *before;
	int err;

	if (w->links_followed++ == SYMLINKS_MAX)
		return -ELOOP;
	if (inode->ops->get_link == NULL)
		return -EINVAL;
	inode_get(inode);
	before = walk_sleep(w);
	err = inode->ops->get_link(inode, &target);
	if (err == 0 && target.jump != NULL) {
		dentry_put(w->held);
		w->held = target.jump;
	}
	walk_wake(before);

	if (err != 0 || target.jump != NULL) {
		w->jumped = err == 0;
		if (w->jumped)
			w->at = target.jump;
		spin_unlock(&dcache_lock);
		inode_put(inode);
		spin_lock(&dcache_lock);
		return err;
	}
	w->links[w->depth++] =
	    (struct walk_link){w->rest, inode, target.to_free};
	w->rest = target.text;
	if (*w->rest == '/')
		w->at = uppermost(w->root);
	return 0;
}

/* ---- One component --------------------------------------------------- */

/* Ask the file system of w->at for a name that is not in the table. */
static int
find_slowly(struct walk *w, const struct qstr *name, struct dentry **out)
{
	struct dentry *dir = w->at;
	struct dentry *d = NULL;
	struct dentry *before = walk_sleep(w);
	int err;

	mutex_lock(&dir->mount->tree_lock);
	err = path_lookup_one(dir, name, &d);
	mutex_unlock(&dir->mount->tree_lock);

	if (d != NULL) {
		/* d keeps its parent alive, so it is what is held from now. */
		w->held = d;
		dentry_put(dir);
	}
	walk_wake(before);
	*out = d != NULL ? uppermost(d) : NULL;
	return err;
}

/* Find name in the directory w->at.  *out: the dentry, NULL or negative if
 * there is none. */
static int
find(struct walk *w, const struct qstr *name, struct dentry **out)
{
	struct mount *m = w->at->mount;
	struct dentry *d;

	*out = NULL;
	if (!is_directory(w->at))
		return -ENOTDIR;
	if (name->len > NAME_MAX)
		return -ENAMETOOLONG;
	d = dentry_find(w->at, name);
	if (d == NULL || (m->ops->valid != NULL && !m->ops->valid(d))) {
		if (m->flags & MOUNT_PINNED)
			return 0;
		return find_slowly(w, name, out);
	}
	*out = uppermost(d);
	return 0;
}

int
path_lookup_one(struct dentry *dir, const struct qstr *name,
    struct dentry **out)
{
	struct mount *m = dir->mount;
	struct dentry *d;
	int err;

	kassert(mutex_held(&m->tree_lock));
	*out = NULL;
	spin_lock(&dcache_lock);
	d = dentry_find(dir, name);
	if (d != NULL)
		dentry_get_locked(d);
	if (d != NULL && m->ops->valid != NULL && !m->ops->valid(d)) {
		spin_unlock(&dcache_lock);
		dentry_unhash(d);
		dentry_put(d);
		d = NULL;
	} else {
		spin_unlock(&dcache_lock);
	}
	if (d != NULL || (m->flags & MOUNT_PINNED)) {
		*out = d;
		return 0;
	}

	if (!dir->hashed && dir != m->root)
		return -ENOENT;
	d = dentry_alloc(m, dir, name);
	if (d == NULL)
		return -ENOMEM;
	err = dir->inode->ops->lookup(dir->inode, d);
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	dentry_hash(d);
	*out = d;
	return 0;
}

/* Cut the next component off w->rest, which does not begin with a slash, into
 * w->last and w->kind; the slashes behind it too. */
static void
next_component(struct walk *w)
{
	const char *text = w->rest;
	const char *end = text;
	uint32_t hash = NAME_HASH_SEED;

	for (; *end != '/' && *end != '\0'; end++)
		hash = name_hash_step(hash, *end);
	w->last = (struct qstr){text, (uint32_t)(end - text), hash};
	w->kind = LAST_NORMAL;
	if (text[0] == '.' && w->last.len == 1)
		w->kind = LAST_DOT;
	else if (text[0] == '.' && text[1] == '.' && w->last.len == 2)
		w->kind = LAST_DOTDOT;
	w->slash = *end == '/';
	while (*end == '/')
		end++;
	w->rest = end;
	w->jumped = false;
}

/* Walk through the component in w->last, which is not the last of all. */
static int
step(struct walk *w)
{
	struct dentry *d;
	int err;

	if (w->kind != LAST_NORMAL) {
		if (!is_directory(w->at))
			return -ENOTDIR;
		if (w->kind == LAST_DOTDOT)
			w->at = parent_of(w->at, w->root);
		return 0;
	}
	err = find(w, &w->last, &d);
	if (err != 0)
		return err;
	if (d == NULL || d->inode == NULL)
		return -ENOENT;
	if (is_link(d))
		return follow(w, d);
	w->at = d;
	return is_directory(d) ? 0 : -ENOTDIR;
}

/* ---- The walk -------------------------------------------------------- */

int
walk_begin(struct walk *w, int dirfd, const char *path)
{
	struct fs_context *context = fs_current();

	w->held = NULL;
	w->start = NULL;
	w->rest = path;
	w->slash = false;
	w->jumped = false;
	w->depth = 0;
	w->outer = 0;
	w->links_followed = 0;
	if (*path != '/' && dirfd != AT_FDCWD) {
		w->start = fd_get_raw(dirfd);
		if (w->start == NULL)
			return -EBADF;
	}
	spin_lock(&dcache_lock);
	w->root = context->root;
	if (*path == '/')
		w->at = uppermost(w->root);
	else if (w->start != NULL)
		w->at = w->start->dentry;
	else
		w->at = context->cwd;
	if (*path != '\0' && !is_directory(w->at))
		return walk_fail(w, -ENOTDIR);
	return 0;
}

/* The innermost text is used up: go on in the one around its link. */
static void
pop_text(struct walk *w)
{
	struct walk_link *link = &w->links[--w->depth];
	struct dentry *before = walk_sleep(w); /* at may have no other user */

	w->rest = link->rest;
	link_free(link);
	walk_wake(before);
}

int
walk_to_last(struct walk *w)
{
	int err;

	for (;;) {
		while (*w->rest == '/')
			w->rest++;
		if (*w->rest == '\0') {
			/* Only slashes, or the text of a link is used up. */
			if (w->depth == w->outer) {
				w->kind = w->jumped ? LAST_PLACE : LAST_ROOT;
				return 0;
			}
			pop_text(w);
			continue;
		}
		next_component(w);
		if (*w->rest == '\0' && w->depth == w->outer)
			return 0;
		err = step(w);
		if (err != 0)
			return walk_fail(w, err);
	}
}

int
walk_last(struct walk *w, struct dentry **d)
{
	int err = 0;

	switch (w->kind) {
	case LAST_NORMAL:
		err = find(w, &w->last, d);
		break;
	case LAST_DOT:
	case LAST_ROOT:
	case LAST_PLACE:
		*d = w->at;
		break;
	case LAST_DOTDOT:
		*d = parent_of(w->at, w->root);
		break;
	}
	return err == 0 ? 0 : walk_fail(w, err);
}

int
walk_follow_last(struct walk *w, struct dentry *d)
{
	int err = follow(w, d);

	if (err != 0)
		return walk_fail(w, err);
	w->outer = w->depth;
	return 0;
}

/* path_lookup() behind walk_begin(). */
static int
lookup(struct walk *w, unsigned flags, struct dentry **out)
{
	bool directory = flags & WALK_DIRECTORY;
	struct dentry *d;
	int err;

	for (;;) {
		err = walk_to_last(w);
		if (err == 0)
			err = walk_last(w, &d);
		if (err != 0)
			return err;
		directory = directory || w->slash;
		if (d == NULL || d->inode == NULL)
			return walk_fail(w, -ENOENT);
		if (!is_link(d) || !(directory || (flags & WALK_FOLLOW)))
			break;
		err = walk_follow_last(w, d);
		if (err != 0)
			return err;
	}
	if (directory && !is_directory(d))
		return walk_fail(w, -ENOTDIR);
	dentry_get_locked(d);
	walk_end(w);
	*out = d;
	return 0;
}

int
path_lookup(int dirfd, const char *path, unsigned flags, struct dentry **out)
{
	struct walk w;
	int err;

	if (*path == '\0' && !(flags & WALK_EMPTY))
		return -ENOENT;
	err = walk_begin(&w, dirfd, path);
	return err == 0 ? lookup(&w, flags, out) : err;
}

int
path_parent(int dirfd, const char *path, struct path_last *last)
{
	struct walk w;
	int err;

	if (*path == '\0')
		return -ENOENT;
	err = walk_begin(&w, dirfd, path);
	if (err == 0)
		err = walk_to_last(&w);
	if (err != 0)
		return err;
	last->dir = w.at;
	last->kind = w.kind;
	last->slash = w.slash;
	last->name = w.last;
	if (last->kind == LAST_NORMAL && last->name.len > NAME_MAX)
		return walk_fail(&w, -ENAMETOOLONG);
	dentry_get_locked(w.at);
	walk_end(&w);
	return 0;
}

void
path_last_put(struct path_last *last)
{
	dentry_put(last->dir);
}
