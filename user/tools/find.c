/* find.c - print the paths in a tree.
 *
 *   find [PATH]... [-name PATTERN] [-type f|d|l|c|b|p|s] [-maxdepth N]
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <fnmatch.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>

enum { OPEN_DIRS_MAX = 16 };

static const char synopsis[] =
    "find [PATH]... [-name PATTERN] [-type LETTER] [-maxdepth N]";

static const char *name_pattern;
static mode_t type;		/* 0: any */
static long max_depth = INT_MAX;
static int status;

static int
visit(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	if (kind == FTW_NS || kind == FTW_DNR) {
		warn("%s", path);
		status = EXIT_FAILURE;
	}
	if (place->level <= max_depth &&
	    (type == 0 || (info->st_mode & S_IFMT) == type) &&
	    (name_pattern == NULL ||
		fnmatch(name_pattern, path + place->base, 0) == 0))
		puts(path);
	return 0;
}

static mode_t
type_of_letter(const char *letter)
{
	static const char letters[] = "fdlcbps";
	static const mode_t types[] = {
		S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK,
	};
	const char *found = strchr(letters, letter[0]);

	if (letter[0] == '\0' || letter[1] != '\0' || found == NULL)
		usage(synopsis);
	return types[found - letters];
}

int
find_main(int argc, char **argv)
{
	static char *here[] = {".", NULL};
	char **paths = argv + 1;
	int i = 1;
	int count;

	while (i < argc && argv[i][0] != '-')
		i++;
	count = i - 1;
	for (; i < argc; i += 2) {
		if (strcmp(argv[i], "-print") == 0)
			i--;
		else if (i + 1 == argc)
			usage(synopsis);
		else if (strcmp(argv[i], "-name") == 0)
			name_pattern = argv[i + 1];
		else if (strcmp(argv[i], "-type") == 0)
			type = type_of_letter(argv[i + 1]);
		else if (strcmp(argv[i], "-maxdepth") == 0)
			max_depth = parse_number(argv[i + 1], 0, INT_MAX);
		else
			usage(synopsis);
	}
	if (count == 0) {
		paths = here;
		count = 1;
	}
	for (i = 0; i < count; i++) {
		if (nftw(paths[i], visit, OPEN_DIRS_MAX, FTW_PHYS) < 0) {
			warn("%s", paths[i]);
			status = EXIT_FAILURE;
		}
	}
	return finish(status);
}
