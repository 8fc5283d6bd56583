/* pipe_blocking.c - a full pipe stops its writer, an empty one its reader,
 * and all bytes arrive in order.
 *
 * Layer: tests/user   Source: pipe(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define TOTAL	300000

static unsigned char
byte_at(int position)
{
	return (unsigned char)(position * 31 + position / 251);
}

static void
writer(int fd)
{
	static unsigned char block[100000];
	int position = 0;

	while (position < TOTAL) {
		for (int i = 0; i < (int)sizeof block; i++)
			block[i] = byte_at(position + i);
		if (write(fd, block, sizeof block) != sizeof block)
			_exit(1);
		position += (int)sizeof block;
	}
	_exit(0);
}

/* Reads to the end in pieces of BYTES; returns the wrong bytes, or -1. */
static int
reader(int fd, int bytes)
{
	static unsigned char block[70000];
	int position = 0;
	int wrong = 0;
	ssize_t n;

	while ((n = read(fd, block, (size_t)bytes)) > 0)
		for (int i = 0; i < n; i++)
			wrong += block[i] != byte_at(position++);
	return position == TOTAL ? wrong : -1;
}

static int
transfer(int bytes)
{
	int ends[2];
	int wrong;

	if (pipe(ends) != 0)
		return -1;
	if (child_fork() == 0) {
		close(ends[0]);
		writer(ends[1]);
	}
	close(ends[1]);
	wrong = reader(ends[0], bytes);
	close(ends[0]);
	STATUS(child_wait(-1));
	return wrong;
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	VALUE(transfer(70000));
	VALUE(transfer(4096));
	VALUE(transfer(4095));
	VALUE(transfer(100));
	return test_end();
}
