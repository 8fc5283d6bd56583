/* rename_files.c - rename: files, directories, onto each other, and errors.
 *
 * Layer: tests/user   Source: rename(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
files(void)
{
	int fd;

	file_make("a", "from a");
	file_make("b", "from b");
	CALL(rename("a", "c"));
	file_show("a");
	file_show("c");
	fd = CALL(open("b", O_RDONLY));
	CALL(rename("c", "b"));
	file_show("b");
	{
		char buffer[8] = "";

		VALUE(read(fd, buffer, 6));
		printf("still open: %s\n", buffer);
	}
	close(fd);
	CALL(rename("b", "b"));
	CALL(link("b", "twin"));
	CALL(rename("b", "twin"));
	dir_show(".");
}

static void
directories(void)
{
	CALL(mkdir("d", 0755));
	CALL(mkdir("d/e", 0755));
	CALL(mkdir("empty", 0755));
	file_make("d/file", "in d");
	CALL(rename("b", "d"));
	CALL(rename("d", "b"));
	CALL(rename("empty", "d"));
	CALL(rename("d", "empty"));
	file_show("empty/file");
	CALL(rename("empty", "empty/inside"));
	CALL(rename("empty", "empty/e/inside"));
	CALL(rename("empty/e", "empty"));
	CALL(rename("empty", "empty"));
	CALL(rename("empty/", "moved/"));
	CALL(rename("moved/e", "e"));
	CALL(rename("e", "moved/e"));
	CALL(rename("b", "moved/b"));
	dir_show(".");
	dir_show("moved");
}

/* ".." of a moved directory names its new parent. */
static void
parent_changes(void)
{
	CALL(mkdir("p", 0755));
	CALL(mkdir("p/q", 0755));
	CALL(rename("p/q", "moved/e/q"));
	file_make("moved/e/here", "yes");
	file_show("moved/e/q/../here");
	CALL(rmdir("p"));
}

static void
links(void)
{
	CALL(symlink("twin", "link"));
	CALL(rename("link", "link2"));
	file_show("link2");
	CALL(rename("twin", "link2"));
	file_show("link2");
	dir_show(".");
}

static void
errors(void)
{
	char name[NAME_MAX + 2];

	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	CALL(symlink("loop", "loop"));
	CALL(rename("no", "x"));
	CALL(rename("no", "no"));
	CALL(rename("", "x"));
	CALL(rename("link2", ""));
	CALL(rename("link2", "no/x"));
	CALL(rename("link2/x", "x"));
	CALL(rename("link2", "link2/x"));
	CALL(rename("link2/", "x"));
	CALL(rename("link2", "x/"));
	CALL(rename("link2", name));
	CALL(rename(name, "link2"));
	CALL(rename("loop/x", "x"));
	CALL(rename("link2", "loop/x"));
	CALL(rename(".", "x"));
	CALL(rename("moved/.", "x"));
	CALL(rename("moved/..", "x"));
	CALL(rename("moved", "."));
	CALL(rename("moved", ".."));
	CALL(rename(bad_pointer, "x"));
	CALL(rename("link2", bad_pointer));
	dir_show(".");
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	files();
	directories();
	parent_changes();
	links();
	errors();
	return test_end();
}
