/* umount.c - take a file system out of the tree.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/mount.h>

int
umount_main(int argc, char **argv)
{
	if (getopt(argc, argv, "") != -1 || argc - optind != 1)
		usage("umount DIR");
	if (umount(argv[optind]) < 0)
		err(EXIT_FAILURE, "%s", argv[optind]);
	return EXIT_SUCCESS;
}
