/* brk_moves.c - the program break grows, shrinks and gives zeroed memory.
 *
 * Layer: tests/user   Source: brk(2)
 *
 * The raw call returns the new break, or the old one if it cannot move.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *
break_set(char *to)
{
	return (char *)syscall(SYS_brk, to);
}

static bool
is_zero(const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (from[i] != 0)
			return false;
	return true;
}

static void
touch_above_break(void)
{
	char *now = break_set(NULL);
	char *page = (char *)(((uintptr_t)now + PAGE - 1) & -PAGE);

	*(volatile char *)page = 1;
}

int
main(int argc, char **argv)
{
	char *start;

	(void)argc;
	test_begin(argv);
	start = break_set(NULL);
	HOLDS(start != NULL);
	HOLDS(break_set(NULL) == start);
	HOLDS(break_set(start + 10 * PAGE) == start + 10 * PAGE);
	HOLDS(is_zero(start, 10 * PAGE));
	memset(start, 'x', 10 * PAGE);
	HOLDS(break_set(start + 5 * PAGE) == start + 5 * PAGE);
	HOLDS(start[5 * PAGE - 1] == 'x');
	HOLDS(break_set(start + 10 * PAGE) == start + 10 * PAGE);
	HOLDS(is_zero(start + 6 * PAGE, 4 * PAGE));
	HOLDS(start[5 * PAGE - 1] == 'x');
	HOLDS(break_set(start + 10 * PAGE + 1) == start + 10 * PAGE + 1);
	HOLDS(break_set((char *)1) == start + 10 * PAGE + 1);
	HOLDS(break_set((char *)-PAGE) == start + 10 * PAGE + 1);
	STATUS(child_run(touch_above_break));
	HOLDS(break_set(start) == start);
	STATUS(child_run(touch_above_break));
	return test_end();
}
