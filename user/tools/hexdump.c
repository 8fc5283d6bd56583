/* hexdump.c - show bytes in hexadecimal and as characters, as "hexdump -C"
 * does elsewhere.  -n N: only the first N bytes; -s N: skip N bytes.
 *
 * Runs of equal lines are shown as one "*".
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <limits.h>

enum { LINE = 16 };

static void
print_line(unsigned long offset, const unsigned char *bytes, size_t count)
{
	printf("%08lx ", offset);
	for (size_t i = 0; i < LINE; i++) {
		if (i % 8 == 0)
			putchar(' ');
		if (i < count)
			printf("%02x ", bytes[i]);
		else
			printf("   ");
	}
	printf(" |");
	for (size_t i = 0; i < count; i++)
		putchar(isprint(bytes[i]) ? bytes[i] : '.');
	puts("|");
}

static void
dump(FILE *file, unsigned long skip, unsigned long limit)
{
	unsigned char line[LINE];
	unsigned char before[LINE];
	unsigned long offset = 0;
	bool same = false;
	size_t got;

	while (offset < skip && getc(file) != EOF)
		offset++;
	limit = limit > ULONG_MAX - offset ? ULONG_MAX : offset + limit;
	for (bool first = true; offset < limit; first = false) {
		size_t want = limit - offset < LINE ? limit - offset : LINE;

		got = fread(line, 1, want, file);
		if (got == 0)
			break;
		if (!first && got == LINE && memcmp(line, before, LINE) == 0) {
			if (!same)
				puts("*");
			same = true;
		} else {
			print_line(offset, line, got);
			same = false;
		}
		memcpy(before, line, LINE);
		offset += got;
	}
	if (offset > skip)
		printf("%08lx\n", offset);
}

int
hexdump_main(int argc, char **argv)
{
	unsigned long skip = 0;
	unsigned long limit = ULONG_MAX;
	const char *path;
	FILE *file;
	int option;

	while ((option = getopt(argc, argv, "Cn:s:")) != -1) {
		if (option == 'n')
			limit = parse_number(optarg, 0, LONG_MAX);
		else if (option == 's')
			skip = parse_number(optarg, 0, LONG_MAX);
		else if (option == '?')
			usage("hexdump [-C] [-n BYTES] [-s SKIP] [FILE]");
	}
	path = optind < argc ? argv[optind] : "-";
	file = open_input(path);
	if (file == NULL)
		return EXIT_FAILURE;
	dump(file, skip, limit);
	return finish(close_input(file, path) < 0 ? EXIT_FAILURE :
						    EXIT_SUCCESS);
}
