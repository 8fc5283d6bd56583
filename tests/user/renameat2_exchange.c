/* renameat2_exchange.c - two names change places in one step.
 *
 * Layer: tests/user   Source: rename(2), RENAME_EXCHANGE
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define EXCHANGE	2

static int
exchange(const char *a, const char *b, unsigned more)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b,
	    EXCHANGE | more);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("a", "was a");
	file_make("b", "was b");
	CALL(mkdir("d", 0755));
	file_make("d/inner", "inner");
	CALL(exchange("a", "b", 0));
	file_show("a");
	file_show("b");
	CALL(exchange("a", "d", 0));
	file_show("d");
	file_show("a/inner");
	CALL(exchange("a", "a/inner", 0));
	CALL(exchange("a/inner", "a", 0));
	CALL(exchange("a", "no", 0));
	CALL(exchange("no", "a", 0));
	CALL(exchange("b", "b", 0));
	CALL(exchange("b", "d", 1));
	dir_show(".");
	return test_end();
}
