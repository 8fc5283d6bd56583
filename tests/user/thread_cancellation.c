/* thread_cancellation.c - threads are cancelled in sleep, in read, between
 * calls, and not while they refuse.
 *
 * Layer: tests/user   Source: pthread_cancel(3), tkill(2), futex(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

static int ends[2];
static int cleaned;
static volatile bool started;

static void
clean_up(void *argument)
{
	cleaned += *(int *)argument;
}

static void *
sleeper(void *argument)
{
	pthread_cleanup_push(clean_up, argument);
	started = true;
	for (;;)
		sleep(100);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
reader(void *argument)
{
	char byte;

	pthread_cleanup_push(clean_up, argument);
	started = true;
	(void)!read(ends[0], &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
spinner(void *argument)
{
	pthread_cleanup_push(clean_up, argument);
	started = true;
	for (;;)
		pthread_testcancel();
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
asynchronous(void *argument)
{
	int old;

	pthread_cleanup_push(clean_up, argument);
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	started = true;
	for (;;)
		continue;
	pthread_cleanup_pop(0);
	return NULL;
}

static void *
refusing(void *argument)
{
	int old;

	(void)argument;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	started = true;
	sleep_ms(30);
	return "finished";
}

static const char *
cancel(void *(*function)(void *), long delay_ms)
{
	static int one = 1;
	pthread_t thread;
	void *result;

	started = false;
	pthread_create(&thread, NULL, function, &one);
	while (!started)
		sched_yield();
	sleep_ms(delay_ms);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	return result == PTHREAD_CANCELED ? "cancelled" : result;
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	printf("sleeper: %s\n", cancel(sleeper, 10));
	printf("sleeper at once: %s\n", cancel(sleeper, 0));
	printf("reader: %s\n", cancel(reader, 10));
	printf("reader at once: %s\n", cancel(reader, 0));
	printf("spinner: %s\n", cancel(spinner, 5));
	printf("asynchronous: %s\n", cancel(asynchronous, 5));
	printf("refusing: %s\n", cancel(refusing, 0));
	VALUE(cleaned);
	return test_end();
}
