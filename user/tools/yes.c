/* yes.c - print the same line for ever.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
yes_main(int argc, char **argv)
{
	if (argc == 1)
		argv[argc++] = "y";
	do {
		for (int i = 1; i < argc; i++)
			printf("%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
	} while (!ferror(stdout));
	return finish(EXIT_FAILURE);
}
