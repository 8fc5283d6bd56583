/* usercopy.h - bytes between the kernel and the running program's memory.
 *
 * Layer: mm   Called by: syscall, fs, drivers, proc
 *
 * A user pointer is never dereferenced elsewhere.  It is checked to be below
 * USER_TOP, and touched by code whose page faults either bring the page or end
 * the copy (x86/uaccess.S).  May sleep: never with a spinlock held.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/assert.h"
#include "sync/spinlock.h"
#include "x86/paging.h"
#include "x86/uaccess.h"

/* Is [uptr, uptr + bytes) in the user's half?  It may still not be mapped. */
static inline bool
user_range_ok(const void *uptr, size_t bytes)
{
	return bytes <= USER_TOP && (vaddr_t)uptr <= USER_TOP - bytes;
}

/* Copy n bytes, or set n bytes to zero.  Return how many are left to do: 0, or,
 * when an address was bad, all from there to the end. */
static inline size_t
copy_from_user_partly(void *dst, const void *usrc, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(usrc, n) ? uaccess_copy(dst, usrc, n) : n;
}

static inline size_t
copy_to_user_partly(void *udst, const void *src, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(udst, n) ? uaccess_copy(udst, src, n) : n;
}

static inline size_t
clear_user_partly(void *udst, size_t n)
{
	kassert(spinlocks_held() == 0);
	return user_range_ok(udst, n) ? uaccess_clear(udst, n) : n;
}

/* The same, as most callers want it: 0, or -EFAULT, and then some of the bytes
 * may be copied. */
int copy_from_user(void *dst, const void *usrc, size_t n);
int copy_to_user(void *udst, const void *src, size_t n);
int clear_user(void *udst, size_t n);

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
