/* usercopy.c - bytes between the kernel and the running program's memory.
 *
 * Layer: mm   Called by: syscall, fs, drivers, proc
 *
 * SPDX-License-Identifier: MIT */

#include "mm/usercopy.h"

#include "abi/errno.h"
#include "lib/string.h"

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
