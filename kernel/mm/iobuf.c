/* iobuf.c - bytes between the kernel and the buffer of a read or write.
 *
 * Layer: mm   Called by: fs, drivers (every read and write operation)
 *
 * SPDX-License-Identifier: MIT */

#include "mm/iobuf.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "sched/thread.h"

/* Account for a copy of which `missing` of n bytes were not moved. */
static inline ssize_t
advance(struct iobuf *io, size_t n, size_t missing)
{
	size_t moved = n - missing;

	io->ptr += moved;
	io->left -= moved;
	if (unlikely(missing > 0) && moved == 0)
		return -EFAULT;
	return (ssize_t)moved;
}

ssize_t
iobuf_write(struct iobuf *io, const void *src, size_t n)
{
	n = MIN(n, io->left);
	if (io->user)
		return advance(io, n, copy_to_user_partly(io->ptr, src, n));
	memcpy(io->ptr, src, n);
	return advance(io, n, 0);
}

ssize_t
iobuf_read(struct iobuf *io, void *dst, size_t n)
{
	n = MIN(n, io->left);
	if (io->user)
		return advance(io, n, copy_from_user_partly(dst, io->ptr, n));
	memcpy(dst, io->ptr, n);
	return advance(io, n, 0);
}

ssize_t
iobuf_clear(struct iobuf *io, size_t n)
{
	n = MIN(n, io->left);
	if (io->user)
		return advance(io, n, clear_user_partly(io->ptr, n));
	memset(io->ptr, 0, n);
	return advance(io, n, 0);
}

ssize_t
iobuf_read_nofault(struct iobuf *io, void *dst, size_t n)
{
	struct thread *self = thread_current();
	ssize_t moved;

	self->no_fault = true;
	moved = iobuf_read(io, dst, n);
	self->no_fault = false;
	return moved;
}

int
iobuf_fault_in(const struct iobuf *io, size_t n)
{
	const char *at = io->ptr;
	const char *end = at + MIN(n, io->left);
	char byte;

	if (!io->user)
		return 0;
	while (at < end) {
		if (copy_from_user_partly(&byte, at, 1) != 0)
			return at == io->ptr ? -EFAULT : 0;
		at = (const char *)ALIGN_DOWN((vaddr_t)at, PAGE_SIZE) +
		    PAGE_SIZE;
	}
	return 0;
}
