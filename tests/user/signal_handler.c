/* signal_handler.c - a handler runs, with its mask, and the program goes on.
 *
 * Layer: tests/user   Source: sigaction(2), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;
static volatile sig_atomic_t last;
static volatile sig_atomic_t depth;
static volatile sig_atomic_t deepest;

static void
on_signal(int number)
{
	count++;
	last = number;
}

/* Raises its own signal: with the signal blocked the second comes later. */
static void
on_nested(int number)
{
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (count++ == 0)
		raise(number);
	depth--;
}

static void
nested(int flags)
{
	count = depth = deepest = 0;
	signal_handle(SIGUSR1, on_nested, flags);
	raise(SIGUSR1);
	VALUE(count);
	VALUE(deepest);
}

static void
one_shot(void)
{
	struct sigaction now;

	count = 0;
	signal_handle(SIGUSR1, on_signal, SA_RESETHAND);
	raise(SIGUSR1);
	VALUE(count);
	CALL(sigaction(SIGUSR1, NULL, &now));
	HOLDS(now.sa_handler == SIG_DFL);
}

static void
mask_in_handler(int number)
{
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	VALUE(sigismember(&mask, number));
	VALUE(sigismember(&mask, SIGUSR1));
	VALUE(sigismember(&mask, SIGUSR2));
	VALUE(sigismember(&mask, SIGHUP));
}

static void
masks(void)
{
	struct sigaction action = { .sa_handler = mask_in_handler };
	sigset_t mask;

	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGUSR2);
	CALL(sigaction(SIGTERM, &action, NULL));
	raise(SIGTERM);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	VALUE(sigismember(&mask, SIGTERM));
	VALUE(sigismember(&mask, SIGUSR2));
}

int
main(int argc, char **argv)
{
	struct sigaction old;

	(void)argc;
	test_begin(argv);
	signal_handle(SIGUSR2, on_signal, 0);
	CALL(kill(getpid(), SIGUSR2));
	VALUE(count);
	HOLDS(last == SIGUSR2);
	CALL(raise(SIGUSR2));
	VALUE(count);
	CALL(sigaction(SIGUSR2, NULL, &old));
	HOLDS(old.sa_handler == on_signal);
	nested(0);
	nested(SA_NODEFER);
	one_shot();
	masks();
	signal(SIGTERM, SIG_IGN);
	CALL(raise(SIGTERM));
	printf("still here\n");
	return test_end();
}
