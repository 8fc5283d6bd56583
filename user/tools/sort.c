/* sort.c - sort lines.  -n: as numbers; -r: backwards; -u: equal ones once;
 * -k N: by the Nth field and what follows it; -t C: fields end at C.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>

static bool numeric, reverse, unique;
static long key_field = 1;
static int separator;		/* 0: runs of blanks */

/* Where the field that is sorted by begins. */
static const char *
key(const char *line)
{
	for (long i = 1; i < key_field && *line != '\0'; i++) {
		if (separator == 0)
			while (isblank((unsigned char)*line))
				line++;
		while (*line != '\0' && (separator != 0 ? *line != separator :
			   !isblank((unsigned char)*line)))
			line++;
		if (separator != 0 && *line != '\0')
			line++;
	}
	return line;
}

/* Equal to sort by key alone: what -u goes by. */
static int
compare_keys(const char *a, const char *b)
{
	double x, y;

	if (!numeric)
		return strcmp(key(a), key(b));
	x = strtod(key(a), NULL);
	y = strtod(key(b), NULL);
	return (x > y) - (x < y);
}

static int
compare(const void *a, const void *b)
{
	const char *x = *(char *const *)a;
	const char *y = *(char *const *)b;
	int order = compare_keys(x, y);

	/* Equal keys: the whole line decides, unless only one will stay. */
	if (order == 0 && !unique)
		order = strcmp(x, y);
	return reverse ? -order : order;
}

static char **
read_lines(FILE *file, char **lines, size_t *count)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if ((*count & (*count - 1)) == 0)
			lines = realloc(lines, (2 * *count + 1) *
			    sizeof(*lines));
		if (lines == NULL)
			err(EXIT_USAGE, "realloc");
		lines[(*count)++] = line;
		line = NULL;
		size = 0;
	}
	return lines;
}

int
sort_main(int argc, char **argv)
{
	static const char synopsis[] = "sort [-nru] [-k N] [-t C] [FILE]...";
	char **lines = NULL;
	size_t count = 0;
	int option;

	while ((option = getopt(argc, argv, "nruk:t:")) != -1) {
		numeric |= option == 'n';
		reverse |= option == 'r';
		unique |= option == 'u';
		if (option == 'k')
			key_field = parse_number(optarg, 1, 1000);
		else if (option == 't')
			separator = optarg[0];
		else if (option == '?')
			usage(synopsis);
	}
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		FILE *file = open_input(argv[i]);

		if (file == NULL)
			return EXIT_USAGE;
		lines = read_lines(file, lines, &count);
		if (close_input(file, argv[i]) < 0)
			return EXIT_USAGE;
	}
	if (count > 0)
		qsort(lines, count, sizeof(*lines), compare);
	for (size_t i = 0; i < count; i++)
		if (!unique || i == 0 ||
		    compare_keys(lines[i - 1], lines[i]) != 0)
			puts(lines[i]);
	return finish(EXIT_SUCCESS);
}
