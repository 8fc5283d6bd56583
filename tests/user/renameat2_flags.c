/* renameat2_flags.c - rename relative to descriptors, and RENAME_NOREPLACE.
 *
 * Layer: tests/user   Source: rename(2), renameat2(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int
renameat2_call(int from, const char *old, int to, const char *new,
    unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

#define NOREPLACE	1

int
main(int argc, char **argv)
{
	int one;
	int two;

	(void)argc;
	test_begin(argv);
	file_make("a", "a");
	file_make("b", "b");
	CALL(mkdir("one", 0755));
	CALL(mkdir("two", 0755));
	one = CALL(open("one", O_RDONLY));
	two = CALL(open("two", O_RDONLY));
	CALL(renameat(AT_FDCWD, "a", one, "a"));
	CALL(renameat(one, "a", two, "a"));
	CALL(renameat(one, "a", two, "a"));
	CALL(renameat(99, "a", two, "x"));
	CALL(renameat(two, "a", 99, "x"));
	CALL(renameat(99, test_dir, two, "x"));
	CALL(renameat(two, bad_pointer, one, "x"));
	CALL(renameat(two, "a", one, bad_pointer));
	CALL(renameat2_call(two, "a", AT_FDCWD, "b", NOREPLACE));
	CALL(renameat2_call(two, "a", AT_FDCWD, "a", NOREPLACE));
	CALL(renameat2_call(AT_FDCWD, "one", AT_FDCWD, "two", NOREPLACE));
	CALL(renameat2_call(AT_FDCWD, "a", AT_FDCWD, "a", NOREPLACE));
	CALL(renameat2_call(AT_FDCWD, "no", AT_FDCWD, "x", NOREPLACE));
	CALL(renameat2_call(AT_FDCWD, "a", AT_FDCWD, "b", 1 << 20));
	CALL(renameat2_call(AT_FDCWD, "a", AT_FDCWD, "b", 0));
	file_show("b");
	dir_show(".");
	return test_end();
}
