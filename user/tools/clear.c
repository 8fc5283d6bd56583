/* clear.c - clear the terminal: cursor home, erase the screen.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
clear_main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		usage("clear");
	fputs("\033[H\033[2J", stdout);
	return finish(EXIT_SUCCESS);
}
