/* thread_rwlocks_and_barriers.c - read-write locks, barriers, semaphores,
 * once.
 *
 * Layer: tests/user   Source: pthread_rwlock_rdlock(3),
 *                             pthread_barrier_wait(3), sem_wait(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>
#include <semaphore.h>

#define THREADS	5
#define ROUNDS	50

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static sem_t semaphore;
static int pair[2];
static int round_of[THREADS];
static int torn;
static int serials;
static int inits;

static void
initialize(void)
{
	inits++;
}

static void *
read_and_write(void *argument)
{
	intptr_t self = (intptr_t)argument;

	pthread_once(&once, initialize);
	for (int i = 0; i < 300; i++)
		if (self == 0) {
			pthread_rwlock_wrlock(&rwlock);
			pair[0]++;
			sched_yield();
			pair[1]++;
			pthread_rwlock_unlock(&rwlock);
		} else {
			pthread_rwlock_rdlock(&rwlock);
			if (pair[0] != pair[1])
				__atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
			pthread_rwlock_unlock(&rwlock);
		}
	return NULL;
}

/* Between two barriers all threads are in the same round. */
static void *
march(void *argument)
{
	intptr_t self = (intptr_t)argument;

	for (int i = 0; i < ROUNDS; i++) {
		round_of[self] = i;
		if (pthread_barrier_wait(&barrier) ==
		    PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&serials, 1, __ATOMIC_RELAXED);
		for (int j = 0; j < THREADS; j++)
			if (round_of[j] != i)
				__atomic_add_fetch(&torn, 1, __ATOMIC_RELAXED);
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void *
post(void *argument)
{
	for (int i = 0; i < 100; i++)
		sem_post(&semaphore);
	return argument;
}

static void
run(void *(*function)(void *))
{
	pthread_t threads[THREADS];

	for (intptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, function, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void
semaphores(void)
{
	pthread_t thread;
	struct timespec past = { 1, 0 };
	int value;

	CALL(sem_init(&semaphore, 0, 0));
	CALL(sem_trywait(&semaphore));
	CALL(sem_timedwait(&semaphore, &past));
	pthread_create(&thread, NULL, post, NULL);
	for (int i = 0; i < 100; i++)
		sem_wait(&semaphore);
	pthread_join(thread, NULL);
	CALL(sem_getvalue(&semaphore, &value));
	VALUE(value);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	run(read_and_write);
	VALUE(pair[0]);
	VALUE(torn);
	VALUE(inits);
	ERROR(pthread_rwlock_wrlock(&rwlock));
	ERROR(pthread_rwlock_tryrdlock(&rwlock));
	ERROR(pthread_rwlock_unlock(&rwlock));
	ERROR(pthread_barrier_init(&barrier, NULL, THREADS));
	run(march);
	VALUE(serials);
	VALUE(torn);
	semaphores();
	return test_end();
}
