/* signal_stack.c - handlers on an alternate stack, also after an overflow.
 *
 * Layer: tests/user   Source: sigaltstack(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define BYTES	(16 * PAGE)

static char *stack_memory;
static sigjmp_buf back;
static volatile bool inside;
static volatile int flags_inside;
static volatile int change_error;

static bool
is_on_alternate(const void *address)
{
	const char *at = address;

	return at >= stack_memory && at < stack_memory + BYTES;
}

static void
on_signal(int number)
{
	stack_t now;
	stack_t none = { .ss_flags = SS_DISABLE };
	char local;

	(void)number;
	inside = is_on_alternate(&local);
	sigaltstack(NULL, &now);
	flags_inside = now.ss_flags;
	change_error = sigaltstack(&none, NULL) == 0 ? 0 : errno;
}

static void
on_overflow(int number, siginfo_t *info, void *context)
{
	char local;

	(void)number;
	(void)context;
	inside = is_on_alternate(&local) && info->si_code == SEGV_MAPERR;
	siglongjmp(back, 1);
}

static int
recurse(volatile char *above)
{
	volatile char local[PAGE];

	local[0] = above[0];
	return above[0] != 0 ? 0 : recurse(local) + local[PAGE - 1];
}

static void
overflow(void)
{
	struct sigaction action = { .sa_sigaction = on_overflow };
	volatile char start = 0;

	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	inside = false;
	if (sigsetjmp(back, 1) == 0)
		recurse(&start);
	HOLDS(inside);
}

static void
overflow_without_stack(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	volatile char start = 0;

	sigaltstack(&none, NULL);
	recurse(&start);
}

static void
lower_stack_limit(void)
{
	struct rlimit limit = { 256 * PAGE, 256 * PAGE };

	setrlimit(RLIMIT_STACK, &limit);
}

int
main(int argc, char **argv)
{
	stack_t stack = { .ss_size = BYTES };
	stack_t old;

	(void)argc;
	test_begin(argv);
	lower_stack_limit();
	CALL(stack_memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	stack.ss_sp = stack_memory;
	CALL(sigaltstack(&stack, &old));
	HOLDS(old.ss_flags == SS_DISABLE);
	CALL(sigaltstack(NULL, &old));
	HOLDS(old.ss_sp == stack_memory && old.ss_size == BYTES);
	VALUE(old.ss_flags);
	signal_handle(SIGUSR1, on_signal, SA_ONSTACK);
	raise(SIGUSR1);
	HOLDS(inside);
	VALUE(flags_inside);
	HOLDS(change_error == EPERM);
	signal_handle(SIGUSR1, on_signal, 0);
	sigaltstack(&stack, NULL);
	raise(SIGUSR1);
	HOLDS(inside);
	VALUE(flags_inside);
	HOLDS(change_error == 0);
	sigaltstack(&stack, NULL);
	overflow();
	overflow();
	STATUS(child_run(overflow));
	STATUS(child_run(overflow_without_stack));
	return test_end();
}
