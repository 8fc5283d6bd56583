/* usercopy.c - bytes between the kernel and the running program's memory.
 *
 * Layer: mm   Called by: syscall, fs, drivers, proc
 *
 * SPDX-License-Identifier: MIT */

#include "mm/usercopy.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/iobuf.h"
#include "sync/spinlock.h"
#include "x86/uaccess.h"

size_t
copy_from_user_partly(void *dst, const void *usrc, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(usrc, n) ? uaccess_copy(dst, usrc, n) : n;
}

size_t
copy_to_user_partly(void *udst, const void *src, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(udst, n) ? uaccess_copy(udst, src, n) : n;
}

size_t
clear_user_partly(void *udst, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(udst, n) ? uaccess_clear(udst, n) : n;
}

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
static ssize_t
advance(struct iobuf *io, size_t n, size_t missing)
{
	size_t moved = n - missing;

	io->ptr += moved;
	io->left -= moved;
	return moved == 0 && n > 0 ? -EFAULT : (ssize_t)moved;
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

int
iobuf_prefault(struct iobuf *io, size_t n, bool write)
{
	size_t end = MIN(n, io->left);

	if (!io->user)
		return 0;
	for (size_t at = 0; at < end; at += PAGE_SIZE) {
		char byte;

		if (copy_from_user(&byte, io->ptr + at, 1) != 0 ||
		    (write && copy_to_user(io->ptr + at, &byte, 1) != 0))
			return at == 0 ? -EFAULT : 0;
	}
	return 0;
}
