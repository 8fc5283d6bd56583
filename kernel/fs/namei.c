/* namei.c - make and remove names: what holds for every file system.
 *
 * Layer: fs   Called by: syscall/path.c, open.c, initramfs.c
 *
 * The pattern of all: find the directory (path_parent), take the file system's
 * tree_lock, look the name up, check, let the file system do it, and only then
 * change the table of names.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/namei.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "fs/context.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/path.h"
#include "mm/slab.h"

/* Where a new name goes. */
struct new_name {
	struct path_last last;
	struct dentry *d; /* negative; a reference */
};

/* A dentry for a name that does not exist yet, in dir.
 * slash: the path ended in one, which only a directory may.
 * Returns 0 and *out with a reference, -EEXIST, -ENOENT, -EROFS, -ENOMEM.
 * Locks: tree_lock held. */
static int
new_dentry(struct dentry *dir, const struct qstr *name, bool slash,
    struct dentry **out)
{
	struct dentry *d;
	int err = path_lookup_one(dir, name, &d);

	if (err != 0)
		return err;
	if (d != NULL && d->inode != NULL)
		err = -EEXIST;
	else if (slash || (!dir->hashed && dir != dir->mount->root))
		err = -ENOENT;
	else if (dir->mount->flags & MOUNT_READONLY)
		err = -EROFS;
	if (err == 0 && d == NULL) {
		d = dentry_alloc(dir->mount, dir, name);
		if (d == NULL)
			err = -ENOMEM;
	}
	if (err != 0 && d != NULL)
		dentry_put(d);
	*out = d;
	return err;
}

/* Find the place for a new file.  On success tree_lock is held, and
 * new_end() is due. */
static int
new_begin(int dirfd, const char *path, bool directory, struct new_name *new)
{
	int err = path_parent(dirfd, path, &new->last);

	if (err != 0)
		return err;
	if (new->last.kind != LAST_NORMAL) {
		path_last_put(&new->last);
		return -EEXIST;
	}
	mutex_lock(&new->last.dir->mount->tree_lock);
	err = new_dentry(new->last.dir, &new->last.name,
	    new->last.slash && !directory, &new->d);
	if (err != 0) {
		mutex_unlock(&new->last.dir->mount->tree_lock);
		path_last_put(&new->last);
	}
	return err;
}

/* The file system has answered err: show the name, or forget it. */
static int
new_end(struct new_name *new, int err)
{
	if (err == 0 && !new->d->hashed)
		dentry_hash(new->d);
	mutex_unlock(&new->last.dir->mount->tree_lock);
	dentry_put(new->d);
	path_last_put(&new->last);
	return err;
}

/* Call the file system's create with the umask applied. */
static int
create(struct dentry *dir, struct dentry *d, mode_t mode, dev_t rdev)
{
	const struct inode_ops *ops = dir->inode->ops;

	if (ops->create == NULL)
		return -EPERM;
	return ops->create(dir->inode, d, mode & ~fs_current()->umask, rdev);
}

int
namei_create(struct dentry *dir, const struct qstr *name, mode_t mode,
    dev_t rdev, struct dentry **out)
{
	int err = new_dentry(dir, name, false, out);

	if (err != 0)
		return err;
	err = create(dir, *out, mode, rdev);
	if (err != 0)
		dentry_put(*out);
	else if (!(*out)->hashed)
		dentry_hash(*out);
	return err;
}

int
namei_mknod(int dirfd, const char *path, mode_t mode, dev_t rdev)
{
	struct new_name new;
	int err = new_begin(dirfd, path, S_ISDIR(mode), &new);

	if (err != 0)
		return err;
	return new_end(&new, create(new.last.dir, new.d, mode, rdev));
}

int
namei_mkdir(int dirfd, const char *path, mode_t mode)
{
	mode &= S_IRWXU | S_IRWXG | S_IRWXO | S_ISVTX;
	return namei_mknod(dirfd, path, mode | S_IFDIR, 0);
}

