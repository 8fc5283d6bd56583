/* sync.c - write everything that waits in memory to the disks.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

int
sync_main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		usage("sync");
	sync();
	return 0;
}
