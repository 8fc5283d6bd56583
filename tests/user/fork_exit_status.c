/* fork_exit_status.c - what a parent learns of its child's end.
 *
 * Layer: tests/user   Source: fork(2), _exit(2), wait(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int
status_of(int code)
{
	pid_t pid = child_fork();

	if (pid == 0)
		_exit(code);
	return child_wait(pid);
}

static int
death_by(int number)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		raise(number);
		_exit(0);
	}
	return child_wait(pid);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	STATUS(status_of(0));
	STATUS(status_of(1));
	STATUS(status_of(255));
	STATUS(status_of(256));
	STATUS(status_of(-1));
	STATUS(status_of(0x1234));
	STATUS(death_by(SIGHUP));
	STATUS(death_by(SIGKILL));
	STATUS(death_by(SIGTERM));
	STATUS(death_by(SIGUSR1));
	STATUS(death_by(SIGSEGV));
	STATUS(death_by(SIGCHLD));
	STATUS(death_by(SIGURG));
	STATUS(death_by(SIGWINCH));
	STATUS(death_by(SIGCONT));
	STATUS(child_wait(-1));
	return test_end();
}
