/* ln.c - give a file another name.  -s: a symbolic link; -f: remove what has
 * the new name.
 *
 *   ln [-sf] TARGET [NAME]      ln [-sf] TARGET... DIR
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
ln_main(int argc, char **argv)
{
	bool symbolic = false;
	bool force = false;
	int status = EXIT_SUCCESS;
	const char *target;
	int option;
	int last;

	while ((option = getopt(argc, argv, "sf")) != -1) {
		symbolic |= option == 's';
		force |= option == 'f';
		if (option == '?')
			usage("ln [-sf] TARGET... [NAME]");
	}
	if (optind == argc)
		usage("ln [-sf] TARGET... [NAME]");
	last = argc - optind == 1 ? argc : argc - 1;
	target = last == argc ? "." : argv[last];
	for (int i = optind; i < last; i++) {
		char *to = destination(argv[i], target, last - optind > 1);

		if (to != NULL && force)
			unlink(to);
		if (to == NULL) {
			status = EXIT_FAILURE;
		} else if ((symbolic ? symlink : link)(argv[i], to) < 0) {
			warn("%s", to);
			status = EXIT_FAILURE;
		}
		free(to);
	}
	return status;
}
