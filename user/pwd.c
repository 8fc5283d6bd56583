/* pwd.c - print the working directory.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

#include <limits.h>

int
main(void)
{
	char dir[PATH_MAX];

	if (getcwd(dir, sizeof(dir)) == NULL)
		err(EXIT_FAILURE, "getcwd");
	puts(dir);
	return finish(EXIT_SUCCESS);
}
