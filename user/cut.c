/* cut.c - print some columns of each line.
 *
 *   -c LIST  characters      -f LIST  fields      -d C  which end at C (tab)
 *   -s  no lines without C   LIST: 1,3-5,7-
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

#include <ctype.h>
#include <limits.h>

static const char synopsis[] = "cut -c LIST | -f LIST [-d C] [-s] [FILE]...";

static const char *list;
static bool fields, skip_others;
static char delimiter = '\t';

/* Is number N in the list? */
static bool
wanted(unsigned long n)
{
	const char *p = list;

	while (*p != '\0') {
		char *end = (char *)p;
		unsigned long from = 1;
		unsigned long to;

		if (*p != '-')
			from = strtoul(p, &end, 10);
		to = from;
		if (*end == '-') {
			p = end + 1;
			to = ULONG_MAX;
			if (isdigit((unsigned char)*p))
				to = strtoul(p, &end, 10);
			else
				end++;
		}
		if (from == 0 || from > to || (*end != ',' && *end != '\0'))
			errx(EXIT_USAGE, "%s: not a list", list);
		if (n >= from && n <= to)
			return true;
		p = *end == ',' ? end + 1 : end;
	}
	return false;
}

static void
cut_characters(const char *line)
{
	for (unsigned long n = 1; *line != '\0'; line++, n++)
		if (wanted(n))
			putchar(*line);
	putchar('\n');
}

static void
cut_fields(char *line)
{
	bool first = true;
	char *next = line;

	if (strchr(line, delimiter) == NULL) {
		if (!skip_others)
			puts(line);
		return;
	}
	for (unsigned long n = 1; next != NULL; n++) {
		char *field = next;

		next = strchr(field, delimiter);
		if (next != NULL)
			*next++ = '\0';
		if (!wanted(n))
			continue;
		if (!first)
			putchar(delimiter);
		fputs(field, stdout);
		first = false;
	}
	putchar('\n');
}

static void
cut_file(FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	while ((length = getline(&line, &size, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (fields)
			cut_fields(line);
		else
			cut_characters(line);
	}
	free(line);
}

int
main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "c:f:d:s")) != -1) {
		if (option == 'c' || option == 'f')
			list = optarg;
		fields |= option == 'f';
		skip_others |= option == 's';
		if (option == 'd')
			delimiter = optarg[0];
		if (option == '?')
			usage(synopsis);
	}
	if (list == NULL)
		usage(synopsis);
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		FILE *file = open_input(argv[i]);

		if (file != NULL)
			cut_file(file);
		if (file == NULL || close_input(file, argv[i]) < 0)
			status = EXIT_FAILURE;
	}
	return finish(status);
}
