/* exec_errors.c - what execve refuses, and that the caller survives it.
 *
 * Layer: tests/user   Source: execve(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *arguments[] = { "x", NULL };
static char *environment[] = { NULL };

static void
make_executable(const char *path, const char *text)
{
	file_make(path, text);
	if (chmod(path, 0755) != 0)
		printf("chmod failed\n");
}

int
main(int argc, char **argv)
{
	char name[NAME_MAX + 2];
	char *bad_string[] = { bad_pointer, NULL };

	if (argc > 1)
		return 1;
	test_begin(argv);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	bad_string[0] = bad_pointer;
	CALL(mkdir("dir", 0755));
	file_make("plain", "text\n");
	make_executable("text", "just some text\n");
	make_executable("empty", "");
	make_executable("elf", "\177ELF");
	CALL(symlink("loop", "loop"));
	CALL(execve("no", arguments, environment));
	CALL(execve("", arguments, environment));
	CALL(execve("plain/x", arguments, environment));
	CALL(execve("plain", arguments, environment));
	CALL(execve("dir", arguments, environment));
	CALL(execve("text", arguments, environment));
	CALL(execve("empty", arguments, environment));
	CALL(execve("elf", arguments, environment));
	CALL(execve("loop", arguments, environment));
	CALL(execve(name, arguments, environment));
	CALL(execve(bad_pointer, arguments, environment));
	CALL(execve(test_self, bad_pointer, environment));
	CALL(execve(test_self, bad_string, environment));
	CALL(execve(test_self, arguments, bad_pointer));
	CALL(execve(test_self, arguments, bad_string));
	return test_end();
}
