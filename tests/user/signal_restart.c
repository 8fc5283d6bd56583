/* signal_restart.c - which sleeping calls go on after a handler.
 *
 * Layer: tests/user   Source: signal(7), "Interruption of system calls"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;
static pid_t sleeper;

static void
on_alarm(int number)
{
	(void)number;
	count++;
}

/* Ends the child that wait waits for, so a restarted wait returns. */
static void
on_alarm_kill(int number)
{
	(void)number;
	if (++count == 4)
		kill(sleeper, SIGTERM);
}

static pid_t
child_sleeping(void)
{
	pid_t pid = child_fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void
waiting(void)
{
	int status = 0;
	siginfo_t info;

	sleeper = child_sleeping();
	signal_handle(SIGALRM, on_alarm, 0);
	pester(10);
	VALUE(waitpid(sleeper, &status, 0));
	VALUE(waitid(P_PID, (id_t)sleeper, &info, WEXITED));
	count = 0;
	signal_handle(SIGALRM, on_alarm_kill, SA_RESTART);
	HOLDS(waitpid(sleeper, &status, 0) == sleeper);
	pester(0);
	STATUS(status);
}

/* These never restart, whatever the flag. */
static void
never(void)
{
	struct timespec length = { 10, 0 };
	sigset_t empty;

	sigemptyset(&empty);
	signal_handle(SIGALRM, on_alarm, SA_RESTART);
	pester(10);
	VALUE(pause());
	VALUE(sigsuspend(&empty));
	VALUE(nanosleep(&length, NULL));
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL));
	VALUE(poll(NULL, 0, 10000));
	VALUE(select(0, NULL, NULL, NULL, NULL));
	pester(0);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	waiting();
	never();
	return test_end();
}
