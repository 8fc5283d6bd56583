/* dispatch.h - from a number to the function of a system call.
 *
 * Layer: syscall   Called by: main (init), debug
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Install the hook of x86 and /proc/syscalls. */
void syscall_init(void);

/* The name of a system call of Linux, or NULL. */
const char *syscall_name(uint64_t number);

/* Register what /proc tells about the machine; system.c. */
void system_init(void);
