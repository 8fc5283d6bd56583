/* env.c - print the environment, or run a program in another one.
 *
 *   env [-i] [NAME=VALUE]... [PROGRAM [ARG]...]      -i: start with none
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
env_main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+i")) != -1) {
		if (option == '?')
			usage("env [-i] [NAME=VALUE]... [PROGRAM [ARG]...]");
		clearenv();
	}
	for (argv += optind; *argv != NULL && strchr(*argv, '='); argv++)
		if (putenv(*argv) != 0)
			err(EXIT_FAILURE, "%s", *argv);
	if (*argv != NULL) {
		execvp(argv[0], argv);
		err(errno == ENOENT ? 127 : 126, "%s", argv[0]);
	}
	for (char **text = environ; text != NULL && *text != NULL; text++)
		puts(*text);
	return finish(EXIT_SUCCESS);
}
