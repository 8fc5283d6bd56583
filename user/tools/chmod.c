/* chmod.c - change permissions: chmod 755 FILE, chmod u+x,go-w FILE.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/stat.h>

static const char synopsis[] = "chmod OCTAL | [ugoa][+-=][rwxst],... FILE...";

/* Bits of the letters in SET, of which *TEXT begins with some; *TEXT moves
 * behind them. */
static mode_t
letters(const char **text, const char *set, const mode_t *bits)
{
	mode_t result = 0;
	const char *found;

	while (**text != '\0' && (found = strchr(set, **text)) != NULL) {
		result |= bits[found - set];
		++*text;
	}
	return result;
}

/* The mode that TEXT makes of MODE. */
static mode_t
apply(const char *text, mode_t mode)
{
	static const mode_t whom[] = {04700, 02070, 01007, 07777};
	static const mode_t what[] = {0444, 0222, 0111, 06000, 01000};

	for (;;) {
		mode_t who = letters(&text, "ugoa", whom);
		mode_t bits;
		char op = *text++;

		if (op != '+' && op != '-' && op != '=')
			usage(synopsis);
		bits = letters(&text, "rwxst", what);
		if (who == 0) {
			mode_t mask = umask(0);

			umask(mask);
			who = 07777 & ~mask;
		}
		if (op == '=')
			mode &= ~(who & 0777);
		if (op == '-')
			mode &= ~(bits & who);
		else
			mode |= bits & who;
		if (*text == '\0')
			return mode;
		if (*text++ != ',')
			usage(synopsis);
	}
}

int
chmod_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	char *end;
	unsigned long octal;

	if (argc < 3)
		usage(synopsis);
	octal = strtoul(argv[1], &end, 8);
	if (*end != '\0')
		apply(argv[1], 0);	/* stops here if it makes no sense */
	for (char **path = argv + 2; *path != NULL; path++) {
		struct stat info;
		mode_t mode = octal;

		if (stat(*path, &info) < 0) {
			warn("%s", *path);
			status = EXIT_FAILURE;
			continue;
		}
		if (*end != '\0')
			mode = apply(argv[1], info.st_mode & ~S_IFMT);
		if (chmod(*path, mode) < 0) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
