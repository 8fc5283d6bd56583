/* futex.h - fast user-space mutexes
 *
 * Layer: include/abi   Called by: proc
 * Source: Linux x86-64, <linux/futex.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Operations */
#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_FD          2
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP     5
#define FUTEX_LOCK_PI     6
#define FUTEX_UNLOCK_PI   7
#define FUTEX_TRYLOCK_PI  8
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10

/* Flags in the operation */
#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256

#define FUTEX_BITSET_MATCH_ANY 0xffffffff
#define FUTEX_WAITERS          0x80000000
#define FUTEX_OWNER_DIED       0x40000000
#define FUTEX_TID_MASK         0x3fffffff

/* FUTEX_WAKE_OP */
#define FUTEX_OP_SET         0
#define FUTEX_OP_ADD         1
#define FUTEX_OP_OR          2
#define FUTEX_OP_ANDN        3
#define FUTEX_OP_XOR         4
#define FUTEX_OP_OPARG_SHIFT 8
#define FUTEX_OP_CMP_EQ      0
#define FUTEX_OP_CMP_NE      1
#define FUTEX_OP_CMP_LT      2
#define FUTEX_OP_CMP_LE      3
#define FUTEX_OP_CMP_GT      4
#define FUTEX_OP_CMP_GE      5

/* set_robust_list(2): a ring of locks that the thread may hold when it dies. */
struct abi_robust_list_head {
	uint64_t next;
	int64_t futex_offset; /* from a link to its lock word */
	uint64_t pending;     /* the lock being taken or given up, or 0 */
};
#define ROBUST_LIST_LIMIT 2048
