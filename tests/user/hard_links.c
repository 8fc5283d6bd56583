/* hard_links.c - link and linkat: counts, identity and refusals.
 *
 * Layer: tests/user   Source: link(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
links_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 ? -1 : (long)st.st_nlink;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat first;
	struct stat second;

	return lstat(a, &first) == 0 && lstat(b, &second) == 0 &&
	    first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

static void
counts(void)
{
	file_make("a", "text");
	VALUE(links_of("a"));
	CALL(link("a", "b"));
	VALUE(links_of("a"));
	VALUE(links_of("b"));
	HOLDS(same_file("a", "b"));
	file_make("b", "changed through b");
	file_show("a");
	CALL(unlink("a"));
	VALUE(links_of("b"));
	CALL(mkdir("dir", 0755));
	CALL(link("b", "dir/c"));
	CALL(rename("b", "dir/c"));
	VALUE(links_of("b"));
	CALL(rename("dir/c", "c"));
	VALUE(links_of("b"));
	CALL(unlink("b"));
	VALUE(links_of("c"));
}

static void
directory_counts(void)
{
	VALUE(links_of("dir"));
	CALL(mkdir("dir/one", 0755));
	CALL(mkdir("dir/two", 0755));
	VALUE(links_of("dir"));
	VALUE(links_of("dir/one"));
	CALL(mkdir("dir/one/inner", 0755));
	CALL(rename("dir/one/inner", "dir/two/inner"));
	VALUE(links_of("dir/one"));
	VALUE(links_of("dir/two"));
	CALL(rmdir("dir/one"));
	VALUE(links_of("dir"));
}

static void
through_symbolic_links(void)
{
	CALL(symlink("c", "sym"));
	CALL(link("sym", "hard_to_sym"));
	HOLDS(same_file("sym", "hard_to_sym"));
	CALL(linkat(AT_FDCWD, "sym", AT_FDCWD, "hard_to_c",
	    AT_SYMLINK_FOLLOW));
	HOLDS(same_file("c", "hard_to_c"));
	VALUE(links_of("sym"));
}

static void
errors(void)
{
	char name[NAME_MAX + 2];
	int dir = CALL(open("dir", O_RDONLY));

	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	CALL(link("c", "sym"));
	CALL(link("c", "dir"));
	CALL(link("c", "c"));
	CALL(link("no", "x"));
	CALL(link("c", "no/x"));
	CALL(link("c", ""));
	CALL(link("", "x"));
	CALL(link("dir", "x"));
	CALL(link("c/x", "x"));
	CALL(link("c", "c/x"));
	CALL(link("c", "x/"));
	CALL(link("c", name));
	CALL(link(bad_pointer, "x"));
	CALL(link("c", bad_pointer));
	CALL(linkat(AT_FDCWD, "c", AT_FDCWD, "x", 1 << 20));
	CALL(linkat(99, "c", AT_FDCWD, "x", 0));
	CALL(linkat(AT_FDCWD, "c", 99, "x", 0));
	CALL(linkat(AT_FDCWD, "c", dir, "at", 0));
	CALL(linkat(dir, "at", AT_FDCWD, "y", 0));
	VALUE(links_of("y"));
	close(dir);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	counts();
	directory_counts();
	through_symbolic_links();
	errors();
	dir_show(".");
	return test_end();
}
