/* tail.c - print the last lines of files.  -n N or -N: how many (10); -n +N:
 * from line N on.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <limits.h>

static const char synopsis[] = "tail [-n [+]LINES] [FILE]...";

static void
print_from(FILE *file, long line)
{
	int c;

	while ((c = getc(file)) != EOF) {
		if (line <= 1)
			putchar(c);
		line -= c == '\n';
	}
}

/* Keep the last WANTED lines in a ring until the file ends. */
static void
print_last(FILE *file, size_t wanted)
{
	char **ring = calloc(wanted + 1, sizeof(*ring));
	size_t *sizes = calloc(wanted + 1, sizeof(*sizes));
	ssize_t length;
	size_t count = 0;

	if (ring == NULL || sizes == NULL)
		err(EXIT_FAILURE, "calloc");
	/* Slot count % (wanted + 1) is the oldest line, or the line that was
	 * not read because the file has ended. */
	do {
		size_t slot = count % (wanted + 1);

		length = getline(&ring[slot], &sizes[slot], file);
		count += length > 0;
	} while (length > 0);
	for (size_t i = count < wanted ? 0 : count - wanted; i < count; i++)
		fputs(ring[i % (wanted + 1)], stdout);
	for (size_t i = 0; i <= wanted; i++)
		free(ring[i]);
	free(ring);
	free(sizes);
}

int
tail_main(int argc, char **argv)
{
	const char *lines = "10";
	long wanted;
	int status = EXIT_SUCCESS;
	int option;

	if (argc > 1 && argv[1][0] == '-' &&
	    isdigit((unsigned char)argv[1][1])) {
		lines = argv[1] + 1;
		optind = 2;
	}
	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option == '?')
			usage(synopsis);
		lines = optarg;
	}
	wanted = parse_number(lines, 0, INT_MAX);
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		FILE *file = open_input(argv[i]);

		if (file != NULL && argc - optind > 1)
			printf("%s==> %s <==\n", i > optind ? "\n" : "",
			    argv[i]);
		if (file != NULL && lines[0] == '+')
			print_from(file, wanted);
		else if (file != NULL)
			print_last(file, wanted);
		if (file == NULL || close_input(file, argv[i]) < 0)
			status = EXIT_FAILURE;
	}
	return finish(status);
}
