/* usercopy.c - bytes between the kernel and the running program's memory.
 *
 * Layer: mm   Called by: syscall, fs, drivers, proc
 *
 * SPDX-License-Identifier: MIT */

#include "mm/usercopy.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/iobuf.h"

int
copy_from_user(void *dst, const void *usrc, size_t n)
{
	return copy_from_user_partly(dst, usrc, n) == 0 ? 0 : -EFAULT;
}

int
copy_to_user(void *udst, const void *src, size_t n)
{
	return copy_to_user_partly(udst, src, n) == 0 ? 0 : -EFAULT;
}

int
clear_user(void *udst, size_t n)
{
	return clear_user_partly(udst, n) == 0 ? 0 : -EFAULT;
}

ssize_t
strncpy_from_user(char *dst, const char *usrc, size_t size)
{
	size_t done = 0;

	/* A piece never crosses a page: what lies behind the string may not be
	 * there.  Short pieces: most strings end soon. */
	while (done < size) {
		const char *from = usrc + done;
		size_t to_page_end = PAGE_SIZE - ((vaddr_t)from & PAGE_MASK);
		size_t piece = MIN(MIN(to_page_end, size - done), (size_t)64);
		size_t length;

		if (copy_from_user(dst + done, from, piece) != 0)
			return -EFAULT;
		length = strnlen(dst + done, piece);
		done += length;
		if (length < piece)
			return done;
	}
	return -ENAMETOOLONG;
}

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
