/* symbolic_links.c - symlink, readlink and how paths follow links.
 *
 * Layer: tests/user   Source: symlink(2), readlink(2), path_resolution(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
reading(void)
{
	char buffer[64];
	int dir = CALL(open(".", O_RDONLY));

	memset(buffer, '#', sizeof buffer);
	CALL(symlink("the target", "link"));
	VALUE(readlink("link", buffer, sizeof buffer));
	printf("\"%.11s\"\n", buffer);
	memset(buffer, '#', sizeof buffer);
	VALUE(readlink("link", buffer, 3));
	printf("\"%.4s\"\n", buffer);
	VALUE(readlink("link", buffer, 0));
	VALUE(readlink("file", buffer, sizeof buffer));
	VALUE(readlink("dir", buffer, sizeof buffer));
	VALUE(readlink("no", buffer, sizeof buffer));
	VALUE(readlink("", buffer, sizeof buffer));
	VALUE(readlink("file/x", buffer, sizeof buffer));
	VALUE(readlink("link", bad_pointer, 5));
	VALUE(readlink(bad_pointer, buffer, 5));
	VALUE(readlinkat(dir, "link", buffer, sizeof buffer));
	VALUE(readlinkat(99, "link", buffer, sizeof buffer));
	VALUE(readlinkat(dir, "file", buffer, sizeof buffer));
	VALUE(readlinkat(dir, bad_pointer, buffer, sizeof buffer));
	VALUE(syscall(SYS_readlink, "link", buffer, -1));
	close(dir);
}

static void
making(void)
{
	static char target[PATH_MAX + 1];
	static char back[PATH_MAX + 1];
	int dir = CALL(open("dir", O_RDONLY));

	CALL(symlink("x", "link"));
	CALL(symlink("x", "dir"));
	CALL(symlink("", "empty"));
	CALL(symlink("x", ""));
	CALL(symlink("x", "no/x"));
	CALL(symlink("x", "file/x"));
	CALL(symlink("x", "new/"));
	CALL(symlink(bad_pointer, "bad"));
	CALL(symlink("x", bad_pointer));
	CALL(symlinkat("../file", dir, "up"));
	file_show("dir/up");
	CALL(symlinkat("x", 99, "up"));
	memset(target, 't', PATH_MAX);
	CALL(symlink(target, "long"));
	target[PATH_MAX - 1] = '\0';
	CALL(symlink(target, "long"));
	VALUE(readlink("long", back, sizeof back));
	HOLDS(memcmp(target, back, PATH_MAX - 1) == 0);
	close(dir);
}

static void
following(void)
{
	CALL(symlink("dir", "to_dir"));
	CALL(symlink("to_dir/inner", "to_inner"));
	CALL(symlink("..", "dir/parent"));
	file_make("dir/inner", "inner");
	file_show("to_dir/inner");
	file_show("to_inner");
	file_show("to_inner/");
	file_show("to_dir/parent/file");
	file_show("to_dir/../file");
	file_show("dir/parent/dir/parent/dir/parent/file");
	CALL(mkdir("to_dir", 0755));
	CALL(mkdir("to_dir/made", 0755));
	CALL(unlink("to_inner"));
	file_show("dir/inner");
	dir_show("to_dir");
	CALL(symlink(test_dir, "absolute"));
	file_show("absolute/file");
}

/* Linux follows 40 links in one path and no more.  It counts those of a walk
 * that it has to begin again, twice at most, so 13 are sure to work. */
static void
chain(void)
{
	char old[16] = "file";
	char new[16];

	for (int i = 1; i <= 41; i++) {
		snprintf(new, sizeof new, "chain%d", i);
		if (symlink(old, new) != 0)
			printf("symlink failed\n");
		strcpy(old, new);
	}
	file_show("chain13");
	file_show("chain41");
	OPENS(open("chain41", O_RDONLY));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(mkdir("dir", 0755));
	reading();
	making();
	following();
	chain();
	return test_end();
}
