/* open_errors.c - the errors of open and openat that root can get.
 *
 * Layer: tests/user   Source: open(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
names(void)
{
	char name[NAME_MAX + 2];
	char path[PATH_MAX + 2];

	CALL(open("", O_RDONLY));
	CALL(open("no/file", O_RDONLY));
	CALL(open("no/file", O_WRONLY | O_CREAT, 0600));
	CALL(open("file/x", O_RDONLY));
	CALL(open("file/", O_RDONLY));
	CALL(open("file/.", O_RDONLY));
	CALL(open("new/", O_WRONLY | O_CREAT, 0600));
	memset(name, 'n', sizeof name);
	name[NAME_MAX] = '\0';
	CALL(open(name, O_RDONLY));
	OPENS(open(name, O_WRONLY | O_CREAT, 0600));
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	CALL(open(name, O_RDONLY));
	CALL(open(name, O_WRONLY | O_CREAT, 0600));
	memset(path, '/', sizeof path);
	memcpy(path, test_dir, strlen(test_dir));
	memcpy(path + PATH_MAX - 1 - 4, "file", 5);
	OPENS(open(path, O_RDONLY));
	memset(path, '/', sizeof path);
	memcpy(path, test_dir, strlen(test_dir));
	memcpy(path + PATH_MAX - 4, "file", 5);
	CALL(open(path, O_RDONLY));
	CALL(open(bad_pointer, O_RDONLY));
}

static void
loops(void)
{
	CALL(symlink("self", "self"));
	CALL(open("self", O_RDONLY));
	CALL(open("self/x", O_RDONLY));
	CALL(open("self", O_WRONLY | O_CREAT, 0600));
	CALL(symlink("b", "a"));
	CALL(symlink("a", "b"));
	CALL(open("a", O_RDONLY));
}

static void
relative_to_descriptor(void)
{
	int dir;
	int file;

	CALL(mkdir("dir", 0755));
	file_make("dir/inner", "inner");
	dir = CALL(open("dir", O_RDONLY | O_DIRECTORY));
	file = CALL(open("file", O_RDONLY));
	OPENS(openat(dir, "inner", O_RDONLY));
	OPENS(openat(dir, "../file", O_RDONLY));
	CALL(openat(dir, "file", O_RDONLY));
	CALL(openat(file, "inner", O_RDONLY));
	CALL(openat(file, "", O_RDONLY));
	CALL(openat(99, "inner", O_RDONLY));
	CALL(openat(-1, "inner", O_RDONLY));
	OPENS(openat(99, "/dev/null", O_RDONLY));
	OPENS(openat(file, "/dev/null", O_RDONLY));
	OPENS(openat(AT_FDCWD, "file", O_RDONLY));
	OPENS(openat(dir, ".", O_RDONLY));
	CALL(openat(dir, bad_pointer, O_RDONLY));
	close(dir);
	close(file);
}

static void
special_files(void)
{
	CALL(mkfifo("fifo", 0600));
	CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	CALL(mknod("nodev", S_IFCHR | 0600, (dev_t)0xfff00));
	CALL(open("nodev", O_RDONLY));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "contents");
	names();
	loops();
	relative_to_descriptor();
	special_files();
	return test_end();
}
