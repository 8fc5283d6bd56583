/* vectors_with_flags.c - preadv2 and pwritev2: flags, and offset -1.
 *
 * Layer: tests/user   Source: readv(2), "preadv2() and pwritev2()"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/uio.h>

static long
preadv2_call(int fd, struct iovec *v, int count, long offset, int flags)
{
	return syscall(SYS_preadv2, fd, v, count, offset, 0L, flags);
}

static long
pwritev2_call(int fd, struct iovec *v, int count, long offset, int flags)
{
	return syscall(SYS_pwritev2, fd, v, count, offset, 0L, flags);
}

int
main(int argc, char **argv)
{
	char a[4] = "";
	char b[4] = "";
	struct iovec in[2] = { { a, 2 }, { b, 3 } };
	struct iovec out[2] = { { "ab", 2 }, { "cde", 3 } };
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	VALUE(pwritev2_call(fd, out, 2, 3, 0));
	VALUE(pwritev2_call(fd, out, 1, -1, 0));
	VALUE(lseek(fd, 0, SEEK_CUR));
	file_show("file");
	VALUE(preadv2_call(fd, in, 2, 3, 0));
	printf("read \"%s\" \"%s\"\n", a, b);
	VALUE(preadv2_call(fd, in, 2, -1, 0));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(preadv2_call(fd, in, 2, 0, 1 << 30));
	VALUE(preadv2_call(fd, in, 2, -2, 0));
	VALUE(preadv2_call(99, in, 2, 0, 0));
	VALUE(pwritev2_call(99, out, 2, 0, 0));
	VALUE(preadv2_call(fd, bad_pointer, 2, 0, 0));
	return test_end();
}
