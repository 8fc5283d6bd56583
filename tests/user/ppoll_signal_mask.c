/* ppoll_signal_mask.c - ppoll and pselect wait with another mask, atomically.
 *
 * Layer: tests/user   Source: poll(2), select(2)
 *
 * A blocked and pending signal is taken inside the call, which then gives
 * EINTR; afterwards the old mask holds again.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/select.h>

static volatile sig_atomic_t count;

static void
on_signal(int number)
{
	(void)number;
	count++;
}

static bool
is_blocked(void)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, SIGUSR1) == 1;
}

int
main(int argc, char **argv)
{
	struct timespec no_time = { 0, 0 };
	sigset_t block;
	sigset_t empty;
	fd_set set;
	struct pollfd p;
	int ends[2];

	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	p = (struct pollfd){ ends[0], POLLIN, 0 };
	sigemptyset(&empty);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	signal_handle(SIGUSR1, on_signal, 0);
	CALL(sigprocmask(SIG_BLOCK, &block, NULL));
	raise(SIGUSR1);
	VALUE(count);
	VALUE(ppoll(&p, 1, &no_time, NULL));
	VALUE(count);
	VALUE(ppoll(&p, 1, NULL, &empty));
	VALUE(count);
	HOLDS(is_blocked());
	raise(SIGUSR1);
	VALUE(count);
	FD_ZERO(&set);
	FD_SET(ends[0], &set);
	VALUE(pselect(ends[0] + 1, &set, NULL, NULL, NULL, &empty));
	VALUE(count);
	HOLDS(is_blocked());
	VALUE(write(ends[1], "x", 1));
	VALUE(ppoll(&p, 1, NULL, &empty));
	VALUE(p.revents);
	HOLDS(is_blocked());
	return test_end();
}
