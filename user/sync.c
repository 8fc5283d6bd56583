/* sync.c - write everything that waits in memory to the disks.
 *
 * SPDX-License-Identifier: MIT */
#include <unistd.h>

int
main(void)
{
	sync();
	return 0;
}
