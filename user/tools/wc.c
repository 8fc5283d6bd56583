/* wc.c - count lines, words and bytes.  -l, -w, -c: only these.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <sys/stat.h>

enum { LINES, WORDS, BYTES, KINDS };

static bool wanted[KINDS];
static int width = 1;		/* of a column */

static void
print(const unsigned long counts[KINDS], const char *name)
{
	const char *space = "";

	for (int kind = 0; kind < KINDS; kind++) {
		if (!wanted[kind])
			continue;
		printf("%s%*lu", space, width, counts[kind]);
		space = " ";
	}
	printf("%s%s\n", name != NULL ? " " : "", name != NULL ? name : "");
}

static void
count(FILE *file, unsigned long counts[KINDS])
{
	bool in_word = false;
	int c;

	while ((c = getc(file)) != EOF) {
		counts[BYTES]++;
		counts[LINES] += c == '\n';
		counts[WORDS] += !isspace(c) && !in_word;
		in_word = !isspace(c);
	}
}

/* As wide as the largest number that can come: the size of all files.  For
 * what has no size, 7. */
static void
choose_width(char **paths)
{
	unsigned long long total = 0;
	struct stat info;

	for (; *paths != NULL; paths++) {
		if (stat(*paths, &info) < 0)
			continue;
		if (S_ISREG(info.st_mode))
			total += info.st_size;
		else
			width = 7;
	}
	for (int digits = 1; total > 0; digits++, total /= 10)
		if (digits > width)
			width = digits;
}

int
wc_main(int argc, char **argv)
{
	static const char letters[] = "lwc";
	unsigned long total[KINDS] = {0};
	int columns = 0;
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, letters)) != -1) {
		if (option == '?')
			usage("wc [-lwc] [FILE]...");
		wanted[strchr(letters, option) - letters] = true;
	}
	for (int kind = 0; kind < KINDS; kind++)
		columns += wanted[kind];
	if (columns == 0)
		wanted[LINES] = wanted[WORDS] = wanted[BYTES] = true;
	if (optind == argc) {
		width = columns == 1 ? 1 : 7;
		count(stdin, total);
		print(total, NULL);
		return finish(status);
	}
	if (columns != 1 || argc - optind > 1)
		choose_width(argv + optind);
	for (int i = optind; i < argc; i++) {
		unsigned long counts[KINDS] = {0};
		FILE *file = open_input(argv[i]);

		if (file == NULL) {
			status = EXIT_FAILURE;
			continue;
		}
		count(file, counts);
		if (close_input(file, argv[i]) < 0)
			status = EXIT_FAILURE;
		print(counts, argv[i]);
		for (int kind = 0; kind < KINDS; kind++)
			total[kind] += counts[kind];
	}
	if (argc - optind > 1)
		print(total, "total");
	return finish(status);
}
