/* fork_memory.c - after fork each process has its own copy of every page.
 *
 * Layer: tests/user   Source: fork(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PAGES	64

static char data[PAGES][PAGE] = { "initialized data" };
static char bss[PAGES][PAGE];

static void
fill(char (*pages)[PAGE], char c)
{
	for (int i = 0; i < PAGES; i++)
		memset(pages[i], c + i % 8, PAGE);
}

static bool
is_filled(char (*pages)[PAGE], char c)
{
	for (int i = 0; i < PAGES; i++)
		for (int j = 0; j < PAGE; j++)
			if (pages[i][j] != c + i % 8)
				return false;
	return true;
}

/* A chain of forks: each generation checks its parent's pages and makes its
 * own; after the child's end the parent's must be untouched. */
static void
generation(int depth)
{
	char *heap = malloc(sizeof data);
	char stack[3 * PAGE];
	pid_t pid;

	fill(data, (char)('a' + depth));
	fill(bss, (char)('A' + depth));
	fill((char (*)[PAGE])heap, (char)('0' + depth));
	memset(stack, '!' + depth, sizeof stack);
	pid = child_fork();
	if (pid == 0) {
		HOLDS(is_filled(data, (char)('a' + depth)));
		HOLDS(is_filled(bss, (char)('A' + depth)));
		HOLDS(is_filled((char (*)[PAGE])heap, (char)('0' + depth)));
		HOLDS(stack[0] == '!' + depth && stack[PAGE] == stack[0]);
		memset(stack, '?', sizeof stack);
		fill((char (*)[PAGE])heap, '?');
		if (depth < 3)
			generation(depth + 1);
		_exit(depth);
	}
	STATUS(child_wait(pid));
	HOLDS(is_filled(data, (char)('a' + depth)));
	HOLDS(is_filled(bss, (char)('A' + depth)));
	HOLDS(is_filled((char (*)[PAGE])heap, (char)('0' + depth)));
	HOLDS(stack[0] == '!' + depth && stack[PAGE] == stack[0]);
	free(heap);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	generation(0);
	return test_end();
}
