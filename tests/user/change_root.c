/* change_root.c - a directory becomes "/" for one process and its children.
 *
 * Layer: tests/user   Source: chroot(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
inside(void)
{
	CALL(chroot("root"));
	CALL(chdir("/"));
	dir_show("/");
	file_show("/file");
	file_show("/../../file");
	file_show("/link");
	CALL(chdir("/sub"));
	CALL(chdir("../.."));
	dir_show(".");
	CALL(open("/dev/null", O_RDONLY));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(mkdir("root", 0755));
	CALL(mkdir("root/sub", 0755));
	file_make("root/file", "in the new root");
	file_make("file", "outside");
	CALL(symlink("/file", "root/link"));
	CALL(symlink("loop", "loop"));
	STATUS(child_run(inside));
	file_show("file");
	OPENS(open("/dev/null", O_RDONLY));
	CALL(chroot("no"));
	CALL(chroot("file"));
	CALL(chroot("file/x"));
	CALL(chroot(""));
	CALL(chroot("loop"));
	CALL(chroot(bad_pointer));
	return test_end();
}
