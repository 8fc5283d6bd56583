/* initramfs.c - unpack cpio archives into the root file system.
 *
 * Layer: fs   Called by: fs.c at boot
 *
 * The bytes of a file go straight from the boot loader's memory to the page
 * cache, which is their only copy afterwards.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/initramfs.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/cpio.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/namei.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/clock.h"
#include "sched/sched.h"

/* Only the type and permissions of a mode. */
#define MODE_MASK (S_IFMT | S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | \
    S_IRWXO)

/* A file of the archive with several names, until the archive's end. */
struct linked_file {
	struct list link;
	struct dentry *d;
	uint32_t ino;
	uint32_t dev_major;
	uint32_t dev_minor;
};

struct unpacker {
	struct list linked; /* struct linked_file */
};

static void
forget_links(void *arg)
{
	struct unpacker *u = arg;

	list_for_each_safe(file, &u->linked, struct linked_file, link) {
		list_remove(&file->link);
		dentry_put(file->d);
		kfree(file);
	}
}

/* The first name of the file that entry is another name of, or NULL. */
static struct linked_file *
find_link(struct unpacker *u, const struct cpio_entry *entry)
{
	list_for_each(file, &u->linked, struct linked_file, link) {
		if (file->ino == entry->ino &&
		    file->dev_major == entry->dev_major &&
		    file->dev_minor == entry->dev_minor)
			return file;
	}
	return NULL;
}

/* Set what the archive says of the file named path. */
static int
set_attributes(const char *path, const struct cpio_entry *entry)
{
	struct dentry *d;
	struct inode *inode;
	int err = path_lookup(AT_FDCWD, path, 0, &d);

	if (err != 0)
		return err;
	inode = d->inode;
	mutex_lock(&inode->lock);
	inode->mode = (inode->mode & S_IFMT) |
	    (entry->mode & MODE_MASK & ~(mode_t)S_IFMT);
	inode->uid = entry->uid;
	inode->gid = entry->gid;
	inode->mtime_ns = (int64_t)(entry->mtime * NS_PER_SEC);
	if (inode->ops->update != NULL)
		err = inode->ops->update(inode);
	mutex_unlock(&inode->lock);
	dentry_put(d);
	return err;
}

/* Remember a file that has more names. */
static int
remember_link(struct unpacker *u, const struct cpio_entry *entry,
    const char *path)
{
	struct linked_file *file = kmalloc(sizeof(*file));
	int err;

	if (file == NULL)
		return -ENOMEM;
	err = path_lookup(AT_FDCWD, path, 0, &file->d);
	if (err != 0) {
		kfree(file);
		return err;
	}
	file->ino = entry->ino;
	file->dev_major = entry->dev_major;
	file->dev_minor = entry->dev_minor;
	list_add(&u->linked, &file->link);
	return 0;
}

static int
write_contents(const char *path, const struct cpio_entry *entry)
{
	struct iobuf io = iobuf_kernel((void *)entry->data, entry->bytes);
	struct file *f;
	ssize_t n = 1;
	int err = file_open(AT_FDCWD, path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, S_IRUSR | S_IWUSR, &f);

	if (err != 0)
		return err;
	while (io.left > 0 && n > 0) {
		n = file_write(f, &io);
		sched_cond_yield();
	}
	file_put(f);
	return n < 0 ? (int)n : 0;
}

/* A regular file: contents, or one more name for contents seen before. */
static int
unpack_file(struct unpacker *u, const struct cpio_entry *entry)
{
	struct linked_file *linked = NULL;
	int err = 0;

	if (entry->nlink > 1)
		linked = find_link(u, entry);
	/* What has this name by now (of an earlier archive) makes way. */
	namei_unlink(AT_FDCWD, entry->name);
	if (linked != NULL)
		err = namei_link(linked->d, AT_FDCWD, entry->name);
	/* Of several names, the last one brings the bytes. */
	if (err == 0 && (linked == NULL || entry->bytes > 0))
		err = write_contents(entry->name, entry);
	if (err == 0 && entry->nlink > 1 && linked == NULL)
		err = remember_link(u, entry, entry->name);
	return err;
}

static int
unpack_symlink(const struct cpio_entry *entry)
{
	char *text;
	int err;

	if (entry->bytes == 0 || entry->bytes >= PATH_MAX)
		return -EINVAL;
	text = kmalloc(entry->bytes + 1);
	if (text == NULL)
		return -ENOMEM;
	memcpy(text, entry->data, entry->bytes);
	text[entry->bytes] = '\0';
	namei_unlink(AT_FDCWD, entry->name);
	err = namei_symlink(text, AT_FDCWD, entry->name);
	kfree(text);
	return err;
}

static int
unpack_member(const struct cpio_entry *entry, void *arg)
{
	mode_t mode = entry->mode & MODE_MASK;
	int err;

	if (entry->name_len == 0 || entry->name_len >= PATH_MAX)
		return -EINVAL;
	switch (mode & S_IFMT) {
	case S_IFREG:
		err = unpack_file(arg, entry);
		break;
	case S_IFLNK:
		return unpack_symlink(entry);
	case S_IFDIR:
		err = namei_mkdir(AT_FDCWD, entry->name, mode);
		if (err == -EEXIST)
			err = 0;
		break;
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
		namei_unlink(AT_FDCWD, entry->name);
		err = namei_mknod(AT_FDCWD, entry->name, mode,
		    ABI_MKDEV(entry->rdev_major, entry->rdev_minor));
		break;
	default:
		return -EINVAL;
	}
	return err == 0 ? set_attributes(entry->name, entry) : err;
}

int
initramfs_unpack(const void *image, size_t bytes)
{
	struct unpacker u;
	int err;

	list_init(&u.linked);
	err = cpio_for_each(image, bytes, unpack_member, forget_links, &u);
	forget_links(&u);
	return err;
}
