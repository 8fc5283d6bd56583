/* open.c - open(2): from a path and flags to an open file.
 *
 * Layer: fs   Called by: syscall, exec, initramfs.c
 *
 * Source: open(2)
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/namei.h"

/* Flags that have a meaning together with O_PATH. */
#define PATH_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW)

/* O_TMPFILE without O_DIRECTORY, which is a part of it. */
#define TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

#define PERMISSIONS (S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO)

/* A descriptor that only names a place: no operation works. */
static const struct file_ops path_ops;

/* May this existing file be opened with these flags? */
static int
check_open(const struct inode *inode, unsigned flags)
{
	bool writes = (file_access(flags) != FILE_READ) || (flags & O_TRUNC);

	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && writes)
		return -EISDIR;
	if (S_ISSOCK(inode->mode))
		return -ENXIO;
	if ((S_ISREG(inode->mode) || S_ISDIR(inode->mode)) && writes &&
	    (inode->mount->flags & MOUNT_READONLY))
		return -EROFS;
	return 0;
}

/* O_TRUNC on a regular file, even one that is opened for reading. */
static int
truncate_opened(struct file *f)
{
	int err = inode_get_writer(f->inode);

	if (err != 0)
		return err;
	err = inode_truncate(f->inode, 0);
	inode_put_writer(f->inode);
	return err;
}

/* Open d, taking over the reference to it. */
static int
open_dentry(struct dentry *d, unsigned flags, bool created, struct file **out)
{
	struct inode *inode = d->inode;
	int err = created ? 0 : check_open(inode, flags);

	if (err != 0) {
		dentry_put(d);
		return err;
	}
	if (flags & O_PATH)
		return file_create(d, &path_ops, flags, 0, out);
	err = file_create(d, inode->file_ops, flags, file_access(flags), out);
	if (err != 0 || !(flags & O_TRUNC) || created ||
	    !S_ISREG(inode->mode))
		return err;
	err = truncate_opened(*out);
	if (err != 0)
		file_put(*out);
	return err;
}

/* Make the last component of the walk, and open it.  Ends the walk.
 * Returns -EEXIST if another thread was faster: look again. */
static int
create_last(struct walk *w, unsigned flags, mode_t mode, struct file **out)
{
	struct dentry *dir = w->at;
	struct dentry *d;
	int err;

	dentry_get_locked(dir);
	spin_unlock(&dcache_lock);
	mutex_lock(&dir->mount->tree_lock);
	err = namei_create(dir, &w->last, mode, 0, &d);
	mutex_unlock(&dir->mount->tree_lock);
	dentry_put(dir);
	spin_lock(&dcache_lock);
	walk_end(w);
	return err == 0 ? open_dentry(d, flags, true, out) : err;
}

/* Open what the walk w, which has begun, leads to.  Ends the walk. */
static int
open_walk(struct walk *w, unsigned flags, mode_t mode, struct file **out)
{
	bool creates = flags & O_CREAT;
	bool follows = !(flags & O_NOFOLLOW) &&
	    (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
	struct dentry *d;
	int err;

	for (;;) {
		err = walk_to_last(w);
		if (err != 0)
			return err;
		err = -EISDIR;
		if (creates && (w->slash ||
		    (w->kind != LAST_NORMAL && w->kind != LAST_PLACE)))
			break;
		err = walk_last(w, &d);
		if (err != 0)
			return err;
		if (w->slash)
			flags |= O_DIRECTORY;
		if (d == NULL || d->inode == NULL) {
			if (creates)
				return create_last(w, flags, mode, out);
			err = -ENOENT;
			break;
		}
		if (S_ISLNK(d->inode->mode) && (follows || w->slash)) {
			err = walk_follow_last(w, d);
			if (err != 0)
				return err;
			continue;
		}
		err = 0;
		if ((flags & O_EXCL) && creates)
			err = -EEXIST;
		else if (creates && S_ISDIR(d->inode->mode))
			err = -EISDIR;
		break;
	}
	if (err == 0)
		dentry_get_locked(d);
	walk_end(w);
	return err == 0 ? open_dentry(d, flags, false, out) : err;
}

int
file_open(int dirfd, const char *path, unsigned flags, mode_t mode,
    struct file **out)
{
	struct walk w;
	int err;

	if (flags & O_PATH)
		flags &= PATH_FLAGS;
	if (flags & TMPFILE_BIT)
		return (flags & O_DIRECTORY) && (file_access(flags) & FILE_WRITE)
		    ? -EOPNOTSUPP : -EINVAL;
	if (*path == '\0')
		return -ENOENT;
	mode = (mode & PERMISSIONS) | S_IFREG;
	do {
		err = walk_begin(&w, dirfd, path);
		if (err == 0)
			err = open_walk(&w, flags, mode, out);
	} while (err == -EEXIST && !(flags & O_EXCL));
	return err;
}

int
file_open_exec(int dirfd, const char *path, unsigned walk_flags,
    struct file **out)
{
	struct dentry *d;
	int err = path_lookup(dirfd, path, walk_flags, &d);

	if (err != 0)
		return err;
	if (S_ISLNK(d->inode->mode))
		err = -ELOOP;
	else if (!S_ISREG(d->inode->mode) ||
	    !(d->inode->mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		err = -EACCES;
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	return file_create(d, d->inode->file_ops, O_RDONLY,
	    FILE_READ | FILE_EXEC, out);
}
