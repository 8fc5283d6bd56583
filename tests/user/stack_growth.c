/* stack_growth.c - the stack grows by use, up to its limit.
 *
 * Layer: tests/user   Source: getrlimit(2), RLIMIT_STACK; mmap(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define DEEP	(4 * 1024 * 1024)

static char below;

/* Uses DEPTH bytes of stack, each page of them; returns the pages. */
static int
use(int depth)
{
	volatile char local[PAGE];

	local[0] = 1;
	if (depth <= 0)
		return 1;
	return use(depth - PAGE) + local[0];
}

static void
use_deep(void)
{
	HOLDS(use(DEEP) > DEEP / PAGE);
}

/* One store far below the stack pointer is a stack access as well. */
static void
jump_down(void)
{
	volatile char local[1024 * 1024];

	local[0] = 1;
	below = local[0];
}

static void
limited(void)
{
	struct rlimit limit = { DEEP / 4, DEEP / 4 };

	CALL(setrlimit(RLIMIT_STACK, &limit));
	VALUE(use(DEEP / 8) > 0);
	use(DEEP);
	printf("not reached\n");
}

/* System calls may write into stack that has not been touched yet. */
static void
system_call_grows(void)
{
	char local[64 * PAGE];
	int fd = open("/dev/zero", O_RDONLY);

	VALUE(read(fd, local, sizeof local));
	HOLDS(local[0] == 0 && local[sizeof local - 1] == 0);
}

int
main(int argc, char **argv)
{
	struct rlimit limit = { 2 * DEEP, 2 * DEEP };

	(void)argc;
	test_begin(argv);
	setrlimit(RLIMIT_STACK, &limit);
	STATUS(child_run(use_deep));
	STATUS(child_run(jump_down));
	STATUS(child_run(system_call_grows));
	STATUS(child_run(limited));
	use_deep();
	return test_end();
}
