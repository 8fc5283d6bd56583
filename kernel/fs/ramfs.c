/* ramfs.c - files in memory: the dentries are the directories, the page caches
 * are the contents.  Known as "ramfs", "tmpfs", and (devfs.c) "devtmpfs".
 *
 * Layer: fs   Called by: the table of names, through inode_ops
 *
 * There is no other store, so most operations only count links and set times.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ramfs.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/namei.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

static const struct inode_ops ramfs_inode_ops;

struct inode *
ramfs_inode(struct mount *m, mode_t mode, dev_t rdev)
{
	struct inode *inode = inode_alloc(m, mount_new_ino(m), mode, NULL);

	if (inode == NULL)
		return NULL;
	inode->ops = &ramfs_inode_ops;
	if (S_ISREG(mode)) {
		inode->file_ops = &file_cached_ops;
	} else if (S_ISDIR(mode)) {
		inode->file_ops = &dir_pinned_ops;
		inode->nlink = 2;	/* its name and its own "." */
	} else {
		inode_set_special(inode, rdev);
	}
	return inode;
}

/* A directory hands its group down if its S_ISGID bit is set. */
static void
inherit_group(const struct inode *dir, struct inode *inode)
{
	if (!(dir->mode & S_ISGID))
		return;
	inode->gid = dir->gid;
	if (S_ISDIR(inode->mode))
		inode->mode |= S_ISGID;
}

/* dir has the new entry d for inode. */
static void
entry_added(struct inode *dir, struct dentry *d, struct inode *inode)
{
	dentry_set_inode(d, inode);
	inode_touch(dir, INODE_MTIME | INODE_CTIME);
}

static int
ramfs_create(struct inode *dir, struct dentry *d, mode_t mode, dev_t rdev)
{
	struct inode *inode = ramfs_inode(dir->mount, mode, rdev);

	if (inode == NULL)
		return -ENOMEM;
	inherit_group(dir, inode);
	if (S_ISDIR(mode))
		dir->nlink++;	/* the new one's ".." */
	entry_added(dir, d, inode);
	return 0;
}

static int
ramfs_symlink(struct inode *dir, struct dentry *d, const char *text)
{
	size_t len = strlen(text);
	struct inode *inode;
	char *copy = kmalloc(len + 1);

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, text, len + 1);
	inode = ramfs_inode(dir->mount, S_IFLNK | S_IRWXU | S_IRWXG | S_IRWXO,
	    0);
	if (inode == NULL) {
		kfree(copy);
		return -ENOMEM;
	}
	inode->priv = copy;
	inode->cache.bytes = len;
	inherit_group(dir, inode);
	entry_added(dir, d, inode);
	return 0;
}

static int
ramfs_link(struct inode *dir, struct dentry *d, struct inode *inode)
{
	inode_get(inode);
	inode->nlink++;
	inode_touch(inode, INODE_CTIME);
	entry_added(dir, d, inode);
	return 0;
}

/* The name d of a file is gone; a directory's "." and ".." go with it. */
static void
entry_removed(struct inode *dir, struct inode *inode)
{
	inode->nlink--;
	if (S_ISDIR(inode->mode)) {
		inode->nlink--;
		dir->nlink--;
	}
	inode_touch(inode, INODE_CTIME);
	inode_touch(dir, INODE_MTIME | INODE_CTIME);
}

static int
ramfs_unlink(struct inode *dir, struct dentry *d)
{
	entry_removed(dir, d->inode);
	return 0;
}

static int
ramfs_rename(const struct rename_args *args)
{
	struct inode *from = args->old_dir->inode;
	struct inode *to = args->new_dir->inode;

	if (args->new != NULL && !args->exchange)
		entry_removed(to, args->new->inode);
	if (S_ISDIR(args->old->inode->mode)) {
		from->nlink--;
		to->nlink++;
	}
	if (args->exchange && S_ISDIR(args->new->inode->mode)) {
		to->nlink--;
		from->nlink++;
	}
	inode_touch(args->old->inode, INODE_CTIME);
	if (args->exchange)
		inode_touch(args->new->inode, INODE_CTIME);
	inode_touch(from, INODE_MTIME | INODE_CTIME);
	inode_touch(to, INODE_MTIME | INODE_CTIME);
	return 0;
}

static int
ramfs_get_link(struct inode *inode, struct link_target *out)
{
	out->text = inode->priv;
	return 0;
}

static void
ramfs_evict(struct inode *inode)
{
	if (S_ISLNK(inode->mode))
		kfree(inode->priv);
}

static const struct inode_ops ramfs_inode_ops = {
    .create = ramfs_create,
    .symlink = ramfs_symlink,
    .link = ramfs_link,
    .unlink = ramfs_unlink,
    .rename = ramfs_rename,
    .get_link = ramfs_get_link,
    .evict = ramfs_evict,
};

int
ramfs_add(struct dentry *dir, const char *name, uint32_t len, mode_t mode,
    dev_t rdev, const char *text, struct dentry **out)
{
	struct qstr q = {name, len, dentry_hash_name(name, len)};
	struct dentry *d;
	int err = path_lookup_one(dir, &q, out);

	if (err != 0 || *out != NULL)
		return err;
	d = dentry_alloc(dir->mount, dir, &q);
	if (d == NULL)
		return -ENOMEM;
	if (S_ISLNK(mode))
		err = ramfs_symlink(dir->inode, d, text);
	else
		err = ramfs_create(dir->inode, d, mode, rdev);
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	dentry_hash(d);
	*out = d;
	return 0;
}

static int
ramfs_statfs(struct mount *m, struct abi_statfs *st)
{
	(void)m;
	st->f_type = TMPFS_MAGIC;
	st->f_blocks = (int64_t)page_total_count();
	st->f_bfree = (int64_t)page_free_count();
	st->f_bavail = st->f_bfree;
	return 0;
}

static const struct mount_ops ramfs_mount_ops = {
    .statfs = ramfs_statfs,
};

int
ramfs_mount(struct mount *m, const char *source, const char *data)
{
	static const mode_t root_mode = S_IFDIR | S_IRWXU | S_IRGRP | S_IXGRP |
	    S_IROTH | S_IXOTH;
	struct qstr name = {"/", 1, 0};
	struct inode *inode;

	(void)source;
	(void)data;
	m->flags |= MOUNT_PINNED;
	m->ops = &ramfs_mount_ops;
	inode = ramfs_inode(m, root_mode, 0);
	if (inode == NULL)
		return -ENOMEM;
	m->root = dentry_alloc(m, NULL, &name);
	if (m->root == NULL) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_set_inode(m->root, inode);
	return 0;
}

static struct fs_type ramfs_type = {.name = "ramfs", .mount = ramfs_mount};
static struct fs_type tmpfs_type = {.name = "tmpfs", .mount = ramfs_mount};

void
ramfs_init(void)
{
	fs_type_register(&ramfs_type);
	fs_type_register(&tmpfs_type);
}
