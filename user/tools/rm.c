/* rm.c - remove files.  -r: directories with all that is in them; -f: what
 * is not there is no error.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ftw.h>
#include <sys/stat.h>

enum { OPEN_DIRS_MAX = 16 };

static bool recursive, force;
static int status;

static void
complain(const char *path)
{
	if (force && errno == ENOENT)
		return;
	warn("%s", path);
	status = EXIT_FAILURE;
}

/* nftw() comes here for the contents of a directory before it comes for the
 * directory. */
static int
remove_one(const char *path, const struct stat *info, int kind,
    struct FTW *place)
{
	(void)info;
	(void)place;
	if ((kind == FTW_DP || kind == FTW_DNR ? rmdir : unlink)(path) < 0)
		complain(path);
	return 0;
}

static void
remove_path(const char *path)
{
	char *name = base_name(path);
	struct stat info;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
	    strcmp(path, "/") == 0) {
		warnx("%s: will not be removed", path);
		status = EXIT_FAILURE;
	} else if (lstat(path, &info) < 0) {
		complain(path);
	} else if (S_ISDIR(info.st_mode) && !recursive) {
		errno = EISDIR;
		complain(path);
	} else if (nftw(path, remove_one, OPEN_DIRS_MAX,
		       FTW_DEPTH | FTW_PHYS) < 0) {
		complain(path);
	}
	free(name);
}

int
rm_main(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "rRf")) != -1) {
		recursive |= option == 'r' || option == 'R';
		force |= option == 'f';
		if (option == '?')
			usage("rm [-rf] FILE...");
	}
	if (optind == argc && !force)
		usage("rm [-rf] FILE...");
	for (char **path = argv + optind; *path != NULL; path++)
		remove_path(*path);
	return status;
}
