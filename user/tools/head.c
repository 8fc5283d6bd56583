/* head.c - print the first lines of files.  -n N or -N: how many (10);
 * -c N: bytes instead.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <limits.h>

static const char synopsis[] = "head [-n LINES | -c BYTES] [FILE]...";

/* Print until LEFT lines, or bytes, are out. */
static void
print_start(FILE *file, long left, bool bytes)
{
	int c;

	while (left > 0 && (c = getc(file)) != EOF) {
		putchar(c);
		left -= bytes || c == '\n';
	}
}

int
head_main(int argc, char **argv)
{
	long wanted = 10;
	bool bytes = false;
	int status = EXIT_SUCCESS;
	int option;

	if (argc > 1 && argv[1][0] == '-' &&
	    isdigit((unsigned char)argv[1][1])) {
		wanted = parse_number(argv[1] + 1, 0, LONG_MAX);
		optind = 2;
	}
	while ((option = getopt(argc, argv, "n:c:")) != -1) {
		if (option == '?')
			usage(synopsis);
		wanted = parse_number(optarg, 0, LONG_MAX);
		bytes = option == 'c';
	}
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		FILE *file = open_input(argv[i]);

		if (file != NULL && argc - optind > 1)
			printf("%s==> %s <==\n", i > optind ? "\n" : "",
			    argv[i]);
		if (file != NULL)
			print_start(file, wanted, bytes);
		if (file == NULL || close_input(file, argv[i]) < 0)
			status = EXIT_FAILURE;
	}
	return finish(status);
}
