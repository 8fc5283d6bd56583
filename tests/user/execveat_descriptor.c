/* execveat_descriptor.c - executing a file that is open.
 *
 * Layer: tests/user   Source: execveat(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *arguments[] = { "executed", "yes", NULL };

static int
execveat_call(int fd, const char *path, int flags)
{
	return (int)syscall(SYS_execveat, fd, path, arguments, environ, flags);
}

int
main(int argc, char **argv)
{
	char directory[PATH_MAX];
	char *slash;
	int dir;
	int fd;

	if (argc > 1) {
		printf("%s\n", argv[0]);
		return 6;
	}
	test_begin(argv);
	file_make("plain", "text");
	CALL(symlink(test_self, "link"));
	strcpy(directory, test_self);
	slash = strrchr(directory, '/');
	*slash = '\0';
	dir = CALL(open(directory, O_RDONLY | O_DIRECTORY));
	fd = CALL(open(test_self, O_RDONLY));
	if (child_fork() == 0)
		_exit(execveat_call(dir, slash + 1, 0));
	STATUS(child_wait(-1));
	if (child_fork() == 0)
		_exit(execveat_call(fd, "", AT_EMPTY_PATH));
	STATUS(child_wait(-1));
	if (child_fork() == 0)
		_exit(execveat_call(99, test_self, 0));
	STATUS(child_wait(-1));
	CALL(execveat_call(fd, "", 0));
	CALL(execveat_call(99, "x", 0));
	CALL(execveat_call(fd, "x", 0));
	CALL(execveat_call(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW));
	CALL(execveat_call(AT_FDCWD, "plain", 0));
	CALL(execveat_call(AT_FDCWD, "no", 0));
	CALL(execveat_call(AT_FDCWD, "link", 1 << 20));
	CALL(execveat_call(AT_FDCWD, bad_pointer, 0));
	return test_end();
}
