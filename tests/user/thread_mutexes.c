/* thread_mutexes.c - mutexes of every kind, contended and misused.
 *
 * Layer: tests/user   Source: pthread_mutex_lock(3), futex(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define THREADS	6
#define ROUNDS	2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *
count(void *argument)
{
	(void)argument;
	for (int i = 0; i < ROUNDS; i++) {
		long now;

		pthread_mutex_lock(&lock);
		now = counter;
		if (i % 16 == 0)
			sched_yield();
		counter = now + 1;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void
contended(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	VALUE(counter);
}

static void *
try_from_outside(void *argument)
{
	struct timespec past = { 1, 0 };

	ERROR(pthread_mutex_trylock(argument));
	ERROR(pthread_mutex_timedlock(argument, &past));
	ERROR(pthread_mutex_unlock(argument));
	return NULL;
}

static void
of_kind(int kind)
{
	pthread_mutexattr_t attribute;
	pthread_mutex_t mutex;
	pthread_t thread;

	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_settype(&attribute, kind);
	pthread_mutex_init(&mutex, &attribute);
	ERROR(pthread_mutex_unlock(&mutex));
	ERROR(pthread_mutex_lock(&mutex));
	ERROR(pthread_mutex_lock(&mutex));
	pthread_create(&thread, NULL, try_from_outside, &mutex);
	pthread_join(thread, NULL);
	ERROR(pthread_mutex_unlock(&mutex));
	ERROR(pthread_mutex_unlock(&mutex));
}

static void *
hold_for_a_while(void *argument)
{
	(void)argument;
	pthread_mutex_lock(&lock);
	counter = 1;
	sleep_ms(50);
	counter = 2;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void
waits(void)
{
	pthread_t thread;
	struct timespec until;

	counter = 0;
	pthread_create(&thread, NULL, hold_for_a_while, NULL);
	while (*(volatile long *)&counter == 0)
		sched_yield();
	clock_gettime(CLOCK_REALTIME, &until);
	ERROR(pthread_mutex_timedlock(&lock, &until));
	ERROR(pthread_mutex_lock(&lock));
	VALUE(counter);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	contended();
	of_kind(PTHREAD_MUTEX_ERRORCHECK);
	of_kind(PTHREAD_MUTEX_RECURSIVE);
	waits();
	return test_end();
}
