/* thread_robust_mutex.c - the owner of a mutex dies, as thread or as process.
 *
 * Layer: tests/user   Source: get_robust_list(2), pthread_mutex_consistent(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

static pthread_mutex_t *mutex;

static void
mutex_make(void)
{
	pthread_mutexattr_t attribute;

	pthread_mutexattr_init(&attribute);
	pthread_mutexattr_setrobust(&attribute, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attribute, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(mutex, &attribute);
}

static void *
die_holding(void *argument)
{
	pthread_mutex_lock(mutex);
	return argument;
}

static void
kill_holding(void)
{
	pthread_mutex_lock(mutex);
	kill(getpid(), SIGKILL);
}

/* The parent already sleeps in the lock when its owner dies. */
static void
dies_while_waited_for(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	CALL(pipe(ends));
	pid = child_fork();
	if (pid == 0) {
		pthread_mutex_lock(mutex);
		(void)!write(ends[1], "x", 1);
		sleep_ms(40);
		_exit(0);
	}
	VALUE(read(ends[0], &byte, 1));
	ERROR(pthread_mutex_lock(mutex));
	ERROR(pthread_mutex_consistent(mutex));
	ERROR(pthread_mutex_unlock(mutex));
	STATUS(child_wait(pid));
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	void *head;
	size_t bytes;

	(void)argc;
	test_begin(argv);
	CALL(mutex = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	mutex_make();
	pthread_create(&thread, NULL, die_holding, NULL);
	pthread_join(thread, NULL);
	ERROR(pthread_mutex_lock(mutex));
	ERROR(pthread_mutex_consistent(mutex));
	ERROR(pthread_mutex_unlock(mutex));
	ERROR(pthread_mutex_lock(mutex));
	ERROR(pthread_mutex_unlock(mutex));
	STATUS(child_run(kill_holding));
	ERROR(pthread_mutex_trylock(mutex));
	ERROR(pthread_mutex_unlock(mutex));
	ERROR(pthread_mutex_lock(mutex));
	mutex_make();
	dies_while_waited_for();
	CALL(syscall(SYS_get_robust_list, 0, &head, &bytes));
	VALUE(bytes);
	CALL(syscall(SYS_get_robust_list, INT_MAX, &head, &bytes));
	CALL(syscall(SYS_get_robust_list, 0, bad_pointer, &bytes));
	CALL(syscall(SYS_get_robust_list, 0, &head, bad_pointer));
	CALL(syscall(SYS_set_robust_list, head, 5));
	return test_end();
}
