/* chmod_modes.c - changing the permission bits, and the errors of it.
 *
 * Layer: tests/user   Source: chmod(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
mode_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -1;
	printf("%s has mode %o\n", path, st.st_mode & 07777);
	return 0;
}

int
main(int argc, char **argv)
{
	int dir;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(mkdir("dir", 0700));
	CALL(symlink("file", "link"));
	CALL(symlink("loop", "loop"));
	mode_of("file");
	CALL(chmod("file", 0));
	mode_of("file");
	file_show("file");
	CALL(chmod("file", 07777));
	mode_of("file");
	CALL(chmod("file", S_IFDIR | 0640));
	mode_of("file");
	CALL(chmod("link", 0611));
	mode_of("file");
	CALL(chmod("dir", 01777));
	mode_of("dir");
	CALL(chmod("dir", 0));
	file_make("dir/inner", "root may");
	file_show("dir/inner");
	dir = CALL(open("dir", O_RDONLY));
	fd = CALL(open("dir/inner", O_RDONLY));
	CALL(fchmod(fd, 0123));
	mode_of("dir/inner");
	CALL(fchmodat(dir, "inner", 0321, 0));
	mode_of("dir/inner");
	CALL(fchmodat(99, "inner", 0321, 0));
	CALL(fchmodat(fd, "inner", 0321, 0));
	CALL(fchmodat(dir, "inner", 0321, 1 << 20));
	CALL(fchmodat(dir, "no", 0321, 0));
	CALL(fchmod(99, 0));
	CALL(fchmod(-1, 0));
	CALL(chmod("no", 0));
	CALL(chmod("", 0));
	CALL(chmod("file/x", 0));
	CALL(chmod("loop", 0));
	CALL(chmod(bad_pointer, 0));
	return test_end();
}
