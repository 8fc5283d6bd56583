/* mkdir.c - make directories.  -p: those on the way too, and no complaint
 * about what is there already.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/stat.h>

/* Make every directory that leads to PATH and lacks.  Errors show when PATH
 * itself is made. */
static void
make_parents(char *path)
{
	for (char *slash = path + 1; *path && *slash != '\0'; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		mkdir(path, 0777);
		*slash = '/';
	}
}

static bool
is_dir(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

int
mkdir_main(int argc, char **argv)
{
	bool parents = false;
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "p")) != -1) {
		parents |= option == 'p';
		if (option == '?')
			usage("mkdir [-p] DIR...");
	}
	if (optind == argc)
		usage("mkdir [-p] DIR...");
	for (char **path = argv + optind; *path != NULL; path++) {
		if (parents)
			make_parents(*path);
		if (mkdir(*path, 0777) < 0 &&
		    !(parents && errno == EEXIST && is_dir(*path))) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
