/* thread_shared_state.c - what threads share: descriptors, directory, umask,
 * handlers, memory maps, identity; and fork from a thread.
 *
 * Layer: tests/user   Source: pthreads(7), fork(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

static char *map;

static void
on_signal(int number)
{
	(void)number;
}

static void *
change_all(void *argument)
{
	VALUE(dup2(0, 30));
	CALL(chdir("dir"));
	VALUE(umask(077));
	signal_handle(SIGUSR1, on_signal, 0);
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	map[0] = 'm';
	HOLDS(getpid() != syscall(SYS_gettid));
	return argument;
}

static void *
fork_here(void *argument)
{
	pid_t thread = (pid_t)syscall(SYS_gettid);
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(getpid() == syscall(SYS_gettid) && getpid() != thread &&
		    map[0] == 'm' ? 12 : 13);
	STATUS(child_wait(pid));
	return argument;
}

/* A thread may wait for a child of another thread. */
static void *
wait_here(void *argument)
{
	STATUS(child_wait(*(pid_t *)argument));
	return NULL;
}

static void
run(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, argument) != 0)
		printf("pthread_create failed\n");
	ERROR(pthread_join(thread, NULL));
}

int
main(int argc, char **argv)
{
	struct sigaction action;
	pid_t pid;

	(void)argc;
	test_begin(argv);
	CALL(mkdir("dir", 0755));
	file_make("dir/inside", "here");
	run(change_all, NULL);
	VALUE(fcntl(30, F_GETFD));
	file_show("inside");
	VALUE(umask(022));
	sigaction(SIGUSR1, NULL, &action);
	HOLDS(action.sa_handler == on_signal);
	printf("%c\n", map[0]);
	run(fork_here, NULL);
	pid = child_fork();
	if (pid == 0)
		_exit(14);
	run(wait_here, &pid);
	return test_end();
}
