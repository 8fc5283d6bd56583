/* devfs.c - /dev: nodes for the registered devices, and opening them.
 *
 * Layer: fs   Called by: fs.c; opening any device node
 *
 * The file system "devtmpfs" is a ramfs that begins with one node for each
 * device, and gets one for each that is registered later.  A node of a character
 * device, of any file system, once opened, hands the operations to the driver
 * that has its number; for block devices see bdev.c.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/devfs.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/printk.h"
#include "drivers/block/block.h"
#include "drivers/chardev.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/ramfs.h"
#include "lib/string.h"

/* The major number of null, zero, full, random: they can be lseek'ed. */
#define MEM_MAJOR 1

/* ---- An open device -------------------------------------------------- */

static int
dev_open(struct file *f)
{
	struct chardev *dev = chardev_find(f->inode->rdev);

	if (dev == NULL)
		return -ENXIO;
	f->chardev.dev = dev;
	return dev->ops->open != NULL ? dev->ops->open(&f->chardev) : 0;
}

static void
dev_release(struct file *f)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	if (ops->release != NULL)
		ops->release(&f->chardev);
}

static ssize_t
dev_read(struct file *f, struct iobuf *io, off_t *pos)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	(void)pos;
	f->chardev.flags = f->flags;
	return ops->read != NULL ? ops->read(&f->chardev, io) : -EINVAL;
}

static ssize_t
dev_write(struct file *f, struct iobuf *io, off_t *pos)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	(void)pos;
	f->chardev.flags = f->flags;
	return ops->write != NULL ? ops->write(&f->chardev, io) : -EINVAL;
}

static off_t
dev_seek(struct file *f, off_t offset, int whence)
{
	(void)offset;
	(void)whence;
	return ABI_MAJOR(f->chardev.dev->number) == MEM_MAJOR ? 0 : -ESPIPE;
}

static unsigned
dev_poll(struct file *f, struct poller *p)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	return ops->poll != NULL ? ops->poll(&f->chardev, p)
	    : file_poll_always;
}

static long
dev_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	f->chardev.flags = f->flags;
	return ops->ioctl != NULL ? ops->ioctl(&f->chardev, cmd, arg) : -ENOTTY;
}

static int
dev_mmap(struct file *f, off_t off, size_t bytes, struct vm_object **out)
{
	const struct chardev_ops *ops = f->chardev.dev->ops;

	return ops->mmap != NULL ? ops->mmap(&f->chardev, off, bytes, out)
	    : -ENODEV;
}

const struct file_ops chardev_file_ops = {
    .open = dev_open,
    .release = dev_release,
    .read = dev_read,
    .write = dev_write,
    .seek = dev_seek,
    .poll = dev_poll,
    .ioctl = dev_ioctl,
    .mmap = dev_mmap,
};

/* ---- The file system ------------------------------------------------- */

/* Make one node, unless it exists; a name such as "net/tap" makes directories.
 * mode: with its type.  Locks: tree_lock of the mount held. */
static int
add_node(struct dentry *dir, const char *name, mode_t mode, dev_t number)
{
	static const mode_t dir_mode = S_IFDIR | S_IRWXU | S_IRGRP | S_IXGRP |
	    S_IROTH | S_IXOTH;
	const char *slash;
	struct dentry *d = NULL;
	int err = 0;

	dentry_get(dir);
	while (err == 0 && (slash = strchr(name, '/')) != NULL) {
		err = ramfs_add(dir, name, (uint32_t)(slash - name), dir_mode,
		    0, NULL, &d);
		dentry_put(dir);
		dir = d;
		name = slash + 1;
	}
	if (err == 0) {
		err = ramfs_add(dir, name, (uint32_t)strlen(name),
		    mode, number, NULL, &d);
		dentry_put(dir);
	}
	if (err == 0)
		dentry_put(d);
	return err;
}

/* The links that shells and programs expect. */
static int
add_links(struct dentry *dir)
{
	static const char *const links[][2] = {
	    {"fd", "/proc/self/fd"},
	    {"stdin", "/proc/self/fd/0"},
	    {"stdout", "/proc/self/fd/1"},
	    {"stderr", "/proc/self/fd/2"},
	};
	struct dentry *d;
	int err = 0;

	for (size_t i = 0; err == 0 && i < ARRAY_SIZE(links); i++) {
		err = ramfs_add(dir, links[i][0],
		    (uint32_t)strlen(links[i][0]), S_IFLNK, 0, links[i][1],
		    &d);
		if (err == 0)
			dentry_put(d);
	}
	return err;
}

/* The nodes of all devices there are. */
static int
add_devices(struct dentry *dir)
{
	struct chardev *dev = NULL;
	struct block_device *block = NULL;
	int err = 0;

	while (err == 0 && (dev = chardev_next(dev)) != NULL)
		err = add_node(dir, dev->name, S_IFCHR | dev->mode,
		    dev->number);
	while (err == 0 && (block = block_next(block)) != NULL)
		err = add_node(dir, block->name, BLOCK_NODE_MODE,
		    block->number);
	return err;
}

static int
devfs_mount(struct mount *m, const char *source, const char *data)
{
	int err = ramfs_mount(m, source, data);

	if (err != 0)
		return err;
	mutex_lock(&m->tree_lock);
	err = add_devices(m->root);
	if (err == 0)
		err = add_links(m->root);
	mutex_unlock(&m->tree_lock);
	if (err != 0) {
		dentry_put(m->root);
		dentry_free_tree(m->root);
	}
	return err;
}

static struct fs_type devfs_type = {
    .name = "devtmpfs",
    .single = true,
    .mount = devfs_mount,
};

/* A device that was registered just now. */
struct new_device {
	const char *name;
	mode_t mode;
	dev_t number;
};

static void
add_to_mount(struct mount *m, void *arg)
{
	const struct new_device *new = arg;
	int err;

	if (m->type != &devfs_type)
		return;
	spin_lock(&dcache_lock);
	dentry_get_locked(m->root); /* nobody else may have a reference */
	spin_unlock(&dcache_lock);
	mutex_lock(&m->tree_lock);
	err = add_node(m->root, new->name, new->mode, new->number);
	mutex_unlock(&m->tree_lock);
	dentry_put(m->root);
	if (err != 0)
		pr_warn("devfs: no node for %s: error %d", new->name, -err);
}

/* device_hook.  A mount that is being made when the device is registered may
 * find it in the list and be told of it too: add_node() sees to that. */
static void
add_new_device(const char *name, mode_t mode, dev_t number)
{
	struct new_device new = {name, mode, number};

	mount_for_each(add_to_mount, &new);
}

void
devfs_init(void)
{
	fs_type_register(&devfs_type);
	device_hook = add_new_device;
}
