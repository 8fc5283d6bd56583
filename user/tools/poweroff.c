/* poweroff.c - switch the machine off, at once: no process is asked.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/reboot.h>

int
poweroff_main(int argc, char **argv)
{
	if (getopt(argc, argv, "f") == '?' || optind != argc)
		usage("poweroff");
	sync();
	reboot(RB_POWER_OFF);
	err(EXIT_FAILURE, "reboot");
}
