/* access_as_root.c - access: root reads and writes all, but not executes all.
 *
 * Layer: tests/user   Source: access(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int
faccessat2_call(int dir, const char *path, int mode, int flags)
{
	return (int)syscall(SYS_faccessat2, dir, path, mode, flags);
}

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
	CALL(symlink("nowhere", "dangling"));
	CALL(symlink("loop", "loop"));
	CALL(chmod("file", 0));
	CALL(access("file", F_OK));
	CALL(access("file", R_OK | W_OK));
	CALL(access("file", X_OK));
	CALL(chmod("file", 001));
	CALL(access("file", X_OK));
	CALL(access("dir", R_OK | W_OK | X_OK));
	CALL(chmod("dir", 0));
	CALL(access("dir", R_OK | W_OK | X_OK));
	CALL(access("file", 8));
	CALL(access("file", -1));
	CALL(access("no", F_OK));
	CALL(access("", F_OK));
	CALL(access("file/x", F_OK));
	CALL(access("dangling", F_OK));
	CALL(access("loop", F_OK));
	CALL(access(name, F_OK));
	CALL(access(bad_pointer, F_OK));
	dir = CALL(open("dir", O_RDONLY));
	file = CALL(open("file", O_RDONLY));
	CALL(faccessat(dir, "../file", R_OK, 0));
	CALL(faccessat(dir, "no", R_OK, 0));
	CALL(faccessat(99, "file", R_OK, 0));
	CALL(faccessat(file, "x", R_OK, 0));
	CALL(faccessat2_call(AT_FDCWD, "file", R_OK, AT_EACCESS));
	CALL(faccessat2_call(AT_FDCWD, "dangling", F_OK,
	    AT_SYMLINK_NOFOLLOW));
	CALL(faccessat2_call(file, "", R_OK, AT_EMPTY_PATH));
	CALL(faccessat2_call(file, "", R_OK, 0));
	CALL(faccessat2_call(AT_FDCWD, "file", R_OK, 1 << 20));
	CALL(faccessat2_call(AT_FDCWD, "file", 8, 0));
	CALL(faccessat2_call(AT_FDCWD, bad_pointer, F_OK, 0));
	return test_end();
}
