/* signal_pending.c - blocked signals wait, once each, and are then taken.
 *
 * Layer: tests/user   Source: sigprocmask(2), sigpending(2), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int order[8];
static volatile sig_atomic_t count;

static void
on_signal(int number)
{
	if (count < 8)
		order[count] = number;
	count++;
}

static void
pending_show(void)
{
	sigset_t set;

	sigpending(&set);
	printf("pending:");
	for (int i = 1; i < 32; i++)
		if (sigismember(&set, i) == 1)
			printf(" %s", signal_name(i));
	printf("\n");
}

static void
mask_show(void)
{
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("blocked:");
	for (int i = 1; i < 32; i++)
		if (sigismember(&set, i) == 1)
			printf(" %s", signal_name(i));
	printf("\n");
}

int
main(int argc, char **argv)
{
	sigset_t set;
	sigset_t old;

	(void)argc;
	test_begin(argv);
	signal_handle(SIGUSR1, on_signal, 0);
	signal_handle(SIGUSR2, on_signal, 0);
	sigfillset(&set);
	CALL(sigprocmask(SIG_SETMASK, &set, &old));
	HOLDS(sigismember(&old, SIGUSR1) == 0);
	sigprocmask(SIG_SETMASK, NULL, &set);
	HOLDS(sigismember(&set, SIGKILL) == 0);
	HOLDS(sigismember(&set, SIGSTOP) == 0);
	CALL(sigprocmask(SIG_SETMASK, &old, NULL));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	CALL(sigprocmask(SIG_BLOCK, &set, NULL));
	mask_show();
	raise(SIGUSR1);
	raise(SIGUSR1);
	kill(getpid(), SIGUSR2);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGTERM);
	VALUE(count);
	pending_show();
	signal(SIGTERM, SIG_IGN);
	pending_show();
	raise(SIGTERM);
	pending_show();
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CALL(sigprocmask(SIG_UNBLOCK, &set, NULL));
	VALUE(count);
	HOLDS(order[0] == SIGUSR1);
	mask_show();
	pending_show();
	sigemptyset(&set);
	CALL(sigprocmask(SIG_SETMASK, &set, NULL));
	VALUE(count);
	HOLDS(order[1] == SIGUSR2);
	pending_show();
	return test_end();
}
