/* process_groups.c - setpgid and getpgid, and signals to a group.
 *
 * Layer: tests/user   Source: setpgid(2), kill(2)
 *
 * The test runs in a child that leads a session of its own.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;

static void
on_signal(int number)
{
	(void)number;
	count++;
}

static pid_t
child_pausing(void)
{
	pid_t pid = child_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void
moving(void)
{
	pid_t self = getpid();
	pid_t one = child_pausing();
	pid_t two = child_pausing();

	HOLDS(syscall(SYS_getpgrp) == self && getsid(0) == self);
	HOLDS(getpgid(one) == self && getpgid(0) == self);
	CALL(setpgid(one, 0));
	HOLDS(getpgid(one) == one);
	CALL(setpgid(two, one));
	HOLDS(getpgid(two) == one);
	CALL(setpgid(0, one));
	CALL(setpgid(two, INT_MAX));
	CALL(setpgid(two, -1));
	CALL(setpgid(INT_MAX, 0));
	CALL(setpgid(getppid(), 0));
	CALL(syscall(SYS_getpgid, INT_MAX));
	CALL(syscall(SYS_getpgid, -1));
	CALL(getsid(INT_MAX));
	HOLDS(getsid(two) == self);
	CALL(kill(-one, SIGTERM));
	STATUS(child_wait(one));
	STATUS(child_wait(two));
	CALL(kill(-one, 0));
}

/* After its exec a child can no longer be moved by its parent. */
static void
after_exec(void)
{
	char *arguments[] = { "exec", "pause", NULL };
	int ends[2];
	char byte;
	pid_t pid;

	CALL(pipe(ends));
	pid = child_fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execve(test_self, arguments, environ);
		_exit(100);
	}
	VALUE(read(ends[0], &byte, 1));
	CALL(setpgid(pid, 0));
	CALL(kill(pid, SIGTERM));
	STATUS(child_wait(pid));
}

static void
other_session(void)
{
	int ends[2];
	char byte;
	pid_t pid;

	CALL(pipe(ends));
	pid = child_fork();
	if (pid == 0) {
		setsid();
		(void)!write(ends[1], "x", 1);
		for (;;)
			pause();
	}
	VALUE(read(ends[0], &byte, 1));
	CALL(setpgid(pid, 0));
	HOLDS(getsid(pid) == pid && getpgid(pid) == pid);
	CALL(kill(pid, SIGTERM));
	STATUS(child_wait(pid));
}

/* kill(0) reaches every process of the group, the sender too. */
static void
own_group(void)
{
	pid_t pid;

	signal_handle(SIGUSR1, on_signal, 0);
	pid = child_fork();
	if (pid == 0) {
		while (count == 0)
			sched_yield();
		_exit(count);
	}
	CALL(kill(0, SIGUSR1));
	VALUE(count);
	STATUS(child_wait(pid));
}

static void
in_session(void)
{
	HOLDS(setsid() == getpid());
	CALL(setsid());
	CALL(setpgid(0, 0));
	moving();
	after_exec();
	other_session();
	own_group();
}

int
main(int argc, char **argv)
{
	if (argc > 1) {
		(void)!write(STDOUT_FILENO, "x", 1);
		for (;;)
			pause();
	}
	test_begin(argv);
	STATUS(child_run(in_session));
	return test_end();
}
