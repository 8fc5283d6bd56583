/* futex_operations.c - the futex calls themselves: wait, wake, bitset,
 * requeue, their errors and time-outs.
 *
 * Layer: tests/user   Source: futex(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

/* The operations, as in Linux's linux/futex.h. */
#define FUTEX_WAIT			0
#define FUTEX_WAKE			1
#define FUTEX_CMP_REQUEUE		4
#define FUTEX_WAIT_BITSET		9
#define FUTEX_WAKE_BITSET		10
#define FUTEX_PRIVATE			128
#define FUTEX_CLOCK_REALTIME		256
#define FUTEX_WAIT_PRIVATE		(0 | FUTEX_PRIVATE)
#define FUTEX_WAKE_PRIVATE		(1 | FUTEX_PRIVATE)
#define FUTEX_REQUEUE_PRIVATE		(3 | FUTEX_PRIVATE)
#define FUTEX_CMP_REQUEUE_PRIVATE	(4 | FUTEX_PRIVATE)
#define FUTEX_WAIT_BITSET_PRIVATE	(9 | FUTEX_PRIVATE)
#define FUTEX_WAKE_BITSET_PRIVATE	(10 | FUTEX_PRIVATE)
#define FUTEX_BITSET_MATCH_ANY		0xffffffff

#define WAITERS	4

static uint32_t word;
static uint32_t other;
static uint32_t woken;
static uint32_t ready;

static long
futex(uint32_t *at, int operation, uint32_t value, const void *timeout,
    uint32_t *second, uint32_t third)
{
	return syscall(SYS_futex, at, operation, value, timeout, second,
	    third);
}

static void
immediate(void)
{
	struct timespec short_time = { 0, 20000000 };
	struct timespec wrong = { 0, 1000000000 };
	struct timespec until;
	long start = now_ms();

	word = 5;
	VALUE(futex(&word, FUTEX_WAIT, 6, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT, 5, &short_time, NULL, 0));
	HOLDS(now_ms() - start >= 20);
	VALUE(futex(&word, FUTEX_WAIT_PRIVATE, 5, &wrong, NULL, 0));
	VALUE(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
	clock_gettime(CLOCK_MONOTONIC, &until);
	VALUE(futex(&word, FUTEX_WAIT_BITSET, 5, &until, NULL, 1));
	clock_gettime(CLOCK_REALTIME, &until);
	VALUE(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &until,
	    NULL, 1));
	VALUE(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAKE_BITSET, 5, NULL, NULL, 0));
	VALUE(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 5, NULL, NULL,
	    0));
	VALUE(futex((uint32_t *)((char *)&word + 1), FUTEX_WAKE, 1, NULL, NULL,
	    0));
	VALUE(futex(bad_pointer, FUTEX_WAIT, 5, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_WAIT, 5, bad_pointer, NULL, 0));
	VALUE(futex(&word, 99, 5, NULL, NULL, 0));
	VALUE(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &other, 6));
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
interrupted(void)
{
	signal_handle(SIGALRM, on_alarm, 0);
	pester(10);
	VALUE(futex(&word, FUTEX_WAIT, 5, NULL, NULL, 0));
	pester(0);
}

/* Sleeps on word with its own bit; the bit is its argument. */
static void *
waiter(void *argument)
{
	__atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
	while (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 5, NULL, NULL,
	    (uint32_t)(uintptr_t)argument) != 0)
		continue;
	__atomic_add_fetch(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Wakes with BITS until COUNT threads in all have woken: those that do not
 * sleep yet are found by a later try.  Returns the sum of the answers. */
static long
wake(uint32_t *at, uint32_t bits, uint32_t count)
{
	long sum = 0;

	while (__atomic_load_n(&woken, __ATOMIC_SEQ_CST) < count) {
		sum += futex(at, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL,
		    bits);
		sched_yield();
	}
	return sum;
}

static void
by_bits(void)
{
	pthread_t threads[WAITERS];

	word = 5;
	for (uintptr_t i = 0; i < WAITERS; i++)
		pthread_create(&threads[i], NULL, waiter, (void *)(1UL << i));
	VALUE(wake(&word, 1 << 2, 1));
	pthread_join(threads[2], NULL);
	VALUE(wake(&word, 1 << 0 | 1 << 3, 3));
	pthread_join(threads[0], NULL);
	pthread_join(threads[3], NULL);
	VALUE(wake(&word, FUTEX_BITSET_MATCH_ANY, 4));
	pthread_join(threads[1], NULL);
}

/* All waiters of word move to other, where they are woken. */
static void
requeued(void)
{
	pthread_t threads[WAITERS];
	long moved = 0;

	woken = 0;
	for (int i = 0; i < WAITERS; i++)
		pthread_create(&threads[i], NULL, waiter,
		    (void *)(uintptr_t)FUTEX_BITSET_MATCH_ANY);
	while (moved < WAITERS) {
		moved += futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 0,
		    (void *)(long)INT_MAX, &other, 5);
		sched_yield();
	}
	VALUE(moved);
	VALUE(futex(&word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
	VALUE(futex(&other, FUTEX_WAKE_PRIVATE, 3, NULL, NULL, 0));
	VALUE(futex(&other, FUTEX_REQUEUE_PRIVATE, 1, (void *)1, &word, 0));
	for (int i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	VALUE(woken);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	immediate();
	interrupted();
	by_bits();
	requeued();
	return test_end();
}
