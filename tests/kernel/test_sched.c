/* test_sched.c - threads, wait queues, mutexes, timers, calls between CPUs.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/ktest.h"
#include "lib/atomic.h"
#include "mm/kthread.h"
#include "sched/clock.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "x86/smp.h"

#define WORKERS 6
#define ROUNDS  2000

static struct mutex mutex = MUTEX_INIT(mutex, "test", RANK_INODE);
static struct waitq turns = WAITQ_INIT(turns, "test turns");
static struct waitq finished = WAITQ_INIT(finished, "test finished");
static unsigned long counter; /* [x mutex] */
static unsigned turn;         /* [a] */
static unsigned done;         /* [a] */

static void
finish(void)
{
	atomic_add(&done, 1);
	waitq_wake_all(&finished);
}

static void
run_workers(void (*fn)(void *arg))
{
	atomic_store(&done, 0);
	for (uintptr_t i = 0; i < WORKERS; i++)
		ktest_check(kthread_create("worker", fn, (void *)i) != NULL);
	wait_event(&finished, atomic_load(&done) == WORKERS);
}

static void
count_up(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		unsigned long seen;

		mutex_lock(&mutex);
		seen = counter;
		if (i % 16 == 0)
			thread_yield(); /* Others run while we hold it. */
		counter = seen + 1;
		mutex_unlock(&mutex);
	}
	finish();
}

KTEST(mutex_excludes_others_while_its_holder_sleeps)
{
	counter = 0;
	run_workers(count_up);
	ktest_check(counter == (unsigned long)WORKERS * ROUNDS);
}

static void
take_turns(void *arg)
{
	uintptr_t id = (uintptr_t)arg;

	for (int i = 0; i < ROUNDS / 10; i++) {
		wait_event(&turns, atomic_load(&turn) % WORKERS == id);
		atomic_add(&turn, 1);
		waitq_wake_all(&turns);
	}
	finish();
}

KTEST(waitq_loses_no_wake_up)
{
	atomic_store(&turn, 0);
	run_workers(take_turns);
	ktest_check(turn == WORKERS * (ROUNDS / 10));
}

KTEST(waitq_gives_up_at_its_deadline)
{
	uint64_t start = clock_ns();
	int err = wait_event_deadline(&turns, false, start + 5 * NS_PER_MSEC);

	ktest_check(err == -ETIMEDOUT);
	ktest_check(clock_ns() - start >= 5 * NS_PER_MSEC);
}

static unsigned fired[3]; /* [a] order of the timers, plus one */
static unsigned fire_count; /* [a] */

static void
note_fire(void *arg)
{
	fired[(uintptr_t)arg] = atomic_add(&fire_count, 1);
}

KTEST(timers_fire_in_order_and_not_after_cancel)
{
	static struct timer timers[3];
	uint64_t now = clock_ns();

	atomic_store(&fire_count, 0);
	fired[0] = fired[1] = fired[2] = 0;
	for (uintptr_t i = 0; i < 3; i++)
		timer_init(&timers[i], note_fire, (void *)i);
	timer_start(&timers[0], now + 4 * NS_PER_MSEC);
	timer_start(&timers[1], now + 2 * NS_PER_MSEC);
	timer_start(&timers[2], now + 3 * NS_PER_MSEC);
	ktest_check(timer_cancel(&timers[2]));
	thread_sleep_until(now + 10 * NS_PER_MSEC, WAIT_UNINTERRUPTIBLE);
	ktest_check(fired[1] == 1 && fired[0] == 2 && fired[2] == 0);
	ktest_check(!timer_cancel(&timers[0]));
}

static void
mark_cpu(void *mask)
{
	atomic_or((uint64_t *)mask, BIT(cpu_id()));
}

KTEST(smp_call_runs_on_every_other_cpu_before_it_returns)
{
	uint64_t all = BIT(cpu_count()) - 1;

	for (int i = 0; i < 100; i++) {
		uint64_t mask = 0;
		uint64_t me = BIT(cpu_id());

		smp_call(all, mark_cpu, &mask);
		ktest_check(atomic_load(&mask) == (all & ~me));
	}
}

static uint64_t visited; /* [a] CPUs on which the thread has run */

static void
visit_cpus(void *unused)
{
	(void)unused;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (thread_set_affinity(thread_current(), BIT(cpu)) == 0 &&
		    cpu_id() == cpu)
			atomic_or(&visited, BIT(cpu));
	}
	finish();
}

KTEST(affinity_moves_a_thread_to_its_cpu)
{
	uint64_t all = BIT(cpu_count()) - 1;

	atomic_store(&visited, 0);
	atomic_store(&done, 0);
	ktest_check(kthread_create("visitor", visit_cpus, NULL) != NULL);
	wait_event(&finished, atomic_load(&done) == 1);
	ktest_check(atomic_load(&visited) == all);
	ktest_check(thread_set_affinity(thread_current(), 0) == -EINVAL);
}
