/* fd.c - system calls on descriptors.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	close		fd			close_range: first, last, flags
 *	dup		fd			dup2: fd, new; dup3: and flags
 *	fcntl		fd, command, argument
 *	ioctl		fd, command, argument
 *	flock		fd, operation
 *	pipe		int[2]			pipe2: and flags
 *	getdents64	fd, buffer, bytes; getdents: with entries of another form
 *	memfd_create	name, flags
 *	eventfd		count			eventfd2: and flags
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/dirent.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "abi/termios.h"
#include "fs/anon.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/lock.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/usercopy.h"
#include "sched/thread.h"

/* The flags that F_SETFL changes. */
#define SETFL_FLAGS (O_APPEND | O_NONBLOCK | O_NOATIME | FASYNC)

/* Bytes of directory entries that one call returns at most. */
#define DIRENTS_BYTES ((size_t)8192)

/* ---- Closing and copying --------------------------------------------- */

long
sys_close(int fd)
{
	return fd_close(fd);
}

long
sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct fdtable *t = thread_current()->files;
	int fd = (int)MIN(first, (unsigned)INT32_MAX);

	if (first > last || (flags & ~(unsigned)CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	while ((fd = fdtable_next(t, fd)) >= 0 && (unsigned)fd <= last) {
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_cloexec(fd, true);
		else
			fd_close(fd);
		fd++;
	}
	return 0;
}

/* The lowest descriptor from min on becomes a copy of fd. */
static long
duplicate(int fd, int min, bool cloexec)
{
	struct file *f = fd_get_raw(fd);
	long new;

	if (f == NULL)
		return -EBADF;
	new = fd_install(f, min, cloexec);
	if (new < 0)
		file_put(f);
	return new;
}

long
sys_dup(int fd)
{
	return duplicate(fd, 0, false);
}

long
sys_dup3(int fd, int new_fd, int flags)
{
	struct file *f;
	long err;

	if ((flags & ~O_CLOEXEC) || fd == new_fd)
		return -EINVAL;
	f = fd_get_raw(fd);
	if (f == NULL)
		return -EBADF;
	err = fd_install_at(f, new_fd, flags & O_CLOEXEC);
	if (err < 0)
		file_put(f);
	return err;
}

long
sys_dup2(int fd, int new_fd)
{
	if (fd != new_fd)
		return sys_dup3(fd, new_fd, 0);
	return fd_get_cloexec(fd) < 0 ? -EBADF : fd;
}

/* ---- fcntl and ioctl ------------------------------------------------- */

static long
set_flags(struct file *f, unsigned flags)
{
	f->flags = (f->flags & ~(unsigned)SETFL_FLAGS) | (flags & SETFL_FLAGS);
	return 0;
}

/* The commands that work on the open file, not on the descriptor. */
static long
fcntl_file(struct file *f, int cmd, unsigned long arg)
{
	switch (cmd) {
	case F_SETFL:
		return set_flags(f, (unsigned)arg);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return lock_fcntl(f, cmd, (struct abi_flock *)arg);
	case F_GETPIPE_SZ:
		return pipe_get_size(f);
	case F_SETPIPE_SZ:
		return pipe_set_size(f, arg);
	case F_GETOWN:
	case F_GETSIG:
		return 0;
	case F_GETLEASE:
		return F_UNLCK;
	default:
		return -EINVAL;
	}
}

long
sys_fcntl(int fd, int cmd, unsigned long arg)
{
	struct file *f = fd_get_raw(fd);
	long result;

	if (f == NULL)
		return -EBADF;
	switch (cmd) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		result = arg > INT32_MAX ? -EINVAL
		    : duplicate(fd, (int)arg, cmd == F_DUPFD_CLOEXEC);
		break;
	case F_GETFD:
		result = fd_get_cloexec(fd) > 0 ? FD_CLOEXEC : 0;
		break;
	case F_SETFD:
		result = fd_set_cloexec(fd, arg & FD_CLOEXEC);
		break;
	case F_GETFL:
		result = (long)f->flags;
		break;
	default:
		result = f->flags & O_PATH ? -EBADF
		    : fcntl_file(f, cmd, arg);
		break;
	}
	file_put(f);
	return result;
}

/* FIONREAD of a file with a size: the bytes behind the position. */
static long
bytes_left(struct file *f, int *user)
{
	off_t left = inode_size(f->inode) - f->pos;

	return put_user(user, (int)left);
}

long
sys_ioctl(int fd, unsigned cmd, unsigned long arg)
{
	struct file *f = fd_get(fd);
	long result = -ENOTTY;
	int on;

	if (f == NULL)
		return -EBADF;
	switch (cmd) {
	case FIOCLEX:
	case FIONCLEX:
		result = fd_set_cloexec(fd, cmd == FIOCLEX);
		break;
	case FIONBIO:
		result = get_user(&on, (int *)arg);
		if (result == 0)
			set_flags(f, on ? f->flags | O_NONBLOCK
			    : f->flags & ~(unsigned)O_NONBLOCK);
		break;
	case FIONREAD:
		if (S_ISREG(f->inode->mode)) {
			result = bytes_left(f, (int *)arg);
			break;
		}
		/* fallthrough */
	default:
		if (f->ops->ioctl != NULL)
			result = f->ops->ioctl(f, cmd, arg);
		break;
	}
	file_put(f);
	return result;
}

long
sys_flock(int fd, int operation)
{
	struct file *f = fd_get(fd);
	long err;

	if (f == NULL)
		return -EBADF;
	err = lock_flock(f, operation);
	file_put(f);
	return err;
}

