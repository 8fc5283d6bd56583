/* df.c - how full the mounted file systems are, in KiB.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <mntent.h>
#include <sys/statvfs.h>

int
df_main(int argc, char **argv)
{
	FILE *file = setmntent("/proc/mounts", "r");
	struct mntent *m;

	if (getopt(argc, argv, "k") == '?' || optind != argc)
		usage("df");
	if (file == NULL)
		err(EXIT_FAILURE, "/proc/mounts");
	printf("%-16s %10s %10s %10s %4s %s\n", "Filesystem", "1K-blocks",
	    "Used", "Available", "Use%", "Mounted on");
	while ((m = getmntent(file)) != NULL) {
		struct statvfs s;
		unsigned long long unit, used, left;

		/* What has no blocks, like /proc, cannot be full. */
		if (statvfs(m->mnt_dir, &s) < 0 || s.f_blocks == 0)
			continue;
		unit = s.f_frsize;
		used = (s.f_blocks - s.f_bfree) * unit / 1024;
		left = s.f_bavail * unit / 1024;
		printf("%-16s %10llu %10llu %10llu %3llu%% %s\n", m->mnt_fsname,
		    s.f_blocks * unit / 1024, used, left, used + left == 0 ? 0 :
		    (used * 100 + used + left - 1) / (used + left), m->mnt_dir);
	}
	endmntent(file);
	return finish(EXIT_SUCCESS);
}
