/* pipe_sizes.c - F_GETPIPE_SZ and F_SETPIPE_SZ.
 *
 * Layer: tests/user   Source: fcntl(2), "Changing the capacity of a pipe"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int ends[2];

/* How many bytes the pipe takes before it is full. */
static long
fill(void)
{
	static char block[PAGE];
	long total = 0;
	ssize_t n;

	while ((n = write(ends[1], block, sizeof block)) > 0)
		total += n;
	return total;
}

static long
drain(long bytes)
{
	static char block[PAGE];
	long total = 0;

	while (total < bytes) {
		ssize_t n = read(ends[0], block, sizeof block);

		if (n <= 0)
			break;
		total += n;
	}
	return total;
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(pipe2(ends, O_NONBLOCK));
	VALUE(fcntl(ends[0], F_GETPIPE_SZ));
	VALUE(fill());
	VALUE(fcntl(ends[1], F_SETPIPE_SZ, PAGE));
	VALUE(fcntl(ends[1], F_SETPIPE_SZ, 128 * 1024));
	VALUE(fcntl(ends[0], F_GETPIPE_SZ));
	VALUE(fill());
	VALUE(drain(128 * 1024));
	VALUE(fcntl(ends[1], F_SETPIPE_SZ, 1));
	VALUE(fill());
	VALUE(drain(1));
	VALUE(fcntl(ends[1], F_SETPIPE_SZ, 5 * PAGE));
	VALUE(fcntl(0, F_GETPIPE_SZ));
	VALUE(fcntl(0, F_SETPIPE_SZ, PAGE));
	VALUE(fcntl(99, F_SETPIPE_SZ, PAGE));
	return test_end();
}