int
namei_symlink(const char *text, int dirfd, const char *path)
{
	const struct inode_ops *ops;
	struct new_name new;
	int err;

	if (*text == '\0')
		return -ENOENT;
	err = new_begin(dirfd, path, false, &new);
	if (err != 0)
		return err;
	ops = new.last.dir->inode->ops;
	err = -EPERM;
	if (ops->symlink != NULL)
		err = ops->symlink(new.last.dir->inode, new.d, text);
	return new_end(&new, err);
}

int
namei_link(struct dentry *old, int dirfd, const char *path)
{
	const struct inode_ops *ops;
	struct new_name new;
	struct inode *dir;
	int err = new_begin(dirfd, path, false, &new);

	if (err != 0)
		return err;
	dir = new.last.dir->inode;
	ops = dir->ops;
	if (old->mount != new.last.dir->mount)
		err = -EXDEV;
	else if (S_ISDIR(old->inode->mode) || ops->link == NULL)
		err = -EPERM;
	else if (old->inode->nlink == 0)
		err = -ENOENT;
	else
		err = ops->link(dir, new.d, old->inode);
	return new_end(&new, err);
}

/* Find the name to remove.  On success tree_lock is held and *d has a
 * reference. */
static int
remove_begin(struct path_last *last, struct dentry **d)
{
	struct mount *m = last->dir->mount;
	int err = 0;

	mutex_lock(&m->tree_lock);
	if (m->flags & MOUNT_READONLY)
		err = -EROFS;
	if (err == 0)
		err = path_lookup_one(last->dir, &last->name, d);
	if (err == 0 && *d == NULL)
		err = -ENOENT;
	if (err == 0 && (*d)->inode == NULL) {
		dentry_put(*d);
		err = -ENOENT;
	}
	if (err != 0)
		mutex_unlock(&m->tree_lock);
	return err;
}

/* Remove d, unless err says no; leave the lock. */
static int
remove_end(struct path_last *last, struct dentry *d, int err)
{
	struct inode *dir = last->dir->inode;

	if (err == 0 && dir->ops->unlink == NULL)
		err = -EPERM;
	if (err == 0 && d->covered != NULL)
		err = -EBUSY;
	if (err == 0)
		err = dir->ops->unlink(dir, d);
	if (err == 0) {
		dentry_unhash(d);
		dentry_forget_kids(d);
	}
	mutex_unlock(&d->mount->tree_lock);
	dentry_put(d);
	return err;
}

int
namei_unlink(int dirfd, const char *path)
{
	struct path_last last;
	struct dentry *d;
	int err = path_parent(dirfd, path, &last);

	if (err != 0)
		return err;
	err = -EISDIR;
	if (last.kind == LAST_NORMAL)
		err = remove_begin(&last, &d);
	if (err == 0) {
		if (S_ISDIR(d->inode->mode))
			err = -EISDIR;
		else if (last.slash)
			err = -ENOTDIR;
		err = remove_end(&last, d, err);
	}
	path_last_put(&last);
	return err;
}

int
namei_rmdir(int dirfd, const char *path)
{
	static const int kind_error[] = {
	    [LAST_NORMAL] = 0,
	    [LAST_DOT] = -EINVAL,
	    [LAST_DOTDOT] = -ENOTEMPTY,
	    [LAST_ROOT] = -EBUSY,
	    [LAST_PLACE] = -EBUSY,
	};
	struct path_last last;
	struct dentry *d;
	int err = path_parent(dirfd, path, &last);

	if (err != 0)
		return err;
	err = kind_error[last.kind];
	if (err == 0)
		err = remove_begin(&last, &d);
	if (err == 0) {
		if (!S_ISDIR(d->inode->mode))
			err = -ENOTDIR;
		else if (d->covered == NULL &&
		    (d->mount->flags & MOUNT_PINNED) &&
		    !list_empty(&d->children))
			err = -ENOTEMPTY;
		err = remove_end(&last, d, err);
	}
	path_last_put(&last);
	return err;
}
