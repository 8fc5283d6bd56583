/* reboot.c - start the machine anew, at once: no process is asked.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/reboot.h>

int
reboot_main(int argc, char **argv)
{
	if (getopt(argc, argv, "f") == '?' || optind != argc)
		usage("reboot");
	sync();
	reboot(RB_AUTOBOOT);
	err(EXIT_FAILURE, "reboot");
}
