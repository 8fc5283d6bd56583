/* close_and_lowest.c - close, and the rule of the lowest free descriptor.
 *
 * Layer: tests/user   Source: close(2), open(2), dup(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	VALUE(open("/dev/null", O_RDONLY));
	VALUE(open("/dev/null", O_RDONLY));
	VALUE(open("/dev/null", O_RDONLY));
	CALL(close(4));
	CALL(close(4));
	VALUE(dup(3));
	VALUE(dup(3));
	CALL(close(3));
	VALUE(open(".", O_RDONLY));
	CALL(close(0));
	VALUE(dup(1));
	CALL(close(-1));
	CALL(close(INT_MAX));
	CALL(close(99));
	return test_end();
}
