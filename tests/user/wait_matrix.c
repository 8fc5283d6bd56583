/* wait_matrix.c - wait4: whom it waits for, its options and its errors.
 *
 * Layer: tests/user   Source: wait(2), wait4(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static pid_t
child_exiting(int code)
{
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(code);
	return pid;
}

static pid_t
child_pausing(pid_t group)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		setpgid(0, group);
		for (;;)
			pause();
	}
	setpgid(pid, group);
	return pid;
}

static void
errors(void)
{
	int status;
	pid_t pid;

	VALUE(wait(NULL));
	VALUE(waitpid(-1, &status, WNOHANG));
	VALUE(waitpid(getpid(), &status, 0));
	VALUE(waitpid(1, &status, 0));
	VALUE(waitpid(0, &status, 0));
	VALUE(waitpid(-getpid(), &status, 0));
	pid = child_exiting(3);
	VALUE(waitpid(pid, &status, 0x100));
	VALUE(waitpid(INT_MAX, &status, 0));
	HOLDS(waitpid(pid, NULL, 0) == pid);
	VALUE(waitpid(pid, &status, 0));
	pid = child_exiting(3);
	VALUE(wait4(pid, bad_pointer, 0, NULL));
	VALUE(wait4(pid, NULL, 0, NULL));
	pid = child_exiting(3);
	VALUE(wait4(pid, NULL, 0, bad_pointer));
}

static void
by_pid_and_group(void)
{
	struct rusage usage;
	int status;
	pid_t sleeper = child_pausing(0);
	pid_t quick = child_exiting(5);

	VALUE(waitpid(sleeper, &status, WNOHANG));
	HOLDS(waitpid(0, &status, 0) == quick);
	STATUS(status);
	VALUE(waitpid(0, &status, 0));
	VALUE(waitpid(-sleeper, &status, WNOHANG));
	VALUE(waitpid(-1, &status, WNOHANG));
	CALL(kill(sleeper, SIGTERM));
	HOLDS(wait4(-sleeper, &status, 0, &usage) == sleeper);
	STATUS(status);
	HOLDS(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_usec >= 0);
}

static void
any_order(void)
{
	pid_t pids[5];
	int status;
	int sum = 0;

	for (int i = 0; i < 5; i++)
		pids[i] = child_exiting(1 << i);
	HOLDS(waitpid(pids[3], &status, 0) == pids[3]);
	STATUS(status);
	while (wait(&status) > 0)
		sum += WEXITSTATUS(status);
	VALUE(sum);
	VALUE(wait(&status));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	errors();
	by_pid_and_group();
	any_order();
	return test_end();
}
