/* touch.c - make files that are not there; others are modified "now".
 * -c: make none.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Returns false, with errno set, if PATH could not be touched. */
static bool
touch(const char *path, bool create)
{
	int fd;

	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return true;
	if (errno != ENOENT || !create)
		return errno == ENOENT;
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	return fd >= 0 && close(fd) == 0;
}

int
touch_main(int argc, char **argv)
{
	bool create = true;
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "c")) != -1) {
		create &= option != 'c';
		if (option == '?')
			usage("touch [-c] FILE...");
	}
	if (optind == argc)
		usage("touch [-c] FILE...");
	for (char **path = argv + optind; *path != NULL; path++) {
		if (!touch(*path, create)) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
