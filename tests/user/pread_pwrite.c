/* pread_pwrite.c - positioned input and output leaves the offset alone.
 *
 * Layer: tests/user   Source: pread(2), readv(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/uio.h>

static void
plain(int fd)
{
	char buffer[16] = "";

	VALUE(pwrite(fd, "0123456789", 10, 0));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(pwrite(fd, "AB", 2, 4));
	VALUE(pread(fd, buffer, 4, 3));
	printf("read \"%s\"\n", buffer);
	VALUE(pread(fd, buffer, 16, 8));
	VALUE(pread(fd, buffer, 16, 10));
	VALUE(pread(fd, buffer, 16, 1000));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(pwrite(fd, "end", 3, 20));
	file_show("file");
}

static void
vectors(int fd)
{
	char a[4] = "";
	char b[4] = "";
	struct iovec in[2] = { { a, 3 }, { b, 3 } };
	struct iovec out[2] = { { "xy", 2 }, { "z", 1 } };

	VALUE(preadv(fd, in, 2, 1));
	printf("read \"%s\" \"%s\"\n", a, b);
	VALUE(pwritev(fd, out, 2, 7));
	VALUE(preadv(fd, in, 2, 19));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(preadv(fd, in, 2, -1));
	VALUE(pwritev(fd, out, 2, -1));
	VALUE(preadv(99, in, 2, 0));
	VALUE(pwritev(99, out, 2, 0));
	VALUE(preadv(fd, bad_pointer, 2, 0));
	VALUE(pwritev(fd, bad_pointer, 2, 0));
	file_show("file");
}

static void
errors(int fd)
{
	char byte;
	int ends[2];
	int reader = CALL(open("file", O_RDONLY));

	VALUE(pread(fd, &byte, 1, -1));
	VALUE(pwrite(fd, &byte, 1, -1));
	VALUE(pread(fd, bad_pointer, 1, 0));
	VALUE(pwrite(fd, bad_pointer, 1, 0));
	VALUE(pread(99, &byte, 1, 0));
	VALUE(pwrite(99, &byte, 1, 0));
	VALUE(pwrite(reader, &byte, 1, 0));
	CALL(pipe(ends));
	VALUE(pread(ends[0], &byte, 1, 0));
	VALUE(pwrite(ends[1], &byte, 1, 0));
	close(ends[0]);
	close(ends[1]);
	close(reader);
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	plain(fd);
	vectors(fd);
	errors(fd);
	return test_end();
}
