/* close_many.c - close_range.
 *
 * Layer: tests/user   Source: close_range(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define CLOEXEC	4	/* CLOSE_RANGE_CLOEXEC */

static void
open_show(void)
{
	printf("open:");
	for (int fd = 3; fd < 32; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d%s", fd, fcntl(fd, F_GETFD) != 0 ? "c" : "");
	printf("\n");
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	for (int fd = 3; fd < 20; fd++)
		if (dup2(0, fd) != fd)
			printf("dup2 failed\n");
	open_show();
	CALL(syscall(SYS_close_range, 5, 7, 0));
	open_show();
	CALL(syscall(SYS_close_range, 5, 8, 0));
	open_show();
	CALL(syscall(SYS_close_range, 10, 12, CLOEXEC));
	open_show();
	CALL(syscall(SYS_close_range, 18, ~0U, 0));
	open_show();
	CALL(syscall(SYS_close_range, 9, 8, 0));
	CALL(syscall(SYS_close_range, 3, 4, 1 << 20));
	CALL(syscall(SYS_close_range, 100, 200, 0));
	open_show();
	return test_end();
}
