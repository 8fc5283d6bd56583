/* which.c - where the shell would find a program.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/stat.h>

static bool
is_program(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	    access(path, X_OK) == 0;
}

/* Print where NAME is.  Returns false if it is nowhere. */
static bool
look_for(const char *name)
{
	const char *dir = getenv("PATH");

	if (strchr(name, '/') != NULL) {
		if (is_program(name))
			puts(name);
		return is_program(name);
	}
	while (dir != NULL && *dir != '\0') {
		size_t length = strcspn(dir, ":");
		char *part = strndup(length > 0 ? dir : ".",
		    length > 0 ? length : 1);
		char *path = part != NULL ? join_path(part, name) : NULL;
		bool found = path != NULL && is_program(path);

		if (found)
			puts(path);
		free(part);
		free(path);
		if (found)
			return true;
		dir += length + (dir[length] == ':');
	}
	return false;
}

int
which_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (getopt(argc, argv, "") != -1 || optind == argc)
		usage("which PROGRAM...");
	for (char **name = argv + optind; *name != NULL; name++)
		if (!look_for(*name))
			status = EXIT_FAILURE;
	return finish(status);
}
