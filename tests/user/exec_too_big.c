/* exec_too_big.c - long arguments arrive, too long ones give E2BIG.
 *
 * Layer: tests/user   Source: execve(2), "Limits on size of arguments"
 *
 * One string may have 32 pages (MAX_ARG_STRLEN), with its final zero.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define STRING_MAX	(32 * PAGE)

static char string[STRING_MAX + 1];

static int
run(char **arguments)
{
	if (child_fork() == 0) {
		execve(test_self, arguments, environ);
		printf("%s\n", errno_name(errno));
		fflush(NULL);
		_exit(100);
	}
	return child_wait(-1);
}

static void
many_arguments(void)
{
	static char *arguments[1002];

	arguments[0] = "many";
	for (int i = 1; i < 1001; i++)
		arguments[i] = "0123456789";
	STATUS(run(arguments));
}

int
main(int argc, char **argv)
{
	char *arguments[] = { "long", string, NULL };
	static char *huge[200];
	size_t sum = 0;

	if (argc > 1) {
		for (int i = 0; i < argc; i++)
			sum += strlen(argv[i]) + 1;
		printf("%d arguments of %lu bytes\n", argc,
		    (unsigned long)sum);
		return 0;
	}
	test_begin(argv);
	memset(string, 'a', STRING_MAX);
	string[1000] = '\0';
	STATUS(run(arguments));
	string[1000] = 'a';
	string[PAGE * 3] = '\0';
	STATUS(run(arguments));
	string[PAGE * 3] = 'a';
	string[STRING_MAX - 1] = '\0';
	STATUS(run(arguments));
	string[STRING_MAX - 1] = 'a';
	STATUS(run(arguments));
	many_arguments();
	string[STRING_MAX - 1] = '\0';
	for (int i = 0; i < 199; i++)
		huge[i] = string;
	STATUS(run(huge));
	return test_end();
}
