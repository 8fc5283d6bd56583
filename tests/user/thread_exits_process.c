/* thread_exits_process.c - exit, death and exec from a thread end or replace
 * the whole process, whatever its other threads do.
 *
 * Layer: tests/user   Source: exit_group(2), execve(2), pthreads(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

static int ends[2];

static void *
sleep_in_read(void *argument)
{
	char byte;

	(void)!read(ends[0], &byte, 1);
	return argument;
}

static void *
spin(void *argument)
{
	for (volatile long i = 0;; i++)
		continue;
	return argument;
}

static void *
sleep_long(void *argument)
{
	for (;;)
		pause();
	return argument;
}

static void *
call_exit(void *argument)
{
	(void)argument;
	sleep_ms(5);
	_exit(33);
}

static void *
fault(void *argument)
{
	sleep_ms(5);
	*(volatile char *)bad_pointer = 1;
	return argument;
}

static void *
execute(void *argument)
{
	char *arguments[] = { "exec", "by a thread", NULL };

	(void)argument;
	sleep_ms(5);
	execve(test_self, arguments, environ);
	_exit(100);
}

/* A child with threads of every kind; LAST ends it. */
static int
process_with(void *(*last)(void *))
{
	pthread_t thread;

	if (child_fork() == 0) {
		if (pipe(ends) != 0)
			_exit(101);
		pthread_create(&thread, NULL, sleep_in_read, NULL);
		pthread_create(&thread, NULL, spin, NULL);
		pthread_create(&thread, NULL, sleep_long, NULL);
		pthread_create(&thread, NULL, last, NULL);
		pthread_join(thread, NULL);
		_exit(102);
	}
	return child_wait(-1);
}

static void *
remain(void *argument)
{
	sleep_ms(20);
	_exit((int)(intptr_t)argument);
}

/* The first thread may leave; the process ends with the last one.  Only done
 * in a program that was executed: musl 1.2.3 has a fault after fork. */
static _Noreturn void
leave_first(void *(*last)(void *))
{
	pthread_t thread;

	pthread_create(&thread, NULL, last, (void *)44);
	pthread_exit(NULL);
}

static int
executed_with(char *what)
{
	char *arguments[] = { "exec", what, NULL };

	if (child_fork() == 0) {
		execve(test_self, arguments, environ);
		_exit(100);
	}
	return child_wait(-1);
}

static void *
end_quietly(void *argument)
{
	sleep_ms(10);
	return argument;
}

static int
main_returns(void)
{
	pthread_t thread;

	if (child_fork() == 0) {
		pthread_create(&thread, NULL, spin, NULL);
		pthread_create(&thread, NULL, sleep_long, NULL);
		_exit(55);
	}
	return child_wait(-1);
}

static int
killed_from_outside(void)
{
	pthread_t thread;
	pid_t pid = child_fork();

	if (pid == 0) {
		pthread_create(&thread, NULL, spin, NULL);
		pthread_create(&thread, NULL, sleep_long, NULL);
		pause();
	}
	sleep_ms(10);
	kill(pid, SIGTERM);
	return child_wait(pid);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "first thread leaves") == 0)
		leave_first(remain);
	if (argc > 1 && strcmp(argv[1], "all threads leave") == 0)
		leave_first(end_quietly);
	if (argc > 1) {
		printf("executed %s, %s\n", argv[1],
		    syscall(SYS_gettid) == getpid() ? "first thread" :
		    "other thread");
		return 66;
	}
	test_begin(argv);
	STATUS(process_with(call_exit));
	STATUS(process_with(fault));
	STATUS(process_with(execute));
	STATUS(executed_with("first thread leaves"));
	STATUS(executed_with("all threads leave"));
	STATUS(main_returns());
	STATUS(killed_from_outside());
	return test_end();
}
