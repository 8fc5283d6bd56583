/* atomic.h - atomic operations, by the compiler's built-ins.
 *
 * Layer: lib    Called by: everyone
 *
 * The default is acquire for loads and release for stores; on x86 both are
 * plain moves.  Read-modify-write operations are full barriers.
 * Source: [SDM3] 8.2.2 "Memory Ordering in P6 and More Recent Processor Families"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define atomic_load(p)        __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_store(p, v)    __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_swap(p, v)     __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
#define atomic_add(p, n)      __atomic_add_fetch((p), (n), __ATOMIC_SEQ_CST)
#define atomic_sub(p, n)      __atomic_sub_fetch((p), (n), __ATOMIC_SEQ_CST)
#define atomic_fetch_add(p, n) __atomic_fetch_add((p), (n), __ATOMIC_SEQ_CST)
#define atomic_or(p, bits)    __atomic_fetch_or((p), (bits), __ATOMIC_SEQ_CST)
#define atomic_and(p, bits)   __atomic_fetch_and((p), (bits), __ATOMIC_SEQ_CST)
#define atomic_fence()        __atomic_thread_fence(__ATOMIC_SEQ_CST)

/* If *p == *expected, set it to desired and return true; else *expected = *p. */
#define atomic_cas(p, expected, desired)                               \
	__atomic_compare_exchange_n((p), (expected), (desired), false, \
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
