/* rename.c - rename(2), with every case of POSIX and of renameat2(2).
 *
 * Layer: fs   Called by: syscall/path.c
 *
 * A rename inside one file system is one change under its tree_lock: first all
 * checks, which change nothing; then the file system's operation; then the
 * table of names, which cannot fail.
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "mm/slab.h"

/* A rename on its way. */
struct rename {
	struct path_last from;
	struct path_last to;
	struct dentry *old; /* a reference */
	struct dentry *new; /* a reference; NULL or with an inode */
	unsigned flags;
};

/* Both ends must be names, in one file system that can be written. */
static int
check_places(const struct rename *r)
{
	if (r->from.dir->mount != r->to.dir->mount)
		return -EXDEV;
	if (r->from.kind != LAST_NORMAL)
		return -EBUSY;
	if (r->to.kind != LAST_NORMAL)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	if (r->from.dir->mount->flags & MOUNT_READONLY)
		return -EROFS;
	return 0;
}

/* Look both names up. */
static int
find_both(struct rename *r)
{
	int err = path_lookup_one(r->from.dir, &r->from.name, &r->old);

	if (err != 0)
		return err;
	if (r->old == NULL || r->old->inode == NULL)
		return -ENOENT;
	err = path_lookup_one(r->to.dir, &r->to.name, &r->new);
	if (err == 0 && r->new != NULL && r->new->inode == NULL) {
		/* A remembered absence is of no use any more. */
		dentry_unhash(r->new);
		dentry_put(r->new);
		r->new = NULL;
	}
	return err;
}

/* What may not be: an end that exists or does not, a slash behind a file, a
 * directory moved into itself. */
static int
check_names(const struct rename *r)
{
	bool exchange = r->flags & RENAME_EXCHANGE;
	struct dentry *to = r->to.dir;

	if ((r->flags & RENAME_NOREPLACE) && r->new != NULL)
		return -EEXIST;
	if (exchange && r->new == NULL)
		return -ENOENT;
	if (exchange && !S_ISDIR(r->new->inode->mode) && r->to.slash)
		return -ENOTDIR;
	if (!S_ISDIR(r->old->inode->mode) &&
	    (r->from.slash || (!exchange && r->to.slash)))
		return -ENOTDIR;
	if (dentry_is_below(to, r->old))
		return -EINVAL;
	if (r->new != NULL && dentry_is_below(r->from.dir, r->new))
		return exchange ? -EINVAL : -ENOTEMPTY;
	if (r->new == NULL && !to->hashed && to != to->mount->root)
		return -ENOENT;
	return 0;
}

/* What the two kinds of file do not allow.  old and new are different files. */
static int
check_kinds(const struct rename *r)
{
	bool old_is_dir = S_ISDIR(r->old->inode->mode);
	bool replace = r->new != NULL && !(r->flags & RENAME_EXCHANGE);

	if (r->from.dir->inode->ops->rename == NULL)
		return -EPERM;
	if (replace && old_is_dir && !S_ISDIR(r->new->inode->mode))
		return -ENOTDIR;
	if (replace && !old_is_dir && S_ISDIR(r->new->inode->mode))
		return -EISDIR;
	if (r->old->covered != NULL ||
	    (r->new != NULL && r->new->covered != NULL))
		return -EBUSY;
	if (replace && old_is_dir && (r->new->mount->flags & MOUNT_PINNED) &&
	    !list_empty(&r->new->children))
		return -ENOTEMPTY;
	return 0;
}

/* Make the change that the checks allowed. */
static int
commit(struct rename *r)
{
	struct rename_args args = {
	    .old_dir = r->from.dir,
	    .old = r->old,
	    .new_dir = r->to.dir,
	    .new = r->new,
	    .new_name = &r->to.name,
	    .exchange = r->flags & RENAME_EXCHANGE,
	};
	char *text;
	int err = dentry_name_alloc(&r->to.name, &text);

	if (err != 0)
		return err;
	err = r->from.dir->inode->ops->rename(&args);
	if (err != 0 || args.exchange)
		kfree(text);
	if (err != 0)
		return err;
	if (args.exchange) {
		dentry_exchange(r->old, r->new);
		return 0;
	}
	if (r->new != NULL) {
		dentry_unhash(r->new);
		dentry_forget_kids(r->new);
	}
	dentry_move(r->old, r->to.dir, &r->to.name, text);
	return 0;
}

/* Look, check and change.  Locks: tree_lock held. */
static int
rename_locked(struct rename *r)
{
	int err = find_both(r);

	if (err == 0)
		err = check_names(r);
	if (err != 0)
		return err;
	if (r->new != NULL && r->old->inode == r->new->inode)
		return 0;	/* two names of one file: POSIX wants nothing */
	err = check_kinds(r);
	return err == 0 ? commit(r) : err;
}

int
namei_rename(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, unsigned flags)
{
	struct rename r = {.flags = flags};
	struct mount *m;
	int err;

	if ((flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE)) != 0 ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = path_parent(old_dirfd, old_path, &r.from);
	if (err != 0)
		return err;
	err = path_parent(new_dirfd, new_path, &r.to);
	if (err != 0)
		goto out_from;
	err = check_places(&r);
	if (err != 0)
		goto out_to;

	m = r.from.dir->mount;
	mutex_lock(&m->tree_lock);
	err = rename_locked(&r);
	mutex_unlock(&m->tree_lock);
	if (r.new != NULL)
		dentry_put(r.new);
	if (r.old != NULL)
		dentry_put(r.old);
out_to:
	path_last_put(&r.to);
out_from:
	path_last_put(&r.from);
	return err;
}
