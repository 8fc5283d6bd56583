/* path.h - from a path to a dentry.
 *
 * Layer: fs   Called by: syscall, exec, mount.c
 *
 * A path starts at the root of the process, its working directory, or the
 * directory of a descriptor.  Limits: 4095 bytes, 255 bytes a name, 40 links.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/limits.h"
#include "fs/dentry.h"
#include "lib/types.h"

#define SYMLINKS_MAX 40   /* links followed in one walk */

/* flags of path_lookup() */
#define WALK_FOLLOW    1u /* follow a link at the end */
#define WALK_DIRECTORY 2u /* -ENOTDIR if it is something else */
#define WALK_EMPTY     4u /* "" means the starting place (AT_EMPTY_PATH) */

/* A path copied from a user; long ones are on the heap. */
struct path_name {
	char *text;
	char short_text[128];
};

/* Copy a path from user space.  Returns 0, -EFAULT, -ENAMETOOLONG or -ENOMEM.
 * On success path_name_free() is due. */
int path_name_get(struct path_name *name, const char *user_text);
void path_name_free(struct path_name *name);

/* Where the last component of a path is or would be. */
enum last_kind {
	LAST_NORMAL,
	LAST_DOT,
	LAST_DOTDOT,
	LAST_ROOT,
	LAST_PLACE, /* no name: a link of /proc led straight to the file */
};

struct path_last {
	struct dentry *dir;  /* the directory; a reference is held */
	enum last_kind kind;
	bool slash;	     /* the name is followed by a slash */
	struct qstr name;    /* LAST_NORMAL; points into the path */
};

/* Find the file that path names.  dirfd: a descriptor or AT_FDCWD.
 * Returns 0 and a dentry with an inode and a reference in *out; -ENOENT,
 * -ENOTDIR, -ELOOP, -ENAMETOOLONG, -EBADF (dirfd), -ENOMEM, -EIO.  Sleeps. */
int path_lookup(int dirfd, const char *path, unsigned flags,
    struct dentry **out);

/* Find the directory of the last component, which is not looked up.  path must
 * outlive *last.  Returns 0 or an error as above; on success path_last_put()
 * is due. */
int path_parent(int dirfd, const char *path, struct path_last *last);
void path_last_put(struct path_last *last);

/* Look up one name in a directory, asking the file system if need be.
 * Returns 0 and a dentry with a reference (negative: inode NULL) in *out, or
 * *out = NULL if the name is unknown and dir is MOUNT_PINNED.
 * Locks: tree_lock of the mount held. */
int path_lookup_one(struct dentry *dir, const struct qstr *name,
    struct dentry **out);
