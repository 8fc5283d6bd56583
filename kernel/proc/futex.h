/* futex.h - sleep until a word of user memory changes.
 *
 * Layer: proc   Called by: syscall (futex), exit
 * Source: futex(2)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct task;

struct futex_args {
	uint64_t word;      /* user address, aligned to 4 */
	int op;             /* FUTEX_*, with its flags */
	uint32_t value;
	uint64_t timeout;   /* user address of a timespec, or a count */
	uint64_t word2;
	uint32_t value3;
};

/* futex(2).  Returns its result or error. */
long futex_call(const struct futex_args *args);

/* Wake up to n waiters on word of the running process's memory. */
long futex_wake(uint64_t word, bool private, unsigned n);

/* The running task exits: release the locks in its robust list. */
void futex_exit_robust(struct task *task);
