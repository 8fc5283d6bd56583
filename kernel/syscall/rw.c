/* rw.c - system calls that move bytes between files and buffers.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	read, write	fd, buffer, bytes
 *	pread64, ...	fd, buffer, bytes, offset
 *	readv, writev	fd, vector, segments
 *	preadv, ...	fd, vector, segments, offset, 0 (preadv2: flags)
 *	lseek		fd, offset, whence
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/uio.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/slab.h"
#include "mm/usercopy.h"

/* Bytes that are gathered before one write. */
#define CHUNK_BYTES ((size_t)64 << 10)

/* ---- One buffer ------------------------------------------------------ */

long
sys_read(int fd, void *buf, size_t bytes)
{
	struct iobuf io = iobuf_user(buf, bytes);
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = user_range_ok(buf, bytes) ? file_read(f, &io) : -EFAULT;
	file_put(f);
	return n;
}

long
sys_write(int fd, const void *buf, size_t bytes)
{
	struct iobuf io = iobuf_user((void *)buf, bytes);
	struct file *f = fd_get(fd);
	long n;

	if (f == NULL)
		return -EBADF;
	n = user_range_ok(buf, bytes) ? file_write(f, &io) : -EFAULT;
	file_put(f);
	return n;
}

long
sys_pread64(int fd, void *buf, size_t bytes, off_t pos)
{
	struct iobuf io = iobuf_user(buf, bytes);
	struct file *f;
	long n;

	if (pos < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	n = user_range_ok(buf, bytes) ? file_read_at(f, &io, pos) : -EFAULT;
	file_put(f);
	return n;
}

long
sys_pwrite64(int fd, const void *buf, size_t bytes, off_t pos)
{
	struct iobuf io = iobuf_user((void *)buf, bytes);
	struct file *f;
	long n;

	if (pos < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	n = user_range_ok(buf, bytes) ? file_write_at(f, &io, pos) : -EFAULT;
	file_put(f);
	return n;
}

/* ---- Vectors of buffers ---------------------------------------------- */

#define SEGMENTS_FAST 8

/* A vector copied from the user and checked. */
struct vector {
	struct abi_iovec *segments;
	size_t count;
	size_t bytes;
	struct abi_iovec fast[SEGMENTS_FAST];
};

/* Where to read or write: at f->pos, or at pos. */
struct place {
	bool given;
	off_t pos;
};

static void
vector_free(struct vector *v)
{
	if (v->segments != v->fast)
		kfree(v->segments);
}

/* Check the segments and add their lengths.  Returns 0, -EINVAL, -EFAULT. */
static int
vector_check(struct vector *v)
{
	v->bytes = 0;
	for (size_t i = 0; i < v->count; i++) {
		const struct abi_iovec *s = &v->segments[i];

		if (s->iov_len > INT64_MAX - v->bytes)
			return -EINVAL;
		if (!user_range_ok((void *)s->iov_base, s->iov_len))
			return -EFAULT;
		v->bytes += s->iov_len;
	}
	return 0;
}

static int
vector_get(struct vector *v, const struct abi_iovec *user, size_t count)
{
	int err;

	if (count > UIO_MAXIOV)
		return -EINVAL;
	v->count = count;
	v->segments = v->fast;
	if (count > SEGMENTS_FAST)
		v->segments = kmalloc(count * sizeof(*v->segments));
	if (v->segments == NULL)
		return -ENOMEM;
	err = copy_from_user(v->segments, user, count * sizeof(*user));
	if (err == 0)
		err = vector_check(v);
	if (err != 0)
		vector_free(v);
	return err;
}

static ssize_t
read_one(struct file *f, struct iobuf *io, struct place *at)
{
	ssize_t n;

	if (!at->given)
		return file_read(f, io);
	n = file_read_at(f, io, at->pos);
	if (n > 0)
		at->pos += n;
	return n;
}

static ssize_t
write_one(struct file *f, struct iobuf *io, struct place *at)
{
	ssize_t n;

	if (!at->given)
		return file_write(f, io);
	n = file_write_at(f, io, at->pos);
	if (n > 0)
		at->pos += n;
	return n;
}

/* Read one segment after the other, until one is not filled. */
static ssize_t
read_each(struct file *f, const struct vector *v, struct place *at)
{
	ssize_t total = 0;

	for (size_t i = 0; i < v->count; i++) {
		const struct abi_iovec *s = &v->segments[i];
		struct iobuf io = iobuf_user((void *)s->iov_base, s->iov_len);
		ssize_t n = read_one(f, &io, at);

		if (n < 0)
			return total > 0 ? total : n;
		total += n;
		if ((size_t)n < s->iov_len)
			break;
	}
	return total;
}

/* Copy between the vector, from byte `from` on, and n bytes of buf.
 * Returns the bytes copied; fewer than n before a bad address. */
static size_t
vector_copy(const struct vector *v, size_t from, char *buf, size_t n,
    bool to_user)
{
	size_t done = 0;

	for (size_t i = 0; i < v->count && done < n; i++) {
		const struct abi_iovec *s = &v->segments[i];
		char *user = (char *)s->iov_base + from;
		size_t part = MIN(s->iov_len - from, n - done);
		size_t missing;

		if (from >= s->iov_len) {
			from -= s->iov_len;
			continue;
		}
		from = 0;
		missing = to_user ? copy_to_user_partly(user, buf + done, part)
		    : copy_from_user_partly(buf + done, user, part);
		done += part - missing;
		if (missing > 0)
			break;
	}
	return done;
}

/* Read from a pipe or terminal: one read, as a second one might wait though
 * there are bytes to return. */
static ssize_t
read_stream(struct file *f, const struct vector *v, struct place *at)
{
	size_t bytes = MIN(v->bytes, CHUNK_BYTES);
	char *buf = kmalloc(MAX(bytes, 1));
	struct iobuf io = iobuf_kernel(buf, bytes);
	ssize_t n;

	if (buf == NULL)
		return -ENOMEM;
	n = read_one(f, &io, at);
	if (n > 0) {
		n = (ssize_t)vector_copy(v, 0, buf, (size_t)n, true);
		if (n == 0)
			n = -EFAULT;
	}
	kfree(buf);
	return n;
}

static ssize_t
read_vector(struct file *f, const struct vector *v, struct place *at)
{
	if (v->count == 1 || (f->access & FILE_HAS_POS))
		return read_each(f, v, at);
	return read_stream(f, v, at);
}

/* Gather what the segments hold, so that a writev of up to CHUNK_BYTES is one
 * write, which nothing of another writer gets into. */
static ssize_t
write_vector(struct file *f, const struct vector *v, struct place *at)
{
	size_t size = MIN(v->bytes, CHUNK_BYTES);
	ssize_t total = 0;
	char *buf;

	if (v->count == 1) {
		struct iobuf io = iobuf_user((void *)v->segments[0].iov_base,
		    v->bytes);

		return write_one(f, &io, at);
	}
	buf = kmalloc(MAX(size, 1));
	if (buf == NULL)
		return -ENOMEM;
	do {
		size_t part = MIN(v->bytes - (size_t)total, size);
		size_t got = vector_copy(v, (size_t)total, buf, part, false);
		struct iobuf io = iobuf_kernel(buf, got);
		ssize_t n = got < part && got == 0 ? -EFAULT
		    : write_one(f, &io, at);

		if (n < 0)
			total = total > 0 ? total : n;
		else
			total += n;
		if (n < (ssize_t)part)
			break;
	} while ((size_t)total < v->bytes);
	kfree(buf);
	return total;
}

/* readv() and writev() in all their forms. */
static long
vector_io(int fd, const struct abi_iovec *user, size_t count,
    struct place at, bool write)
{
	struct file *f;
	struct vector v;
	long n;

	if (at.given && at.pos < 0)
		return -EINVAL;
	f = fd_get(fd);
	if (f == NULL)
		return -EBADF;
	n = f->access & (write ? FILE_WRITE : FILE_READ) ? 0 : -EBADF;
	if (n == 0)
		n = vector_get(&v, user, count);
	if (n == 0) {
		if (v.count > 0)
			n = write ? write_vector(f, &v, &at)
			    : read_vector(f, &v, &at);
		vector_free(&v);
	}
	file_put(f);
	return n;
}

long
sys_readv(int fd, const struct abi_iovec *user, size_t count)
{
	return vector_io(fd, user, count, (struct place){0}, false);
}

long
sys_writev(int fd, const struct abi_iovec *user, size_t count)
{
	return vector_io(fd, user, count, (struct place){0}, true);
}

long
sys_preadv(int fd, const struct abi_iovec *user, size_t count, off_t pos)
{
	return vector_io(fd, user, count, (struct place){true, pos}, false);
}

long
sys_pwritev(int fd, const struct abi_iovec *user, size_t count, off_t pos)
{
	return vector_io(fd, user, count, (struct place){true, pos}, true);
}

/* preadv2 and pwritev2: offset -1 means f->pos.  The flags are hints, but
 * RWF_NOWAIT and RWF_APPEND, which are not offered. */
static long
vector_io2(int fd, const struct abi_iovec *user, size_t count, off_t pos,
    int flags, bool write)
{
	long n;
	long err = 0;

	if (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC))
		return -EOPNOTSUPP;
	n = vector_io(fd, user, count, (struct place){pos != -1, pos}, write);
	if (write && n > 0 && (flags & RWF_SYNC))
		err = sys_fsync(fd);
	else if (write && n > 0 && (flags & RWF_DSYNC))
		err = sys_fdatasync(fd);
	return err != 0 && err != -EINVAL ? err : n;
}

long
sys_preadv2(int fd, const struct abi_iovec *user, size_t count, off_t pos,
    unsigned long pos_high, int flags)
{
	(void)pos_high;
	return vector_io2(fd, user, count, pos, flags, false);
}

long
sys_pwritev2(int fd, const struct abi_iovec *user, size_t count, off_t pos,
    unsigned long pos_high, int flags)
{
	(void)pos_high;
	return vector_io2(fd, user, count, pos, flags, true);
}

/* ---- Positions ------------------------------------------------------- */

long
sys_lseek(int fd, off_t offset, int whence)
{
	struct file *f = fd_get(fd);
	off_t pos = -ESPIPE;
	bool locked;

	if (f == NULL)
		return -EBADF;
	if (whence < SEEK_SET || whence > SEEK_HOLE) {
		pos = -EINVAL;
	} else if (f->ops->seek != NULL) {
		locked = file_lock_pos(f);
		pos = f->ops->seek(f, offset, whence);
		if (pos >= 0)
			f->pos = pos;
		file_unlock_pos(f, locked);
	}
	file_put(f);
	return pos;
}
