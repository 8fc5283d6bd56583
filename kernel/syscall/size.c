/* size.c - system calls on a file's size, and on bringing it to its disk.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	truncate	path, size		ftruncate: fd, size
 *	fallocate	fd, mode, offset, bytes
 *	fadvise64	fd, offset, bytes, advice
 *	readahead	fd, offset, bytes
 *	fsync, fdatasync, syncfs	fd	sync: nothing
 *	sync_file_range	fd, offset, bytes, flags
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

/* Only the plain form, which makes a file in memory long enough: its pages are
 * found when it is written.  On a disk, where blocks would have to be kept free
 * for it, there is no such thing, as with Linux's ext2. */
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
	else if (f->inode->ops->truncate != NULL)
		err = -EOPNOTSUPP;
	else if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode_size(f->inode))
		err = inode_truncate(f->inode, end);
	file_put(f);
	return err;
}

/* The page behind the last one of [offset, offset + bytes); 0 bytes: all. */
static uint64_t
end_page(off_t offset, off_t bytes)
{
	uint64_t end = (uint64_t)offset + (uint64_t)bytes;

	if (bytes == 0 || end > INT64_MAX)
		end = INT64_MAX;
	return (end + PAGE_MASK) >> PAGE_SHIFT;
}

/* Do what the advice asks for with a file that is in the page cache. */
static void
take_advice(struct pagecache *pc, off_t offset, off_t bytes, int advice)
{
	uint64_t first = (uint64_t)offset >> PAGE_SHIFT;
	uint64_t end = end_page(offset, bytes);

	if (advice == POSIX_FADV_WILLNEED) {
		pagecache_will_need(pc, first, end - first);
	} else if (advice == POSIX_FADV_DONTNEED) {
		pagecache_sync_range(pc, first, end, false);
		/* Pages that are only partly meant stay. */
		first = ((uint64_t)offset + PAGE_MASK) >> PAGE_SHIFT;
		if (bytes != 0 && ((offset + bytes) & PAGE_MASK) != 0)
			end--;
		pagecache_drop(pc, first, end);
	}
}

/* Hints may be ignored, but not bad descriptors. */
long
sys_fadvise64(int fd, off_t offset, off_t bytes, int advice)
{
	struct file *f = fd_get(fd);
	long err = 0;

	if (f == NULL)
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		err = -ESPIPE;
	else if (bytes < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE)
		err = -EINVAL;
	else if (S_ISREG(f->inode->mode) && offset >= 0)
		take_advice(&f->inode->cache, offset, bytes, advice);
	file_put(f);
	return err;
}

long
sys_readahead(int fd, off_t offset, size_t bytes)
{
	struct file *f = fd_get(fd);
	long err = 0;

	if (f == NULL)
		return -EBADF;
	if (!(f->access & FILE_READ))
		err = -EBADF;
	else if (!S_ISREG(f->inode->mode))
		err = -EINVAL;
	else if (offset >= 0 && bytes > 0)
		take_advice(&f->inode->cache, offset,
		    (off_t)MIN(bytes, (size_t)INT64_MAX),
		    POSIX_FADV_WILLNEED);
	file_put(f);
	return err;
}

/* ---- To the disk ----------------------------------------------------- */

static long
sync_file(int fd, bool data_only)
{
	struct file *f = fd_get(fd);
	long err;

	if (f == NULL)
		return -EBADF;
	err = file_sync(f, data_only);
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
	pagecache_sync_matching(NULL, NULL);
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

#define RANGE_WAIT_BEFORE 1
#define RANGE_WRITE       2
#define RANGE_WAIT_AFTER  4

/* Only the data, and only what has its place: no promise for a power cut. */
long
sys_sync_file_range(int fd, off_t offset, off_t bytes, unsigned flags)
{
	struct file *f = fd_get(fd);
	long err = 0;
	off_t end;

	if (f == NULL)
		return -EBADF;
	if ((flags & ~(unsigned)(RANGE_WAIT_BEFORE | RANGE_WRITE |
	    RANGE_WAIT_AFTER)) != 0 || offset < 0 || bytes < 0 ||
	    __builtin_add_overflow(offset, bytes, &end)) {
		err = -EINVAL;
	} else if (!S_ISREG(f->inode->mode)) {
		err = S_ISDIR(f->inode->mode) || S_ISLNK(f->inode->mode) ||
		    S_ISBLK(f->inode->mode) ? 0 : -ESPIPE;
	} else {
		bool wait = (flags & ~(unsigned)RANGE_WRITE) != 0;

		err = pagecache_sync_range(&f->inode->cache,
		    (uint64_t)offset >> PAGE_SHIFT, end_page(offset, bytes),
		    wait);
		if (wait && err == 0)
			err = pagecache_error_since(&f->inode->cache,
			    &f->error_mark);
	}
	file_put(f);
	return err;
}
