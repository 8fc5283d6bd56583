/* exec_arguments.c - a program gets its arguments and environment as given.
 *
 * Layer: tests/user   Source: execve(2), environ(7), getauxval(3)
 *
 * Run with arguments it is the program that is executed.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/auxv.h>

extern char **environ;

static int
print_arguments(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = \"%s\"\n", i, argv[i]);
	for (char **at = environ; *at != NULL; at++)
		printf("environ: \"%s\"\n", *at);
	HOLDS(argv[argc] == NULL);
	HOLDS(getauxval(AT_PAGESZ) == PAGE);
	HOLDS(getauxval(AT_RANDOM) != 0);
	HOLDS(getauxval(AT_PHDR) != 0 && getauxval(AT_PHENT) == 56);
	HOLDS(getauxval(AT_PHNUM) > 0 && getauxval(AT_ENTRY) != 0);
	HOLDS(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
	HOLDS(getauxval(AT_SECURE) == 0);
	HOLDS((uintptr_t)argv % 8 == 0);
	return argc;
}

static int
run(char **arguments, char **environment)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		execve(test_self, arguments, environment);
		_exit(100);
	}
	return child_wait(pid);
}

int
main(int argc, char **argv)
{
	char *plain[] = { "exec", "one", "two words", "", "\"quoted\"", NULL };
	char *pair[] = { "x", "-", NULL };
	char *none[] = { NULL };
	char *variables[] = { "A=1", "B=", "no equals sign", "A=2", NULL };

	if (argc > 1)
		return print_arguments(argc, argv);
	test_begin(argv);
	STATUS(run(plain, none));
	STATUS(run(pair, variables));
	STATUS(run(pair, NULL));
	return test_end();
}
