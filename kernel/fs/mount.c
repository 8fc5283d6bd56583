/* mount.c - the file systems that are mounted, and mounting.
 *
 * Layer: fs   Called by: syscall, fs.c, procfs.c
 *
 * SPDX-License-Identifier: MIT */
#include "fs/mount.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "fs/dentry.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "lib/atomic.h"

/* What MS_REMOUNT may be asked for, and what a mount may be flagged with. */
#define MS_IGNORED (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | \
    MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME | MS_SILENT | \
    MS_SYNCHRONOUS | MS_DIRSYNC)

/* Mounting and unmounting, and the lists. */
static struct mutex mounts_lock =
    MUTEX_INIT(mounts_lock, "mounts", RANK_MOUNTS);
static struct list mounts = LIST_INIT(mounts);	/* [m] in order of mounting */
static struct list types = LIST_INIT(types);	/* [m] */
static unsigned last_minor;			/* [m] of devices without one */

struct mount *nameless_mount;

ino_t
mount_new_ino(struct mount *m)
{
	return atomic_add(&m->last_ino, 1);
}

void
fs_type_register(struct fs_type *type)
{
	mutex_lock(&mounts_lock);
	list_add_tail(&types, &type->link);
	mutex_unlock(&mounts_lock);
}

void
fs_type_for_each(void (*fn)(const struct fs_type *, void *), void *arg)
{
	mutex_lock(&mounts_lock);
	list_for_each(type, &types, struct fs_type, link)
		fn(type, arg);
	mutex_unlock(&mounts_lock);
}

static const struct fs_type *
find_type(const char *name)
{
	list_for_each(type, &types, struct fs_type, link) {
		if (strcmp(type->name, name) == 0)
			return type;
	}
	return NULL;
}

static void
mount_free(struct mount *m)
{
	kfree(m->source);
	kfree(m);
}

/* A mount of the given type that is not in the tree yet.  Its root has one
 * reference.  Locks: mounts_lock held. */
static int
mount_create(const struct fs_type *type, const char *source, unsigned flags,
    const char *data, struct mount **out)
{
	size_t len = strlen(source) + 1;
	struct mount *m = kzalloc(sizeof(*m));
	int err = -ENOMEM;

	if (m == NULL)
		return -ENOMEM;
	m->source = kmalloc(len);
	if (m->source == NULL)
		goto out;
	memcpy(m->source, source, len);
	m->type = type;
	m->flags = flags;
	last_minor++;
	m->dev = ABI_MKDEV(0, last_minor);
	list_init(&m->link);
	mutex_init(&m->tree_lock, "tree", RANK_TREE);
	err = type->mount(m, source, data);
	if (err == 0) {
		kassert(m->root != NULL && m->ops != NULL);
		*out = m;
		return 0;
	}
out:
	mount_free(m);
	return err;
}

int
mount_root(const char *type, const char *source, unsigned flags,
    const char *data)
{
	const struct fs_type *t;
	struct mount *m;
	int err = -ENODEV;

	mutex_lock(&mounts_lock);
	t = find_type(type);
	if (t != NULL)
		err = mount_create(t, source, flags, data, &m);
	if (err == 0) {
		list_add_tail(&mounts, &m->link);
		fs_context_init(m->root);
		dentry_put(m->root);
	}
	mutex_unlock(&mounts_lock);
	return err;
}

/* Set m's flags to what the file system agrees to.  flags: MOUNT_*. */
static int
set_flags(struct mount *m, unsigned flags, const char *data)
{
	int err = 0;

	mutex_lock(&m->tree_lock);
	if (m->ops->remount != NULL)
		err = m->ops->remount(m, flags, data);
	if (err == 0) {
		m->flags &= ~MOUNT_READONLY;
		m->flags |= flags & MOUNT_READONLY;
	}
	mutex_unlock(&m->tree_lock);
	return err;
}

/* MS_REMOUNT.  root: of a mounted file system. */
static int
remount(struct dentry *root, unsigned long flags, const char *data)
{
	if (root != root->mount->root)
		return -EINVAL;
	return set_flags(root->mount, flags & MS_RDONLY ? MOUNT_READONLY : 0,
	    data);
}

/* Cover at, or the uppermost of what covers it.  Takes one more reference.
 * Returns 0 or -ENOENT: the directory was removed. */
static int
cover(struct dentry *at, struct mount *m)
{
	int err = 0;

	spin_lock(&dcache_lock);
	while (at->covered != NULL)
		at = at->covered->root;
	if (!at->hashed && at != at->mount->root) {
		err = -ENOENT;
	} else {
		dentry_get_locked(at);
		at->covered = m;
		m->mountpoint = at;
	}
	spin_unlock(&dcache_lock);
	return err;
}

