/* stat.c - all that the file system knows about a file.  -L: about what a
 * symbolic link points to.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

static const char *
type_name(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "regular file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symbolic link";
	case S_IFCHR:
		return "character special file";
	case S_IFBLK:
		return "block special file";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	}
	return "unknown";
}

static void
print_time(const char *label, const struct timespec *time)
{
	char text[64];

	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S",
	    localtime(&time->tv_sec));
	printf("%s: %s.%09ld\n", label, text, time->tv_nsec);
}

static void
print(const char *path, const struct stat *info)
{
	printf("  File: %s\n", path);
	printf("  Size: %-12lld Blocks: %-8lld IO Block: %-6ld %s\n",
	    (long long)info->st_size, (long long)info->st_blocks,
	    (long)info->st_blksize, type_name(info->st_mode));
	printf("Device: %u,%u  Inode: %-12llu Links: %lu",
	    major(info->st_dev), minor(info->st_dev),
	    (unsigned long long)info->st_ino, (unsigned long)info->st_nlink);
	if (S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode))
		printf("  Device type: %u,%u", major(info->st_rdev),
		    minor(info->st_rdev));
	printf("\nAccess: %04o  Uid: %u  Gid: %u\n",
	    (unsigned)(info->st_mode & ~S_IFMT), info->st_uid, info->st_gid);
	print_time("Access", &info->st_atim);
	print_time("Modify", &info->st_mtim);
	print_time("Change", &info->st_ctim);
}

int
stat_main(int argc, char **argv)
{
	bool follow = false;
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "L")) != -1) {
		follow |= option == 'L';
		if (option == '?')
			usage("stat [-L] FILE...");
	}
	if (optind == argc)
		usage("stat [-L] FILE...");
	for (char **path = argv + optind; *path != NULL; path++) {
		struct stat info;

		if ((follow ? stat : lstat)(*path, &info) < 0) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		} else {
			print(*path, &info);
		}
	}
	return finish(status);
}
