/* vector_positions.c - preadv, pwritev and their second versions.
 *
 * Layer: tests/user   Source: readv(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/uio.h>

static long
preadv_2(int fd, struct iovec *v, int n, long offset, int flags)
{
	return syscall(327, fd, v, n, offset, 0L, flags);
}

static long
pwritev_2(int fd, struct iovec *v, int n, long offset, int flags)
{
	return syscall(328, fd, v, n, offset, 0L, flags);
}

int
main(int argc, char **argv)
{
	char a[4] = "";
	char b[4] = "";
	struct iovec v[2] = { { a, 3 }, { b, 3 } };
	struct iovec bad[2] = { { a, 2 }, { bad_pointer, 3 } };
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	bad[1].iov_base = bad_pointer;
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDWR));
	VALUE(preadv(fd, v, 2, 2));
	printf("%s %s\n", a, b);
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(preadv(fd, v, 2, 8));
	VALUE(preadv(fd, v, 2, 10));
	VALUE(pwritev(fd, v, 2, 12));
	VALUE(lseek(fd, 0, SEEK_END));
	VALUE(preadv(fd, v, 2, -1));
	VALUE(preadv(fd, v, -1, 0));
	VALUE(preadv(fd, v, 1025, 0));
	VALUE(preadv(fd, bad, 2, 0));
	VALUE(preadv(99, v, 2, 0));
	CALL(pipe(ends));
	VALUE(preadv(ends[0], v, 2, 0));
	VALUE(pwritev(ends[1], v, 2, 0));

	VALUE(lseek(fd, 1, SEEK_SET));
	VALUE(preadv_2(fd, v, 2, -1, 0));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(pwritev_2(fd, v, 1, 0, 0));
	VALUE(preadv_2(fd, v, 1, 0, 0x4000));
	return test_end();
}
