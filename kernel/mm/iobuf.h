/* iobuf.h - where the bytes of a read or write go to or come from.
 *
 * Layer: mm   Called by: fs, drivers (every read and write operation)
 *
 * A buffer in user memory (checked, may fault) or in kernel memory, with a
 * position: the file code need not know which.
 *
 *	read(2):  iobuf_write(io, page bytes, n)   fills the caller's buffer
 *	write(2): iobuf_read(io, page bytes, n)    takes from it
 *
 * All of them move at most io->left bytes and advance by what they moved.
 * They return the bytes moved; fewer than asked for only at the buffer's end or
 * before a bad user address, and -EFAULT if not a single byte could be moved.
 * A user buffer: may sleep; not with a spinlock held.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct iobuf {
	char *ptr;   /* the next byte */
	size_t left; /* bytes from there to the end */
	bool user;   /* ptr is a user address */
};

static inline struct iobuf
iobuf_user(void *uptr, size_t bytes)
{
	return (struct iobuf){.ptr = uptr, .left = bytes, .user = true};
}

static inline struct iobuf
iobuf_kernel(void *ptr, size_t bytes)
{
	return (struct iobuf){.ptr = ptr, .left = bytes, .user = false};
}

/* Copy n bytes of src out to the buffer. */
ssize_t iobuf_write(struct iobuf *io, const void *src, size_t n);

/* Copy n bytes from the buffer to dst. */
ssize_t iobuf_read(struct iobuf *io, void *dst, size_t n);

/* Put n zero bytes into the buffer. */
ssize_t iobuf_clear(struct iobuf *io, size_t n);

/* As iobuf_read, but where user memory is not present the copy ends instead of
 * waiting for it: for those who hold what a page fault may need.  Does not sleep.
 * iobuf_fault_in: bring at least the next bytes in before, at most n of them.
 * Returns 0, or -EFAULT: not even the first byte is there.  May sleep. */
ssize_t iobuf_read_nofault(struct iobuf *io, void *dst, size_t n);
int iobuf_fault_in(const struct iobuf *io, size_t n);
