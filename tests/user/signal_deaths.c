/* signal_deaths.c - what an exception or signal without a handler does.
 *
 * Layer: tests/user   Source: signal(7), "Standard signals"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int current;

static void
raise_current(void)
{
	raise(current);
}

static void
block_then_fault(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	*(volatile char *)bad_pointer = 1;
}

static void
ignore_then_fault(void)
{
	signal(SIGSEGV, SIG_IGN);
	*(volatile char *)bad_pointer = 1;
}

static void
fault_again(int number)
{
	(void)number;
	*(volatile char *)bad_pointer = 1;
}

static void
fault_in_handler(void)
{
	signal_handle(SIGSEGV, fault_again, 0);
	*(volatile char *)bad_pointer = 1;
}

/* The handler's frame cannot be written: the stack pointer is wild. */
static void
wild_stack(void)
{
	signal_handle(SIGSEGV, fault_again, 0);
	__asm__ volatile("mov $16, %%rsp\n\tpush %%rax" : : : "memory");
}

static void
divide(void)
{
	int zero = 0;

	__asm__ volatile("idivl %0" : : "r"(zero), "a"(1), "d"(0));
}

static void
undefined(void)
{
	__asm__ volatile("ud2");
}

static void
breakpoint(void)
{
	__asm__ volatile("int3");
}

static void
aborting(void)
{
	abort();
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	for (current = 1; current < 32; current++) {
		if (current == SIGSTOP || current == SIGTSTP ||
		    current == SIGTTIN || current == SIGTTOU)
			continue;
		printf("%s: ", signal_name(current));
		STATUS(child_run(raise_current));
	}
	current = 40;
	HOLDS(WTERMSIG(child_run(raise_current)) == 40);
	STATUS(child_run(block_then_fault));
	STATUS(child_run(ignore_then_fault));
	STATUS(child_run(fault_in_handler));
	STATUS(child_run(wild_stack));
	STATUS(child_run(divide));
	STATUS(child_run(undefined));
	STATUS(child_run(breakpoint));
	STATUS(child_run(aborting));
	return test_end();
}
