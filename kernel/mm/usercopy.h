/* usercopy.h - bytes between the kernel and the running program's memory.
 *
 * Layer: mm   Called by: syscall, fs, drivers, proc
 *
 * A user pointer is never dereferenced elsewhere.  It is checked to be below
 * USER_TOP, and touched by code whose page faults either bring the page or end
 * the copy (x86/uaccess.S).  May sleep: never with a spinlock held.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "x86/paging.h"

/* Is [uptr, uptr + bytes) in the user's half?  It may still not be mapped. */
static inline bool
user_range_ok(const void *uptr, size_t bytes)
{
	return bytes <= USER_TOP && (vaddr_t)uptr <= USER_TOP - bytes;
}

/* Copy n bytes.  Returns 0, or -EFAULT: then some of them may be copied. */
int copy_from_user(void *dst, const void *usrc, size_t n);
int copy_to_user(void *udst, const void *src, size_t n);

/* Set n bytes to zero.  Returns 0 or -EFAULT. */
int clear_user(void *udst, size_t n);

/* The same, telling how far it came: the bytes not copied, 0 when all were. */
size_t copy_from_user_partly(void *dst, const void *usrc, size_t n);
size_t copy_to_user_partly(void *udst, const void *src, size_t n);
size_t clear_user_partly(void *udst, size_t n);

/* Copy a string with its NUL to dst[size].  Returns its length without the NUL;
 * -EFAULT; -ENAMETOOLONG: no NUL in the first size bytes. */
ssize_t strncpy_from_user(char *dst, const char *usrc, size_t size);

/* A single value: get_user(&value, uptr), put_user(uptr, value). */
#define get_user(dst, uptr) copy_from_user((dst), (uptr), sizeof(*(dst)))
#define put_user(uptr, value)                                       \
	({                                                          \
		__typeof__(*(uptr)) put_value_ = (value);           \
		copy_to_user((uptr), &put_value_, sizeof(put_value_)); \
	})
