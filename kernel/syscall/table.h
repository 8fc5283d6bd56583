/* table.h - the system calls that we offer.
 *
 * Layer: syscall   Called by: dispatch.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/syscall.h"
#include "lib/types.h"

/* Every sys_NAME is called with six arguments; it takes those it has. */
typedef long syscall_fn(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
    uint64_t);

struct syscall {
	syscall_fn *fn; /* NULL: not offered */
	unsigned arguments;
};

extern const struct syscall syscall_table[ABI_SYSCALL_COUNT];
