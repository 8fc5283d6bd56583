/* pwd.c - print the working directory.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <limits.h>

int
pwd_main(int argc, char **argv)
{
	char dir[PATH_MAX];

	(void)argv;
	if (argc > 1)
		usage("pwd");
	if (getcwd(dir, sizeof(dir)) == NULL)
		err(EXIT_FAILURE, "getcwd");
	puts(dir);
	return finish(EXIT_SUCCESS);
}
