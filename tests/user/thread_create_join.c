/* thread_create_join.c - threads start, share memory, and give a result.
 *
 * Layer: tests/user   Source: clone(2), futex(2), pthread_create(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define THREADS	16

static int shared[THREADS];
static _Thread_local int own = 5;
static pid_t process;

static void *
worker(void *argument)
{
	intptr_t index = (intptr_t)argument;

	if (own != 5 || getpid() != process)
		return NULL;
	own += (int)index;
	sched_yield();
	shared[index] = own;
	return (void *)(index * 10);
}

static void *
leaver(void *argument)
{
	pthread_exit(argument);
}

int
main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	void *result;
	int sum = 0;

	(void)argc;
	test_begin(argv);
	process = getpid();
	for (intptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *)i) != 0)
			printf("pthread_create failed\n");
	for (int i = 0; i < THREADS; i++) {
		if (pthread_join(threads[i], &result) != 0)
			printf("pthread_join failed\n");
		printf("thread %d: result %ld, shared %d\n", i, (long)result,
		    shared[i]);
	}
	VALUE(own);
	ERROR(pthread_create(&threads[0], NULL, leaver, "left"));
	ERROR(pthread_join(threads[0], &result));
	printf("%s\n", (char *)result);
	for (int i = 0; i < 100; i++) {
		pthread_create(&threads[0], NULL, worker, (void *)1);
		sum += pthread_join(threads[0], NULL);
	}
	VALUE(sum);
	return test_end();
}
