/* mm_test.h - what the tests of memory share.
 *
 * Layer: tests   Called by: test_page.c and its neighbours
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/ktest.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/thread.h"
#include "x86/cpu.h"

/* Stay on this CPU, whose lists of free objects slab_trim() empties. */
static inline void
stay_here(void)
{
	thread_set_affinity(thread_current(), BIT(cpu_id()));
}

static inline void
go_anywhere(void)
{
	thread_set_affinity(thread_current(), BIT(cpu_count()) - 1);
}

/* Free pages, once the heap has given back what it does not need. */
static inline size_t
free_pages_now(void)
{
	slab_trim();
	return page_free_count();
}

/* The same numbers in the same order each time. */
static inline uint32_t
test_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}
