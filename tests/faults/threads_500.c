/* threads_500.c - five hundred threads live at once in one process.
 *
 * Layer: tests/faults   Source: clone(2), futex(2)
 *
 * Usage: threads_500 [COUNT]
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define COUNT_MAX	5000

static int count = 500;
static int alive;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_alive = PTHREAD_COND_INITIALIZER;
static pthread_cond_t gate = PTHREAD_COND_INITIALIZER;
static bool gate_open;

static void *
worker(void *argument)
{
	volatile char stack[2 * PAGE];

	stack[0] = 1;
	pthread_mutex_lock(&lock);
	if (++alive == count)
		pthread_cond_signal(&all_alive);
	while (!gate_open)
		pthread_cond_wait(&gate, &lock);
	pthread_mutex_unlock(&lock);
	return stack[0] == 1 ? argument : NULL;
}

static void
live_at_once(void)
{
	static pthread_t threads[COUNT_MAX];
	void *result;
	int right = 0;
	int made = 0;

	alive = 0;
	gate_open = false;
	while (made < count && pthread_create(&threads[made], NULL, worker,
	    (void *)(intptr_t)(made + 1)) == 0)
		made++;
	pthread_mutex_lock(&lock);
	while (made == count && alive < count)
		pthread_cond_wait(&all_alive, &lock);
	gate_open = true;
	pthread_cond_broadcast(&gate);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < made; i++) {
		pthread_join(threads[i], &result);
		right += result == (void *)(intptr_t)(i + 1);
	}
	printf("%d alive at once, %d with the right result\n", alive, right);
	expect("all lived and ended", alive == count && right == count);
}

/* The process is killed while all its threads sleep. */
static void
killed_with_threads(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends) != 0)
		return;
	pid = fork();
	if (pid == 0) {
		pthread_t thread;

		gate_open = false;
		alive = 0;
		for (int i = 0; i < count; i++)
			pthread_create(&thread, NULL, worker, NULL);
		(void)!write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	close(ends[1]);
	(void)!read(ends[0], &byte, 1);
	kill(pid, SIGKILL);
	expect("killed with its threads", WIFSIGNALED(child_wait(pid)));
	close(ends[0]);
}

int
main(int argc, char **argv)
{
	test_begin(argv);
	alarm(0);
	if (argc > 1 && atoi(argv[1]) <= COUNT_MAX)
		count = atoi(argv[1]);
	load_run("threads", live_at_once);
	load_run("killed threads", killed_with_threads);
	test_end();
	return failures();
}
