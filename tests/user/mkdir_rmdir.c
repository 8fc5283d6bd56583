/* mkdir_rmdir.c - making and removing directories, and every refusal.
 *
 * Layer: tests/user   Source: mkdir(2), rmdir(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char long_name[NAME_MAX + 2];

static void
making(void)
{
	int dir;

	CALL(mkdir("d", 0755));
	CALL(mkdir("d", 0755));
	CALL(mkdir("d/", 0755));
	CALL(mkdir("d/sub/", 0755));
	CALL(mkdir("file", 0755));
	CALL(mkdir("file/sub", 0755));
	CALL(mkdir("no/sub", 0755));
	CALL(mkdir("", 0755));
	CALL(mkdir(".", 0755));
	CALL(mkdir("..", 0755));
	CALL(mkdir("/", 0755));
	CALL(mkdir("d/.", 0755));
	CALL(mkdir("d/new/.", 0755));
	CALL(mkdir("dangling", 0755));
	CALL(mkdir("loop/x", 0755));
	CALL(mkdir(long_name, 0755));
	CALL(mkdir(bad_pointer, 0755));
	dir = CALL(open("d", O_RDONLY));
	CALL(mkdirat(dir, "at", 0755));
	CALL(mkdirat(dir, "at", 0755));
	CALL(mkdirat(99, "at", 0755));
	CALL(mkdirat(99, "/tmp", 0755));
	close(dir);
	dir = CALL(open("file", O_RDONLY));
	CALL(mkdirat(dir, "at", 0755));
	close(dir);
	dir_show("d");
}

static void
removing(void)
{
	CALL(rmdir("d"));
	CALL(rmdir("d/sub/."));
	CALL(rmdir("d/sub/.."));
	CALL(rmdir("."));
	CALL(rmdir("/"));
	CALL(rmdir("d/sub/"));
	CALL(rmdir("d/sub"));
	CALL(rmdir("file"));
	CALL(rmdir("file/x"));
	CALL(rmdir("dangling"));
	CALL(rmdir("loop"));
	CALL(rmdir("loop/x"));
	CALL(rmdir(""));
	CALL(rmdir(long_name));
	CALL(rmdir(bad_pointer));
	CALL(rmdir("d/at"));
	CALL(symlink("d", "to_d"));
	CALL(rmdir("to_d"));
	CALL(rmdir("d"));
	CALL(rmdir("d"));
	dir_show(".");
}

/* A directory that someone still has open or works in may be removed. */
static void
removed_but_open(void)
{
	int dir;

	CALL(mkdir("gone", 0755));
	dir = CALL(open("gone", O_RDONLY));
	CALL(rmdir("gone"));
	CALL(openat(dir, "x", O_WRONLY | O_CREAT, 0600));
	CALL(mkdirat(dir, "x", 0700));
	CALL(openat(dir, "x", O_RDONLY));
	OPENS(openat(dir, ".", O_RDONLY));
	close(dir);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	memset(long_name, 'n', NAME_MAX + 1);
	file_make("file", "text");
	symlink("nowhere", "dangling");
	symlink("loop", "loop");
	making();
	removing();
	removed_but_open();
	return test_end();
}
