/* uniq.c - drop lines that are equal to the one before.  -c: count them;
 * -d: only those that come more than once; -u: only those that come once.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

static bool counts, repeated, single;

static void
print(const char *line, unsigned long times)
{
	if (times == 0 || (repeated && times == 1) || (single && times > 1))
		return;
	if (counts)
		printf("%7lu ", times);
	puts(line);
}

int
uniq_main(int argc, char **argv)
{
	char *line = NULL;
	char *last = NULL;
	size_t size = 0;
	size_t last_size = 0;
	unsigned long times = 0;
	ssize_t length;
	FILE *file;
	int option;

	while ((option = getopt(argc, argv, "cdu")) != -1) {
		counts |= option == 'c';
		repeated |= option == 'd';
		single |= option == 'u';
		if (option == '?')
			usage("uniq [-cdu] [FILE]");
	}
	file = open_input(optind < argc ? argv[optind] : "-");
	if (file == NULL)
		return EXIT_FAILURE;
	while ((length = getline(&line, &size, file)) > 0) {
		char *swap = last;
		size_t swap_size = last_size;

		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		if (times > 0 && strcmp(line, last) == 0) {
			times++;
			continue;
		}
		print(last, times);
		last = line;
		last_size = size;
		line = swap;
		size = swap_size;
		times = 1;
	}
	print(last, times);
	return finish(close_input(file, "-") < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
