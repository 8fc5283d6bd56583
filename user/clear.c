/* clear.c - clear the terminal: cursor home, erase the screen.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

int
main(void)
{
	fputs("\033[H\033[2J", stdout);
	return finish(EXIT_SUCCESS);
}
