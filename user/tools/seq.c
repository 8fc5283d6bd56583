/* seq.c - print whole numbers: seq LAST, seq FIRST LAST, seq FIRST STEP LAST.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <limits.h>

int
seq_main(int argc, char **argv)
{
	long numbers[3];
	long first = 1;
	long step = 1;
	long last;

	if (argc < 2 || argc > 4)
		usage("seq [FIRST [STEP]] LAST");
	for (int i = 1; i < argc; i++)
		numbers[i - 1] = parse_number(argv[i], INT_MIN, INT_MAX);
	last = numbers[argc - 2];
	if (argc > 2)
		first = numbers[0];
	if (argc > 3)
		step = numbers[1];
	if (step == 0)
		errx(EXIT_USAGE, "the step must not be 0");
	for (long i = first; step > 0 ? i <= last : i >= last; i += step)
		printf("%ld\n", i);
	return finish(EXIT_SUCCESS);
}
