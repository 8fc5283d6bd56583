/* ramfs.h - files in memory, for other file systems that are like it.
 *
 * Layer: fs   Called by: devfs.c, anon.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct dentry;
struct inode;
struct mount;

/* A new file with one reference and one link.  mode: with its type; rdev: of a
 * device.  NULL: no memory. */
struct inode *ramfs_inode(struct mount *m, mode_t mode, dev_t rdev);

/* fs_type.mount of an empty file system in memory. */
int ramfs_mount(struct mount *m, const char *source, const char *data);

/* Put a new file into a directory, whatever the umask; a directory may exist
 * already.  text: of a symbolic link.  *out: with a reference.
 * Returns 0 or -ENOMEM.  Locks: dir->mount->tree_lock held. */
int ramfs_add(struct dentry *dir, const char *name, uint32_t len, mode_t mode,
    dev_t rdev, const char *text, struct dentry **out);
