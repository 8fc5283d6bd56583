/* size.c - system calls on a file's size, and on bringing it to its disk.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	truncate	path, size		ftruncate: fd, size
 *	fallocate	fd, mode, offset, bytes
 *	fadvise64	fd, offset, bytes, advice
 *	fsync, fdatasync, syncfs	fd	sync: nothing
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/path.h"

long
sys_truncate(const char *user_path, off_t size)
{
	struct path_name path;
	struct dentry *d;
	struct inode *inode;
	int err;

	if (size < 0)
		return -EINVAL;
	err = path_name_get(&path, user_path);
	if (err != 0)
		return err;
	err = path_lookup(AT_FDCWD, path.text, WALK_FOLLOW, &d);
	path_name_free(&path);
	if (err != 0)
		return err;
	inode = d->inode;
	if (S_ISDIR(inode->mode))
		err = -EISDIR;
	else if (!S_ISREG(inode->mode))
		err = -EINVAL;
	else if (inode->mount->flags & MOUNT_READONLY)
		err = -EROFS;
	else
		err = inode_get_writer(inode);
	if (err == 0) {
		err = inode_truncate(inode, size);
		inode_put_writer(inode);
	}
	dentry_put(d);
	return err;
}

long
sys_ftruncate(int fd, off_t size)
{
	struct file *f;
	long err = -EINVAL;

	if (size < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	if (S_ISREG(f->inode->mode) && (f->access & FILE_WRITE))
		err = inode_truncate(f->inode, size);
	file_put(f);
	return err;
}

/* Only the plain form, which makes the file long enough: memory and blocks are
 * found when the file is written. */
long
sys_fallocate(int fd, int mode, off_t offset, off_t bytes)
{
	struct file *f = fd_get(fd);
	long err = 0;
	off_t end;

	if (f == NULL)
		return -EBADF;
	if (offset < 0 || bytes <= 0)
		err = -EINVAL;
	else if (mode & ~FALLOC_FL_KEEP_SIZE)
		err = -EOPNOTSUPP;
	else if (!(f->access & FILE_WRITE))
		err = -EBADF;
	else if (!S_ISREG(f->inode->mode))
		err = S_ISFIFO(f->inode->mode) ? -ESPIPE : -ENODEV;
	else if (__builtin_add_overflow(offset, bytes, &end))
		err = -EFBIG;
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode_size(f->inode))
		err = inode_truncate(f->inode, end);
	file_put(f);
	return err;
}

/* Hints may be ignored, but not bad descriptors. */
long
sys_fadvise64(int fd, off_t offset, off_t bytes, int advice)
{
	struct file *f = fd_get(fd);
	long err = 0;

	(void)offset;
	if (f == NULL)
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		err = -ESPIPE;
	else if (bytes < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE)
		err = -EINVAL;
	file_put(f);
	return err;
}

/* ---- To the disk ----------------------------------------------------- */

static long
sync_file(int fd, bool data_only)
{
	struct file *f = fd_get(fd);
	long err = -EINVAL;

	if (f == NULL)
		return -EBADF;
	if (f->ops->fsync != NULL)
		err = f->ops->fsync(f, data_only);
	file_put(f);
	return err;
}

long
sys_fsync(int fd)
{
	return sync_file(fd, false);
}

long
sys_fdatasync(int fd)
{
	return sync_file(fd, true);
}

long
sys_sync(void)
{
	mount_sync_all();
	return 0;
}

long
sys_syncfs(int fd)
{
	struct file *f = fd_get(fd);
	long err = 0;

	if (f == NULL)
		return -EBADF;
	if (f->inode->mount->ops->sync != NULL)
		err = f->inode->mount->ops->sync(f->inode->mount);
	file_put(f);
	return err;
}