/* ---- New files without a path ---------------------------------------- */

/* Install f with the flags of its creation; takes f over. */
static long
install(struct file *f, bool cloexec)
{
	long fd = fd_install(f, 0, cloexec);

	if (fd < 0)
		file_put(f);
	return fd;
}

long
sys_pipe2(int *user, int flags)
{
	struct file *ends[2];
	int fds[2];
	int err;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	err = pipe_create((unsigned)flags & O_NONBLOCK, ends);
	if (err != 0)
		return err;
	fds[0] = (int)install(ends[0], flags & O_CLOEXEC);
	if (fds[0] < 0) {
		file_put(ends[1]);
		return fds[0];
	}
	fds[1] = (int)install(ends[1], flags & O_CLOEXEC);
	if (fds[1] >= 0 && copy_to_user(user, fds, sizeof(fds)) == 0)
		return 0;
	err = fds[1] < 0 ? fds[1] : -EFAULT;
	fd_close(fds[0]);
	if (fds[1] >= 0)
		fd_close(fds[1]);
	return err;
}

long
sys_pipe(int *user)
{
	return sys_pipe2(user, 0);
}

long
sys_memfd_create(const char *user_name, unsigned flags)
{
	char name[MEMFD_NAME_MAX + 1];
	struct file *f;
	ssize_t len;
	int err;

	if (flags & ~(unsigned)MEMFD_CLOEXEC)
		return -EINVAL;
	len = strncpy_from_user(name, user_name, sizeof(name));
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	err = memfd_create(name, &f);
	return err == 0 ? install(f, flags & MEMFD_CLOEXEC) : err;
}

long
sys_eventfd2(unsigned count, int flags)
{
	struct file *f;
	int err;

	if (flags & ~(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	err = eventfd_create(count, flags & EFD_SEMAPHORE,
	    (unsigned)flags & O_NONBLOCK, &f);
	return err == 0 ? install(f, flags & O_CLOEXEC) : err;
}

long
sys_eventfd(unsigned count)
{
	return sys_eventfd2(count, 0);
}

/* ---- Directories ----------------------------------------------------- */

/* Collects entries in a kernel buffer: the file system gives them with locks
 * held under which a user's page cannot be touched. */
struct dirents {
	struct dir_sink sink;
	char *buf;
	size_t size;
	size_t used;
	bool full;
	bool old; /* the form of getdents(): the type is the last byte */
};

/* An entry of getdents(): as abi_dirent64, but for the type. */
struct old_dirent {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	char d_name[];
};

static bool
dirents_emit(struct dir_sink *sink, const char *name, size_t len, ino_t ino,
    unsigned type, off_t next_pos)
{
	struct dirents *out = container_of(sink, struct dirents, sink);
	size_t name_at = out->old ? offsetof(struct old_dirent, d_name)
	    : offsetof(struct abi_dirent64, d_name);
	/* The name's 0 and, in the old form, the type behind it. */
	size_t bytes = ALIGN_UP(name_at + len + 1 + out->old, sizeof(uint64_t));
	struct abi_dirent64 *entry = (void *)(out->buf + out->used);
	uint8_t dt = (uint8_t)((type & S_IFMT) / (S_IFIFO / DT_FIFO));

	if (bytes > out->size - out->used) {
		out->full = true;
		return false;
	}
	memset(entry, 0, bytes);
	entry->d_ino = ino;
	entry->d_off = next_pos;
	entry->d_reclen = (uint16_t)bytes;
	memcpy((char *)entry + name_at, name, len);
	if (out->old)
		((uint8_t *)entry)[bytes - 1] = dt;
	else
		entry->d_type = dt;
	out->used += bytes;
	return true;
}

/* Fill out from f's position on.  Returns bytes or an error.
 * Locks: f->pos_lock as file_lock_pos() decided. */
static long
read_entries(struct file *f, struct dirents *out, void *user)
{
	off_t before = f->pos;
	int err;

	if (!f->dentry->hashed && f->dentry != f->dentry->mount->root)
		return -ENOENT;
	err = f->ops->readdir(f, &out->sink);
	if (err != 0)
		return err;
	if (out->used == 0)
		return out->full ? -EINVAL : 0;
	if (copy_to_user(user, out->buf, out->used) != 0) {
		f->pos = before;
		return -EFAULT;
	}
	inode_accessed(f->inode);
	return (long)out->used;
}

static long
get_entries(int fd, void *user, unsigned bytes, bool old)
{
	struct dirents out = {
	    .sink.emit = dirents_emit,
	    .size = MIN(bytes, DIRENTS_BYTES),
	    .old = old,
	};
	struct file *f = fd_get(fd);
	long result = -ENOTDIR;
	bool locked;

	if (f == NULL)
		return -EBADF;
	if (f->ops->readdir != NULL) {
		result = -ENOMEM;
		out.buf = kmalloc(DIRENTS_BYTES);
		if (out.buf != NULL) {
			locked = file_lock_pos(f);
			result = read_entries(f, &out, user);
			file_unlock_pos(f, locked);
			kfree(out.buf);
		}
	}
	file_put(f);
	return result;
}

long
sys_getdents64(int fd, void *user, unsigned bytes)
{
	return get_entries(fd, user, bytes, false);
}

long
sys_getdents(int fd, void *user, unsigned bytes)
{
	return get_entries(fd, user, bytes, true);
}
