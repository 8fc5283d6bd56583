/* poll_timeouts.c - poll and ppoll: how long they wait and what wakes them.
 *
 * Layer: tests/user   Source: poll(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int ends[2];

static long
ppoll_call(struct pollfd *fds, long count, const void *timeout)
{
	return syscall(SYS_ppoll, fds, count, timeout, NULL, 8);
}

static void
waiting(void)
{
	struct pollfd p = { ends[0], POLLIN, 0 };
	struct timespec short_time = { 0, 20000000 };
	struct timespec no_time = { 0, 0 };
	long start = now_ms();

	VALUE(poll(&p, 1, 0));
	VALUE(poll(&p, 1, 30));
	HOLDS(now_ms() - start >= 30);
	start = now_ms();
	VALUE(poll(NULL, 0, 20));
	HOLDS(now_ms() - start >= 20);
	start = now_ms();
	VALUE(ppoll(&p, 1, &short_time, NULL));
	HOLDS(now_ms() - start >= 20);
	HOLDS(short_time.tv_nsec == 20000000);
	VALUE(ppoll(&p, 1, &no_time, NULL));
}

static void
waking(void)
{
	struct pollfd p[3] = {
		{ ends[0], POLLIN, 7 }, { -1, POLLIN, 7 }, { 99, POLLIN, 7 }
	};
	char byte;

	if (child_fork() == 0) {
		sleep_ms(20);
		_exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
	}
	VALUE(poll(p, 2, -1));
	VALUE(p[0].revents);
	VALUE(p[1].revents);
	STATUS(child_wait(-1));
	VALUE(poll(p, 3, -1));
	VALUE(p[2].revents);
	VALUE(read(ends[0], &byte, 1));
	p[0].events = 0;
	VALUE(poll(p, 2, 0));
}

/* One process waits for room, another makes it. */
static void
room(void)
{
	static char block[65536];
	struct pollfd p = { ends[1], POLLOUT, 0 };

	VALUE(write(ends[1], block, sizeof block));
	VALUE(poll(&p, 1, 10));
	if (child_fork() == 0) {
		sleep_ms(20);
		_exit(read(ends[0], block, sizeof block) == 65536 ? 0 : 1);
	}
	VALUE(poll(&p, 1, -1));
	VALUE(p.revents);
	STATUS(child_wait(-1));
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
errors(void)
{
	struct pollfd p = { ends[0], POLLIN, 0 };
	struct timespec negative = { -1, 0 };
	struct timespec too_many = { 0, 1000000000 };
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	VALUE(syscall(SYS_poll, bad_pointer, 1, 0));
	VALUE(syscall(SYS_poll, &p, limit.rlim_cur + 1, 0));
	VALUE(ppoll_call(bad_pointer, 1, &too_many));
	VALUE(ppoll_call(&p, 1, &negative));
	VALUE(ppoll_call(&p, 1, &too_many));
	VALUE(ppoll_call(&p, 1, bad_pointer));
	VALUE(syscall(SYS_ppoll, &p, 1, NULL, bad_pointer, 8));
	VALUE(syscall(SYS_ppoll, &p, 1, NULL, &negative, 4));
	signal_handle(SIGALRM, on_alarm, SA_RESTART);
	pester(10);
	VALUE(poll(&p, 1, -1));
	VALUE(ppoll(&p, 1, NULL, NULL));
	pester(0);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	waiting();
	waking();
	room();
	errors();
	return test_end();
}
