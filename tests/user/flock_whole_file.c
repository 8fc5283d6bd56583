/* flock_whole_file.c - flock: shared and exclusive, by open file.
 *
 * Layer: tests/user   Source: flock(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/file.h>

int
main(int argc, char **argv)
{
	int a;
	int b;
	int same;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	a = CALL(open("file", O_RDONLY));
	b = CALL(open("file", O_RDONLY));
	same = CALL(dup(a));
	CALL(flock(a, LOCK_SH | LOCK_NB));
	CALL(flock(b, LOCK_SH | LOCK_NB));
	CALL(flock(b, LOCK_EX | LOCK_NB));
	CALL(flock(b, LOCK_UN));
	CALL(flock(a, LOCK_EX | LOCK_NB));
	CALL(flock(b, LOCK_SH | LOCK_NB));
	CALL(flock(same, LOCK_EX | LOCK_NB));
	CALL(close(a));
	CALL(flock(b, LOCK_SH | LOCK_NB));
	CALL(close(same));
	CALL(flock(b, LOCK_EX | LOCK_NB));
	CALL(flock(b, 0));
	CALL(flock(99, LOCK_SH));
	return test_end();
}
