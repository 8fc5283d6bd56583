/* thread_local_storage.c - _Thread_local, thread-specific data, detached
 * threads, and the stacks of threads.
 *
 * Layer: tests/user   Source: clone(2), CLONE_SETTLS; pthread_key_create(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>
#include <semaphore.h>

#define THREADS	10

static _Thread_local int number = -1;
static _Thread_local char block[2 * PAGE];
static _Thread_local int own_errno_ok;
static pthread_key_t key;
static int destroyed;
static sem_t done;

static void
destroy(void *value)
{
	__atomic_add_fetch(&destroyed, (int)(intptr_t)value, __ATOMIC_RELAXED);
}

static void *
worker(void *argument)
{
	intptr_t self = (intptr_t)argument;
	volatile char deep[16 * PAGE];
	long wrong = number != -1;

	number = (int)self;
	memset(block, (int)self, sizeof block);
	memset((char *)deep, (int)self, sizeof deep);
	pthread_setspecific(key, (void *)self);
	for (int i = 0; i < 20; i++) {
		errno = (int)self + 1;
		sched_yield();
		own_errno_ok += errno == (int)self + 1;
		wrong += number != self || deep[i * 100] != self;
		for (size_t j = 0; j < sizeof block; j++)
			wrong += block[j] != self;
	}
	wrong += own_errno_ok != 20;
	wrong += pthread_getspecific(key) != (void *)self;
	return (void *)wrong;
}

static void *
detached(void *argument)
{
	pthread_detach(pthread_self());
	sem_post(&done);
	return argument;
}

static void *
small_stack(void *argument)
{
	volatile char local[8 * 1024];

	local[0] = 1;
	local[sizeof local - 1] = 2;
	(void)argument;
	return (void *)(intptr_t)(local[0] + local[sizeof local - 1]);
}

int
main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	pthread_attr_t attributes;
	long wrong = 0;
	void *result;

	(void)argc;
	test_begin(argv);
	ERROR(pthread_key_create(&key, destroy));
	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		wrong += (long)result;
	}
	VALUE(wrong);
	VALUE(destroyed);
	VALUE(number == -1);
	sem_init(&done, 0, 0);
	for (int i = 0; i < 50; i++)
		pthread_create(&threads[0], NULL, detached, NULL);
	for (int i = 0; i < 50; i++)
		sem_wait(&done);
	pthread_attr_init(&attributes);
	ERROR(pthread_attr_setstacksize(&attributes, 32 * 1024));
	ERROR(pthread_create(&threads[0], &attributes, small_stack, NULL));
	ERROR(pthread_join(threads[0], &result));
	VALUE((long)result);
	return test_end();
}
