/* pipe_nonblocking.c - O_NONBLOCK: EAGAIN, partial and atomic writes.
 *
 * Layer: tests/user   Source: pipe(7), write(2)
 *
 * With n <= PIPE_BUF all is written or EAGAIN; with more, what fits.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define CAPACITY	65536

static char block[2 * CAPACITY];

static long
drain(int fd)
{
	long sum = 0;
	ssize_t n;

	while ((n = read(fd, block, sizeof block)) > 0)
		sum += n;
	return sum;
}

int
main(int argc, char **argv)
{
	int ends[2];

	(void)argc;
	test_begin(argv);
	CALL(pipe2(ends, O_NONBLOCK | O_CLOEXEC));
	HOLDS((fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
	HOLDS((fcntl(ends[1], F_GETFL) & O_NONBLOCK) != 0);
	VALUE(fcntl(ends[0], F_GETFD));
	VALUE(fcntl(ends[0], F_GETPIPE_SZ));
	VALUE(read(ends[0], block, 1));
	VALUE(write(ends[1], block, sizeof block));
	VALUE(write(ends[1], block, 1));
	VALUE(write(ends[1], block, PIPE_BUF));
	VALUE(write(ends[1], block, 0));
	VALUE(read(ends[0], block, PIPE_BUF));
	VALUE(write(ends[1], block, PIPE_BUF));
	VALUE(write(ends[1], block, 1));
	VALUE(drain(ends[0]));
	VALUE(write(ends[1], block, CAPACITY - PIPE_BUF));
	VALUE(write(ends[1], block, 1));
	VALUE(write(ends[1], block, PIPE_BUF));
	VALUE(drain(ends[0]));
	VALUE(write(ends[1], block, CAPACITY));
	VALUE(write(ends[1], block, CAPACITY));
	VALUE(drain(ends[0]));
	VALUE(read(ends[0], block, 1));
	CALL(close(ends[1]));
	VALUE(read(ends[0], block, 1));
	return test_end();
}
