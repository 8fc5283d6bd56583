/* pipe_eof.c - a reader sees the end when the last writer is gone, not before.
 *
 * Layer: tests/user   Source: pipe(2), pipe(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
one_process(void)
{
	char buffer[8];
	int ends[2];
	int other;

	CALL(pipe(ends));
	VALUE(write(ends[1], "abc", 3));
	other = CALL(dup(ends[1]));
	CALL(close(ends[1]));
	VALUE(read(ends[0], buffer, 2));
	CALL(fcntl(ends[0], F_SETFL, O_NONBLOCK));
	VALUE(read(ends[0], buffer, sizeof buffer));
	VALUE(read(ends[0], buffer, sizeof buffer));
	CALL(close(other));
	VALUE(read(ends[0], buffer, sizeof buffer));
	VALUE(read(ends[0], buffer, sizeof buffer));
	VALUE(read(ends[0], buffer, 0));
	close(ends[0]);
}

static void
writer_dies(void)
{
	char buffer[8];
	int ends[2];
	pid_t pid;

	CALL(pipe(ends));
	pid = child_fork();
	if (pid == 0) {
		close(ends[0]);
		sleep_ms(20);
		if (write(ends[1], "last", 4) != 4)
			_exit(1);
		sleep_ms(20);
		_exit(0);
	}
	close(ends[1]);
	VALUE(read(ends[0], buffer, sizeof buffer));
	VALUE(read(ends[0], buffer, sizeof buffer));
	STATUS(child_wait(pid));
	close(ends[0]);
}

static void
writer_is_killed(void)
{
	char buffer[8];
	int ends[2];
	pid_t pid;

	CALL(pipe(ends));
	pid = child_fork();
	if (pid == 0)
		for (;;)
			pause();
	close(ends[1]);
	CALL(kill(pid, SIGKILL));
	VALUE(read(ends[0], buffer, sizeof buffer));
	STATUS(child_wait(pid));
	close(ends[0]);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	one_process();
	writer_dies();
	writer_is_killed();
	return test_end();
}
