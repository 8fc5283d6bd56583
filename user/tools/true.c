/* true.c - do nothing, successfully.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
true_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}
