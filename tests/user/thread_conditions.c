/* thread_conditions.c - condition variables: a bounded queue, broadcast,
 * timed waits.
 *
 * Layer: tests/user   Source: pthread_cond_wait(3), futex(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define ITEMS	2000
#define ROOM	4
#define WAITERS	8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t gate = PTHREAD_COND_INITIALIZER;
static int queue[ROOM];
static int length;
static bool gate_open;
static int waiting;

static void
put(int item)
{
	pthread_mutex_lock(&lock);
	while (length == ROOM)
		pthread_cond_wait(&not_full, &lock);
	queue[length++] = item;
	pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&lock);
}

static int
get(void)
{
	int item;

	pthread_mutex_lock(&lock);
	while (length == 0)
		pthread_cond_wait(&not_empty, &lock);
	item = queue[--length];
	pthread_cond_signal(&not_full);
	pthread_mutex_unlock(&lock);
	return item;
}

static void *
producer(void *argument)
{
	for (int i = 0; i < ITEMS; i++)
		put((int)(intptr_t)argument);
	put(0);
	return NULL;
}

static void *
consumer(void *argument)
{
	long sum = 0;
	int item;

	(void)argument;
	while ((item = get()) != 0)
		sum += item;
	return (void *)sum;
}

static void
bounded_queue(void)
{
	pthread_t threads[4];
	void *sum;
	long total = 0;

	pthread_create(&threads[0], NULL, producer, (void *)1);
	pthread_create(&threads[1], NULL, producer, (void *)10);
	pthread_create(&threads[2], NULL, consumer, NULL);
	pthread_create(&threads[3], NULL, consumer, NULL);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &sum);
		total += (long)sum;
	}
	while (length > 0)
		total += get();
	VALUE(total);
}

static void *
wait_at_gate(void *argument)
{
	pthread_mutex_lock(&lock);
	waiting++;
	while (!gate_open)
		pthread_cond_wait(&gate, &lock);
	waiting--;
	pthread_mutex_unlock(&lock);
	return argument;
}

static void
broadcast(void)
{
	pthread_t threads[WAITERS];
	int arrived = 0;

	for (int i = 0; i < WAITERS; i++)
		pthread_create(&threads[i], NULL, wait_at_gate, NULL);
	while (arrived < WAITERS) {
		pthread_mutex_lock(&lock);
		arrived = waiting;
		pthread_mutex_unlock(&lock);
		sched_yield();
	}
	pthread_mutex_lock(&lock);
	gate_open = true;
	pthread_cond_broadcast(&gate);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	VALUE(waiting);
}

static void
timed(void)
{
	struct timespec until;
	long start = now_ms();

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 30000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&lock);
	ERROR(pthread_cond_timedwait(&not_empty, &lock, &until));
	ERROR(pthread_cond_timedwait(&not_empty, &lock, &until));
	pthread_mutex_unlock(&lock);
	HOLDS(now_ms() - start >= 29);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	bounded_queue();
	broadcast();
	timed();
	return test_end();
}
