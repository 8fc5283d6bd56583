/* uaccess.h - raw copies between the kernel and the current user's memory.
 *
 * Layer: x86   Called by: mm/usercopy.c only; everybody else calls that
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Copy n bytes; one of both is a user's address that mm has range-checked.
 * Returns the bytes that were NOT copied: 0, or n - k where byte k faulted and
 * trap_hooks.page_fault gave up.  May sleep.  SMAP is lifted meanwhile. */
size_t uaccess_copy(void *dst, const void *src, size_t n);

/* Clear n bytes at user address dst; result as uaccess_copy(). */
size_t uaccess_clear(void *dst, size_t n);

/* Load and compare-and-swap one aligned 32-bit word of the user, for futexes.
 * Return 0 or -EFAULT; *old: the value that was there. */
int uaccess_load32(const uint32_t *src, uint32_t *value);
int uaccess_cmpxchg32(uint32_t *dst, uint32_t expected, uint32_t desired,
    uint32_t *old);
