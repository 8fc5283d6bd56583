/* select_sets.c - select and pselect6: sets, times, errors.
 *
 * Layer: tests/user   Source: select(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/select.h>

static int ends[2];

static void
sets_show(const fd_set *in, const fd_set *out)
{
	printf("readable:");
	for (int fd = 0; fd < 64; fd++)
		if (FD_ISSET(fd, in))
			printf(" %d", fd);
	printf(" writable:");
	for (int fd = 0; fd < 64; fd++)
		if (FD_ISSET(fd, out))
			printf(" %d", fd);
	printf("\n");
}

static int
both(struct timeval *timeout)
{
	fd_set in;
	fd_set out;
	int n;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(ends[0], &in);
	FD_SET(ends[1], &out);
	n = select(64, &in, &out, NULL, timeout);
	if (n >= 0)
		sets_show(&in, &out);
	return n;
}

static void
states(void)
{
	static char block[65536];
	struct timeval none = { 0, 0 };

	VALUE(both(NULL));
	VALUE(write(ends[1], block, 1));
	VALUE(both(NULL));
	VALUE(write(ends[1], block, sizeof block - 1));
	VALUE(both(&none));
	VALUE(read(ends[0], block, sizeof block));
	VALUE(both(&none));
}

static void
times(void)
{
	struct timeval timeout = { 0, 30000 };
	struct timespec fine = { 0, 20000000 };
	long start = now_ms();
	fd_set in;

	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	VALUE(select(ends[0] + 1, &in, NULL, NULL, &timeout));
	HOLDS(now_ms() - start >= 30);
	HOLDS(!FD_ISSET(ends[0], &in));
	start = now_ms();
	VALUE(pselect(0, NULL, NULL, NULL, &fine, NULL));
	HOLDS(now_ms() - start >= 20);
	timeout = (struct timeval){ 0, 20000 };
	start = now_ms();
	VALUE(syscall(SYS_select, 0, NULL, NULL, NULL, &timeout));
	HOLDS(now_ms() - start >= 20);
	VALUE(timeout.tv_usec);
}

static void
errors(void)
{
	struct timeval negative = { -1, 0 };
	struct timespec bad_fine = { 0, 1000000000 };
	struct timeval none = { 0, 0 };
	fd_set in;

	FD_ZERO(&in);
	FD_SET(50, &in);
	VALUE(select(51, &in, NULL, NULL, &none));
	VALUE(select(50, &in, NULL, NULL, &none));
	VALUE(syscall(SYS_select, -1, &in, NULL, NULL, &none));
	VALUE(syscall(SYS_select, 0, NULL, NULL, NULL, &negative));
	VALUE(syscall(SYS_select, 1, bad_pointer, NULL, NULL, &none));
	VALUE(syscall(SYS_select, 1, NULL, bad_pointer, NULL, &none));
	VALUE(syscall(SYS_select, 0, NULL, NULL, NULL, bad_pointer));
	VALUE(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &bad_fine, NULL));
	VALUE(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &none, bad_pointer));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	states();
	times();
	errors();
	return test_end();
}
