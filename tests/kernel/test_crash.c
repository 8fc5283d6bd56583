/* test_crash.c - ways to die, for test_crash.py to look at the last words.
 *
 * These run only when asked for by name: test=all leaves out what begins with
 * "crash_".
 * SPDX-License-Identifier: MIT */
#include "debug/assert.h"
#include "debug/ktest.h"
#include "debug/printk.h"
#include "mm/kthread.h"
#include "sched/clock.h"
#include "sched/waitq.h"
#include "sync/spinlock.h"

static struct spinlock lock = SPINLOCK_INIT("crash", RANK_LOG);

static int __attribute__((noinline))
crash_recurse(volatile int *depth)
{
	volatile int here = *depth + 1;

	/* The condition keeps the compiler from seeing that it never ends. */
	if (*depth < 0)
		return 0;
	return crash_recurse(&here) + here;
}

static void __attribute__((noinline))
crash_inner(void)
{
	kassert(lock.rank == RANK_PAGE);
}

KTEST(crash_assertion)
{
	pr_debug("the last debug message");
	crash_inner();
	pr_debug("never said"); /* so that the call above is no jump */
}

KTEST(crash_page_fault)
{
	*(volatile int *)PAGE_SIZE = 1;
}

KTEST(crash_jump_to_nowhere)
{
	((void (*)(void))PAGE_SIZE)();
}

KTEST(crash_stack_overflow)
{
	volatile int depth = 0;

	crash_recurse(&depth);
}

KTEST(crash_with_the_locks_of_the_log_held)
{
	spin_lock_irq(&lock);
	panic("nothing may be locked now");
}

KTEST(crash_inside_the_panic)
{
	panic("%s", (const char *)~PAGE_MASK - 1);
}

static void
panic_too(void *unused)
{
	(void)unused;
	thread_sleep_until(100 * NS_PER_MSEC, WAIT_UNINTERRUPTIBLE);
	panic("one of many");
}

KTEST(crash_of_all_cpus_at_once)
{
	for (unsigned i = 0; i < 2 * cpu_count(); i++)
		kthread_create("crash", panic_too, NULL);
	panic_too(NULL);
}
