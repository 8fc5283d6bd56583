/* readv_writev.c - scattered and gathered input and output.
 *
 * Layer: tests/user   Source: readv(2), IOV_MAX in limits.h
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/uio.h>

static void
transfers(int fd)
{
	char a[3];
	char b[8];
	struct iovec out[4] = {
		{ "one", 3 }, { NULL, 0 }, { "two", 3 }, { "three", 5 },
	};
	struct iovec in[3] = { { a, sizeof a }, { NULL, 0 }, { b, sizeof b } };

	VALUE(writev(fd, out, 4));
	VALUE(writev(fd, out, 0));
	VALUE(writev(fd, out, 1));
	file_show("file");
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(readv(fd, in, 3));
	printf("read \"%.3s\" \"%.8s\"\n", a, b);
	VALUE(readv(fd, in, 3));
	VALUE(readv(fd, in, 3));
	VALUE(readv(fd, in, 0));
}

static void
errors(int fd)
{
	static struct iovec many[IOV_MAX + 1];
	char byte = 'b';
	struct iovec huge[2] = { { &byte, SSIZE_MAX }, { &byte, 1 } };
	struct iovec negative = { &byte, (size_t)-1 };
	struct iovec bad = { bad_pointer, 1 };

	for (int i = 0; i <= IOV_MAX; i++)
		many[i] = (struct iovec){ &byte, 1 };
	VALUE(writev(fd, many, IOV_MAX));
	VALUE(writev(fd, many, IOV_MAX + 1));
	VALUE(writev(fd, many, -1));
	VALUE(readv(fd, many, IOV_MAX + 1));
	VALUE(readv(fd, many, -1));
	VALUE(writev(fd, &negative, 1));
	VALUE(readv(fd, &negative, 1));
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(readv(fd, bad_pointer, 1));
	VALUE(writev(fd, bad_pointer, 1));
	VALUE(readv(fd, &bad, 1));
	VALUE(writev(fd, &bad, 1));
	VALUE(readv(99, huge, 1));
	VALUE(writev(99, huge, 1));
}

/* A vector arrives in a pipe as one record. */
static void
through_a_pipe(void)
{
	char buffer[16] = "";
	struct iovec out[2] = { { "ab", 2 }, { "cd", 2 } };
	struct iovec in[2] = { { buffer, 1 }, { buffer + 1, 8 } };
	int ends[2];

	CALL(pipe(ends));
	VALUE(writev(ends[1], out, 2));
	VALUE(readv(ends[0], in, 2));
	printf("read \"%s\"\n", buffer);
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	transfers(fd);
	errors(fd);
	through_a_pipe();
	return test_end();
}
