/* vfork_shares_memory.c - the parent waits until the child execs or exits,
 * and sees what the child stored.
 *
 * Layer: tests/user   Source: vfork(2), clone(2), posix_spawn(3), system(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <spawn.h>

static volatile int shared;

static void
child_exits(void)
{
	pid_t pid;

	fflush(NULL);
	pid = vfork();
	if (pid == 0) {
		shared = 1;
		for (volatile int i = 0; i < 1000000; i++)
			continue;
		shared = 2;
		_exit(5);
	}
	VALUE(shared);
	STATUS(child_wait(pid));
}

static void
child_executes(void)
{
	char *const arguments[] = { "exec", "exit", NULL };
	int seen;
	pid_t pid;

	fflush(NULL);
	pid = vfork();
	if (pid == 0) {
		shared = 3;
		execve(test_self, arguments, environ);
		_exit(100);
	}
	seen = shared;
	STATUS(child_wait(pid));
	VALUE(seen);
}

static void
child_is_killed(void)
{
	pid_t pid;

	fflush(NULL);
	pid = vfork();
	if (pid == 0) {
		shared = 4;
		kill(getpid(), SIGKILL);
	}
	VALUE(shared);
	STATUS(child_wait(pid));
}

static void
spawned(void)
{
	char *arguments[] = { "exec", "exit", NULL };
	int error;
	pid_t pid;

	fflush(NULL);
	error = posix_spawn(&pid, test_self, NULL, NULL, arguments, environ);
	STATUS(child_wait(pid));
	ERROR(error);
	ERROR(posix_spawn(&pid, "no", NULL, NULL, arguments, environ));
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		printf("executed\n");
		return 7;
	}
	test_begin(argv);
	child_exits();
	child_executes();
	child_is_killed();
	spawned();
	return test_end();
}
