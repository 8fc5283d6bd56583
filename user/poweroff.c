/* poweroff.c - switch the machine off, at once: no process is asked.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

#include <sys/reboot.h>

int
main(int argc, char **argv)
{
	if (getopt(argc, argv, "f") == '?' || optind != argc)
		usage("poweroff");
	sync();
	reboot(RB_POWER_OFF);
	err(EXIT_FAILURE, "reboot");
}