int
mount_at(struct dentry *at, const char *source, const char *type,
    unsigned long flags, const char *data)
{
	const struct fs_type *t;
	struct mount *m;
	int err = -ENODEV;

	if (flags & MS_REMOUNT)
		return remount(at, flags, data);
	if (flags & ~(unsigned long)(MS_IGNORED | MS_RDONLY))
		return -EINVAL;
	if (!S_ISDIR(at->inode->mode))
		return -ENOTDIR;

	mutex_lock(&mounts_lock);
	t = find_type(type);
	if (t != NULL && t->single && at == at->mount->root &&
	    at->mount->type == t)
		err = -EBUSY;
	else if (t != NULL)
		err = mount_create(t, source,
		    flags & MS_RDONLY ? MOUNT_READONLY : 0, data, &m);
	if (err != 0)
		goto out;
	dentry_put(m->root);
	err = cover(at, m);
	if (err == 0) {
		list_add_tail(&mounts, &m->link);
	} else {
		dentry_free_tree(m->root);
		if (m->ops->unmount != NULL)
			m->ops->unmount(m);
		mount_free(m);
	}
out:
	mutex_unlock(&mounts_lock);
	return err;
}

/* Is a file of the tree below d mapped?  Locks: dcache_lock held. */
static bool
is_mapped(struct dentry *root)
{
	struct dentry *d = root;

	/* Down, else to the next sibling, else up to a parent that has one. */
	for (;;) {
		if (d->inode != NULL &&
		    !list_empty(&d->inode->cache.object.areas))
			return true;
		if (!list_empty(&d->children)) {
			d = list_first(&d->children, struct dentry, sibling);
			continue;
		}
		while (d != root && d->sibling.next == &d->parent->children)
			d = d->parent;
		if (d == root)
			return false;
		d = list_entry(d->sibling.next, struct dentry, sibling);
	}
}

int
mount_remove(struct dentry *root, unsigned flags)
{
	struct mount *m = root->mount;
	struct dentry *mountpoint;
	int err = 0;

	if (root != m->root || (flags & (MNT_DETACH | MNT_EXPIRE))) {
		dentry_put(root);
		return -EINVAL;
	}
	mutex_lock(&mounts_lock);
	/* What cannot be written never will be: the log has said so, and a
	 * disk that is broken must not stay mounted for ever. */
	if (m->ops->sync != NULL)
		m->ops->sync(m);
	spin_lock(&dcache_lock);
	mountpoint = m->mountpoint;
	/* One user is the caller, with its reference to the root. */
	if (mountpoint == NULL || m->users > 1 || root->refs > 1 ||
	    is_mapped(root)) {
		err = -EBUSY;
	} else {
		mountpoint->covered = NULL;
		m->mountpoint = NULL;
		list_remove(&m->link);
	}
	spin_unlock(&dcache_lock);
	if (err == 0) {
		dentry_put(root);
		dentry_free_tree(root);
		if (m->ops->unmount != NULL)
			m->ops->unmount(m);
		mount_free(m);
	}
	mutex_unlock(&mounts_lock);
	dentry_put(err == 0 ? mountpoint : root);
	return err;
}

void
mount_for_each(void (*fn)(struct mount *, void *), void *arg)
{
	mutex_lock(&mounts_lock);
	list_for_each(m, &mounts, struct mount, link)
		fn(m, arg);
	mutex_unlock(&mounts_lock);
}

static void
sync_one(struct mount *m, void *arg)
{
	(void)arg;
	if (m->ops->sync != NULL)
		m->ops->sync(m);
}

void
mount_sync_all(void)
{
	mount_for_each(sync_one, NULL);
}

static void
stop_one(struct mount *m, void *arg)
{
	(void)arg;
	if (m->ops->sync != NULL)
		m->ops->sync(m);
	if (m->ops->remount != NULL && !(m->flags & MOUNT_READONLY))
		set_flags(m, MOUNT_READONLY | MOUNT_STOPPING, "");
}

void
mount_stop_all(void)
{
	mount_for_each(stop_one, NULL);
}

void
mount_init(struct fs_type *nameless)
{
	int err;

	mutex_lock(&mounts_lock);
	err = mount_create(nameless, "", MOUNT_NAMELESS, "",
	    &nameless_mount);
	mutex_unlock(&mounts_lock);
	if (err != 0)
		panic("no memory for the first mount");
}
