/* rmdir.c - remove empty directories.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
rmdir_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (getopt(argc, argv, "") != -1 || optind == argc)
		usage("rmdir DIR...");
	for (char **path = argv + optind; *path != NULL; path++) {
		if (rmdir(*path) < 0) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
