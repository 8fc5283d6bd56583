/* working_directory.c - chdir, fchdir and getcwd.
 *
 * Layer: tests/user   Source: chdir(2), getcwd(2)
 *
 * The raw getcwd returns the length with the final zero byte.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
getcwd_call(char *buffer, size_t bytes)
{
	return syscall(SYS_getcwd, buffer, bytes);
}

/* Prints the working directory below the test's own. */
static void
where(void)
{
	char buffer[PATH_MAX];

	if (getcwd(buffer, sizeof buffer) == NULL)
		printf("getcwd: %s\n", errno_name(errno));
	else if (strncmp(buffer, test_dir, strlen(test_dir)) == 0)
		printf("in TEST%s\n", buffer + strlen(test_dir));
	else
		printf("in %s\n", buffer);
}

static void
errors(void)
{
	char name[NAME_MAX + 2];
	char buffer[PATH_MAX];
	int fd = CALL(open("file", O_RDONLY));

	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	CALL(chdir("no"));
	CALL(chdir("file"));
	CALL(chdir("file/x"));
	CALL(chdir(""));
	CALL(chdir("loop"));
	CALL(chdir(name));
	CALL(chdir(bad_pointer));
	CALL(fchdir(fd));
	CALL(fchdir(99));
	CALL(fchdir(-1));
	HOLDS(getcwd_call(buffer, PATH_MAX) == (long)strlen(test_dir) + 1);
	HOLDS(getcwd_call(buffer, strlen(test_dir) + 1) > 0);
	VALUE(getcwd_call(buffer, strlen(test_dir)));
	VALUE(getcwd_call(buffer, 0));
	VALUE(getcwd_call(bad_pointer, PATH_MAX));
	close(fd);
}

static void
in_child(void)
{
	CALL(chdir("a"));
	where();
}

int
main(int argc, char **argv)
{
	int here;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("loop", "loop"));
	CALL(mkdir("a", 0755));
	CALL(mkdir("a/b", 0755));
	CALL(symlink("a/b", "link"));
	errors();
	where();
	here = CALL(open(".", O_RDONLY));
	STATUS(child_run(in_child));
	where();
	CALL(chdir("link"));
	where();
	CALL(chdir(".."));
	where();
	CALL(rename("../a", "../moved"));
	where();
	CALL(chdir("b/../b/."));
	where();
	CALL(rmdir("../b"));
	where();
	OPENS(open(".", O_RDONLY));
	CALL(open("x", O_WRONLY | O_CREAT, 0600));
	CALL(chdir("."));
	CALL(chdir(".."));
	where();
	CALL(fchdir(here));
	where();
	CALL(chdir("/"));
	where();
	CALL(chdir(".."));
	where();
	return test_end();
}
