/* chroot_place.c - chroot: another root for paths, links and "..".
 *
 * Layer: tests/user   Source: chroot(2), path_resolution(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
inside(void)
{
	char buffer[64];
	int out = CALL(open(".", O_RDONLY));

	CALL(chroot("jail"));
	file_show("/file");
	file_show("jail/file");
	CALL(chdir("/"));
	printf("%s\n", getcwd(buffer, sizeof buffer));
	file_show("../../file");
	file_show("link");
	CALL(open("/../outside", O_RDONLY));
	CALL(mkdir("/d", 0700));
	CALL(chdir("/d"));
	printf("%s\n", getcwd(buffer, sizeof buffer));
	CALL(fchdir(out));
	file_show("outside");
	CALL(chdir(".."));
	CALL(chroot("/no"));
	CALL(chroot("/file"));
	CALL(chroot(bad_pointer));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("outside", "outside");
	CALL(mkdir("jail", 0700));
	file_make("jail/file", "in jail");
	CALL(symlink("/file", "jail/link"));
	STATUS(child_run(inside));
	file_show("outside");
	dir_show("jail");
	return test_end();
}
