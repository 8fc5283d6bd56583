/* pipe_interrupted.c - a signal ends a sleep in a pipe, or does not.
 *
 * Layer: tests/user   Source: signal(7), "Interruption of system calls"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;
static int ends[2];

static void
on_alarm(int number)
{
	(void)number;
	count++;
}

/* Only with SA_RESTART: after some signals the read gets its byte. */
static void
on_alarm_feed(int number)
{
	(void)number;
	if (++count == 5)
		(void)!write(ends[1], "x", 1);
}

int
main(int argc, char **argv)
{
	static char block[100000];
	char byte;

	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	signal_handle(SIGALRM, on_alarm, 0);
	pester(10);
	VALUE(read(ends[0], &byte, 1));
	VALUE(write(ends[1], block, sizeof block));
	VALUE(write(ends[1], block, 1));
	pester(0);
	VALUE(read(ends[0], block, sizeof block));
	HOLDS(count > 0);
	count = 0;
	signal_handle(SIGALRM, on_alarm_feed, SA_RESTART);
	pester(10);
	VALUE(read(ends[0], &byte, 1));
	pester(0);
	HOLDS(count >= 5);
	return test_end();
}
