/* stubs.c - what the linked files name, and what cannot be reached here.
 *
 * Layer: tests/host/fs   Called by: the linker
 *
 * There are no programs: nothing is mapped, no user address exists.
 *
 * SPDX-License-Identifier: MIT */
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/aspace.h"
#include "x86/uaccess.h"

/* user buffers are plain memory of this process */
size_t
uaccess_copy(void *dst, const void *src, size_t n)
{
	memcpy(dst, src, n);
	return 0;
}

size_t
uaccess_clear(void *dst, size_t n)
{
	memset(dst, 0, n);
	return 0;
}

#define UNREACHABLE panic("%s: nothing is mapped here", __func__)

struct area *
aspace_find_area_or_next(struct aspace *as, vaddr_t va)
{
	(void)as;
	(void)va;
	UNREACHABLE;
}

struct area *
area_next(const struct area *area)
{
	(void)area;
	UNREACHABLE;
}

void
aspace_put(struct aspace *as)
{
	(void)as;
	UNREACHABLE;
}

void
aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end)
{
	(void)as;
	(void)start;
	(void)end;
	UNREACHABLE;
}

void
aspace_write_protect(struct aspace *as, vaddr_t start, vaddr_t end)
{
	(void)as;
	(void)start;
	(void)end;
	UNREACHABLE;
}

void
aspace_zap_cached(struct aspace *as, vaddr_t start, vaddr_t end,
    const struct pagecache *pc)
{
	(void)as;
	(void)start;
	(void)end;
	(void)pc;
	UNREACHABLE;
}

/* lib/string.c would define what the C library has, and its checkers watch. */
size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t n = strlen(src);
	size_t copied = n < size ? n : size - 1;

	memcpy(dst, src, copied);
	dst[copied] = '\0';
	return n;
}
