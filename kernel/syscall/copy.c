/* copy.c - system calls that copy from file to file.
 *
 * Layer: syscall   Called by: the table of system calls
 *
 *	sendfile	to fd, from fd, *offset or NULL, bytes
 *	copy_file_range	from fd, *offset, to fd, *offset, bytes, flags
 *
 * SPDX-License-Identifier: MIT */
#include "syscall/filecalls.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "mm/slab.h"
#include "mm/usercopy.h"
#include "sched/sched.h"

/* Bytes that are moved at once. */
#define CHUNK_BYTES ((size_t)64 << 10)

/* Copy bytes through buf, of up to CHUNK_BYTES.  in is read at *in_pos, out is
 * written at *out_pos, or at its own position (NULL); both move by what was
 * written.  Returns the bytes, or an error if there are none. */
static ssize_t
copy_bytes(struct file *out, off_t *out_pos, struct file *in, off_t *in_pos,
    size_t bytes, char *buf)
{
	size_t total = 0;

	while (total < bytes) {
		size_t part = MIN(bytes - total, CHUNK_BYTES);
		struct iobuf io = iobuf_kernel(buf, part);
		ssize_t got = file_read_at(in, &io, *in_pos);
		ssize_t put = got;

		io = iobuf_kernel(buf, got > 0 ? (size_t)got : 0);
		if (got > 0)
			put = out_pos != NULL
			    ? file_write_at(out, &io, *out_pos)
			    : file_write(out, &io);
		if (put <= 0)
			return total > 0 ? (ssize_t)total : put;
		total += (size_t)put;
		*in_pos += put;
		if (out_pos != NULL)
			*out_pos += put;
		if (put < got)
			break;
		sched_cond_yield();
	}
	return (ssize_t)total;
}

/* in is a file with contents, out can be written. */
static int
sendfile_check(const struct file *out, const struct file *in)
{
	if (!(in->access & FILE_READ) || !(out->access & FILE_WRITE))
		return -EBADF;
	if (!S_ISREG(in->inode->mode) || (out->flags & O_APPEND))
		return -EINVAL;
	return 0;
}

/* The place of one end of copy_file_range: given by the user, or the file's. */
static int
end_place(struct file *f, const off_t *user_pos, off_t *pos)
{
	if (user_pos == NULL)
		*pos = f->pos;
	else if (get_user(pos, user_pos) != 0)
		return -EFAULT;
	return *pos < 0 ? -EINVAL : 0;
}

static int
end_move(struct file *f, off_t *user_pos, off_t pos)
{
	if (user_pos != NULL)
		return put_user(user_pos, pos);
	f->pos = pos;
	return 0;
}

/* May bytes be copied from in to out?  Returns 0 or an error. */
static int
copy_check(const struct file *in, off_t in_pos, const struct file *out,
    off_t out_pos, size_t bytes)
{
	if (S_ISDIR(in->inode->mode) || S_ISDIR(out->inode->mode))
		return -EISDIR;
	if (!S_ISREG(in->inode->mode) || !S_ISREG(out->inode->mode))
		return -EINVAL;
	if (!(in->access & FILE_READ) || !(out->access & FILE_WRITE) ||
	    (out->flags & O_APPEND))
		return -EBADF;
	if (bytes > (size_t)(INT64_MAX - MAX(in_pos, out_pos)))
		return -EOVERFLOW;
	if (in->inode == out->inode && in_pos < out_pos + (off_t)bytes &&
	    out_pos < in_pos + (off_t)bytes)
		return -EINVAL;
	return 0;
}

static long
copy_range(struct file *in, off_t *user_in, struct file *out,
    off_t *user_out, size_t bytes)
{
	off_t in_pos;
	off_t out_pos;
	char *buf;
	long n = end_place(in, user_in, &in_pos);

	if (n == 0)
		n = end_place(out, user_out, &out_pos);
	if (n == 0)
		n = copy_check(in, in_pos, out, out_pos, bytes);
	if (n != 0)
		return n;
	buf = kmalloc(CHUNK_BYTES);
	if (buf == NULL)
		return -ENOMEM;
	n = copy_bytes(out, &out_pos, in, &in_pos, bytes, buf);
	kfree(buf);
	if (n > 0 && (end_move(in, user_in, in_pos) != 0 ||
	    end_move(out, user_out, out_pos) != 0))
		n = -EFAULT;
	return n;
}

long
sys_copy_file_range(int in_fd, off_t *user_in, int out_fd, off_t *user_out,
    size_t bytes, unsigned flags)
{
	struct file *in = fd_get(in_fd);
	struct file *out = fd_get(out_fd);
	long n = -EBADF;

	if (in != NULL && out != NULL)
		n = flags == 0 ? copy_range(in, user_in, out, user_out, bytes)
		    : -EINVAL;
	if (in != NULL)
		file_put(in);
	if (out != NULL)
		file_put(out);
	return n;
}

long
sys_sendfile(int out_fd, int in_fd, off_t *user_pos, size_t bytes)
{
	struct file *in;
	struct file *out;
	off_t pos = 0;
	char *buf;
	long n;

	if (user_pos != NULL && get_user(&pos, user_pos) != 0)
		return -EFAULT;
	in = fd_get(in_fd);
	out = fd_get(out_fd);
	n = in != NULL && out != NULL ? sendfile_check(out, in) : -EBADF;
	if (n == 0 && pos < 0)
		n = -EINVAL;
	if (n == 0) {
		if (user_pos == NULL)
			pos = in->pos;
		buf = kmalloc(MIN(MAX(bytes, 1), CHUNK_BYTES));
		n = buf == NULL ? -ENOMEM
		    : copy_bytes(out, NULL, in, &pos, bytes, buf);
		kfree(buf);
		if (user_pos == NULL)
			in->pos = pos;
		else if (put_user(user_pos, pos) != 0)
			n = -EFAULT;
	}
	if (in != NULL)
		file_put(in);
	if (out != NULL)
		file_put(out);
	return n;
}
