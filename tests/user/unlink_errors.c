/* unlink_errors.c - unlink and unlinkat: what they remove and what not.
 *
 * Layer: tests/user   Source: unlink(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char name[NAME_MAX + 2];
	int dir;
	int file;

	(void)argc;
	test_begin(argv);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	file_make("file", "text");
	CALL(mkdir("dir", 0755));
	file_make("dir/inner", "text");
	CALL(symlink("dir", "to_dir"));
	CALL(symlink("loop", "loop"));
	CALL(unlink("no"));
	CALL(unlink(""));
	CALL(unlink("dir"));
	CALL(unlink("dir/"));
	CALL(unlink("."));
	CALL(unlink("/"));
	CALL(unlink("file/"));
	CALL(unlink("file/x"));
	CALL(unlink("no/x"));
	CALL(unlink("loop/x"));
	CALL(unlink("to_dir/"));
	CALL(unlink(name));
	CALL(unlink(bad_pointer));
	CALL(unlink("loop"));
	CALL(unlink("to_dir/inner"));
	CALL(unlink("to_dir"));
	dir = CALL(open("dir", O_RDONLY));
	file = CALL(open("file", O_RDONLY));
	CALL(mkdirat(dir, "sub", 0755));
	CALL(unlinkat(dir, "sub", 0));
	CALL(unlinkat(dir, "sub", AT_REMOVEDIR));
	CALL(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
	CALL(unlinkat(AT_FDCWD, "file", 1));
	CALL(unlinkat(99, "file", 0));
	CALL(unlinkat(file, "x", 0));
	CALL(unlinkat(dir, "../file", 0));
	CALL(unlinkat(dir, bad_pointer, 0));
	CALL(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR));
	dir_show(".");
	return test_end();
}
