/* grep.c - print the lines that match a regular expression.
 *
 *   -E extended expressions   -i either case     -v those that do not match
 *   -n with line numbers      -c only count      -l only names of files
 *   -q print nothing          -h, -H  without, with names of files
 *
 * Exit status: 0 a line matched, 1 none did, 2 an error.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <regex.h>

static const char synopsis[] = "grep [-EivnclqhH] PATTERN [FILE]...";

static bool invert, number, count_only, names_only, quiet, with_names;

/* Search one file.  Returns whether a line was selected. */
static bool
search(FILE *file, const char *name, const regex_t *pattern)
{
	char *line = NULL;
	size_t size = 0;
	unsigned long line_number = 0;
	unsigned long selected = 0;
	ssize_t length;

	while ((length = getline(&line, &size, file)) > 0) {
		line_number++;
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if ((regexec(pattern, line, 0, NULL, 0) == 0) == invert)
			continue;
		selected++;
		if (quiet || names_only)
			break;
		if (count_only)
			continue;
		if (with_names)
			printf("%s:", name);
		if (number)
			printf("%lu:", line_number);
		puts(line);
	}
	free(line);
	if (names_only && selected > 0)
		puts(name);
	else if (count_only && with_names)
		printf("%s:%lu\n", name, selected);
	else if (count_only)
		printf("%lu\n", selected);
	return selected > 0;
}

static void
compile(regex_t *pattern, const char *text, int flags)
{
	char message[128];
	int error = regcomp(pattern, text, flags | REG_NOSUB);

	if (error == 0)
		return;
	regerror(error, pattern, message, sizeof(message));
	errx(EXIT_USAGE, "%s: %s", text, message);
}

int
grep_main(int argc, char **argv)
{
	int flags = 0;
	int status = 1;
	int names = 0;		/* -h or -H */
	int option;
	regex_t pattern;

	while ((option = getopt(argc, argv, "EivnclqhH")) != -1) {
		flags |= option == 'E' ? REG_EXTENDED : 0;
		flags |= option == 'i' ? REG_ICASE : 0;
		invert |= option == 'v';
		number |= option == 'n';
		count_only |= option == 'c';
		names_only |= option == 'l';
		quiet |= option == 'q';
		if (option == 'h' || option == 'H')
			names = option;
		if (option == '?')
			usage(synopsis);
	}
	if (optind == argc)
		usage(synopsis);
	compile(&pattern, argv[optind++], flags);
	with_names = names == 'H' || (names == 0 && argc - optind > 1);
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		FILE *file = open_input(argv[i]);
		const char *name = file == stdin ? "(standard input)" : argv[i];

		if (file != NULL && search(file, name, &pattern) && status == 1)
			status = 0;
		if (file == NULL || close_input(file, argv[i]) < 0)
			status = EXIT_USAGE;
	}
	return finish(status);
}
