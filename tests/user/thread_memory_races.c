/* thread_memory_races.c - threads fault on the same pages, map, unmap, protect
 * and fork at the same time.
 *
 * Layer: tests/user   Source: mmap(2), mprotect(2), fork(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define THREADS	4
#define PAGES	256

static uint32_t *shared;
static pthread_barrier_t barrier;

/* Every thread adds to a word of every page; all fault on it together. */
static void *
touch_all(void *argument)
{
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < PAGES; i++)
		__atomic_add_fetch(&shared[i * PAGE / 4], 1, __ATOMIC_RELAXED);
	return argument;
}

static void *
map_and_unmap(void *argument)
{
	long wrong = 0;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 40; i++) {
		char *map = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (int j = 0; j < 8; j++)
			wrong += map[j * PAGE] != 0;
		memset(map, (int)(intptr_t)argument + 1, 8 * PAGE);
		mprotect(map + 2 * PAGE, PAGE, PROT_READ);
		wrong += map[2 * PAGE] != (int)(intptr_t)argument + 1;
		munmap(map, 8 * PAGE);
	}
	return (void *)wrong;
}

static void *
fork_often(void *argument)
{
	long wrong = 0;

	(void)argument;
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 10; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			shared[1] = 99;
			_exit(shared[0] >= THREADS ? 0 : 1);
		}
		wrong += child_wait(pid) != 0;
	}
	return (void *)wrong;
}

static void *
grow_a_word(void *argument)
{
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 5000; i++)
		__atomic_add_fetch(&shared[2], 1, __ATOMIC_RELAXED);
	return argument;
}

/* Runs the functions in THREADS threads; returns the sum of the results. */
static long
run(void *(*const functions[THREADS])(void *))
{
	pthread_t threads[THREADS];
	long sum = 0;
	void *result;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, functions[i], NULL);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	return sum;
}

int
main(int argc, char **argv)
{
	void *(*const touchers[])(void *) = {
		touch_all, touch_all, touch_all, touch_all
	};
	void *(*const mixed[])(void *) = {
		map_and_unmap, fork_often, grow_a_word, map_and_unmap
	};
	int wrong = 0;

	(void)argc;
	test_begin(argv);
	pthread_barrier_init(&barrier, NULL, THREADS);
	CALL(shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	VALUE(run(touchers));
	for (int i = 0; i < PAGES; i++)
		wrong += shared[i * PAGE / 4] != THREADS;
	VALUE(wrong);
	VALUE(run(mixed));
	VALUE(shared[1]);
	VALUE(shared[2]);
	return test_end();
}
