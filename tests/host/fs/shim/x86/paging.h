/* paging.h - in front of kernel/x86/paging.h: the direct map is an array.
 *
 * Layer: tests/host/fs
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#define pa_to_va kernel_pa_to_va
#define va_to_pa kernel_va_to_pa
#include_next "x86/paging.h"
#undef pa_to_va
#undef va_to_pa

extern char *host_ram; /* [I] the machine's memory: physical address 0 */

static inline void *
pa_to_va(paddr_t pa)
{
	return host_ram + pa;
}

static inline paddr_t
va_to_pa(const void *va)
{
	return (paddr_t)((const char *)va - host_ram);
}
