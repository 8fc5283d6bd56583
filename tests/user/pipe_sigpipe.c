/* pipe_sigpipe.c - writing without a reader: SIGPIPE, and EPIPE.
 *
 * Layer: tests/user   Source: pipe(7), write(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int ends[2];
static volatile sig_atomic_t caught;

static void
on_pipe(int number)
{
	(void)number;
	caught++;
}

static void
write_to_nobody(void)
{
	(void)!write(ends[1], "x", 1);
}

/* The reader goes away while the writer sleeps in a full pipe. */
static void
reader_leaves(void)
{
	static char block[65536 + 1];
	int go[2];
	pid_t pid;

	CALL(pipe(ends));
	CALL(pipe(go));
	pid = child_fork();
	if (pid == 0) {
		ssize_t n;

		close(ends[0]);
		(void)!write(go[1], "", 1);
		n = write(ends[1], block, sizeof block);
		_exit(n == -1 && errno == EPIPE ? 1 : n == 65536 ? 2 : 3);
	}
	close(ends[1]);
	VALUE(read(go[0], block, 1));
	sleep_ms(50);
	CALL(close(ends[0]));
	STATUS(child_wait(pid));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	close(ends[0]);
	STATUS(child_run(write_to_nobody));
	signal_handle(SIGPIPE, on_pipe, 0);
	VALUE(write(ends[1], "x", 1));
	VALUE(caught);
	VALUE(write(ends[1], "x", 0));
	VALUE(caught);
	signal(SIGPIPE, SIG_IGN);
	VALUE(write(ends[1], "x", 1));
	VALUE(caught);
	close(ends[1]);
	reader_leaves();
	return test_end();
}
