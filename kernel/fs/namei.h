/* namei.h - make, remove and change names.
 *
 * Layer: fs   Called by: syscall/path.c, initramfs.c
 *
 * Every path is one that the caller has copied from the user; dirfd may be
 * AT_FDCWD.  All return 0 or the error of the system call of the same name, and
 * may sleep.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/dentry.h"
#include "lib/types.h"

/* mode: permission bits and, for namei_mknod, the type; umask not yet
 * applied. */
int namei_mknod(int dirfd, const char *path, mode_t mode, dev_t rdev);
int namei_mkdir(int dirfd, const char *path, mode_t mode);
int namei_symlink(const char *text, int dirfd, const char *path);

/* A new name for the file old, which is borrowed. */
int namei_link(struct dentry *old, int dirfd, const char *path);
int namei_unlink(int dirfd, const char *path);
int namei_rmdir(int dirfd, const char *path);

/* flags: RENAME_*. */
int namei_rename(int old_dirfd, const char *old_path, int new_dirfd,
    const char *new_path, unsigned flags);

/* What inode_ops.rename is told.  new: the dentry that is replaced or
 * exchanged, or NULL. */
struct rename_args {
	struct dentry *old_dir;
	struct dentry *old;
	struct dentry *new_dir;
	struct dentry *new;
	const struct qstr *new_name;
	bool exchange;
};

/* Make a file, not a link, in dir; its name must not exist.  mode: with the
 * type, umask not yet applied.  *out: the dentry, with a reference.
 * Returns 0, -EEXIST, -ENOENT (dir is removed), -EROFS, -EPERM, -ENOMEM, ...
 * Locks: dir->mount->tree_lock held. */
int namei_create(struct dentry *dir, const struct qstr *name, mode_t mode,
    dev_t rdev, struct dentry **out);
