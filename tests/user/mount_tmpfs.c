/* mount_tmpfs.c - a file system is mounted, crossed, busy and unmounted.
 *
 * Layer: tests/user   Source: mount(2), umount(2), rename(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/mount.h>

static void
crossing(void)
{
	struct stat below;
	struct stat above;

	file_make("mnt/inside", "inside");
	file_make("outside", "outside");
	CALL(stat(".", &below));
	CALL(stat("mnt", &above));
	HOLDS(below.st_dev != above.st_dev);
	CALL(rename("mnt/inside", "moved"));
	CALL(rename("outside", "mnt/moved"));
	CALL(link("outside", "mnt/linked"));
	CALL(rename("mnt", "other"));
	CALL(rmdir("mnt"));
	file_show("mnt/../outside");
	CALL(symlink("../outside", "mnt/up"));
	file_show("mnt/up");
	dir_show("mnt");
}

static void
busy(void)
{
	int fd = CALL(open("mnt/inside", O_RDONLY));

	CALL(umount("mnt"));
	CALL(close(fd));
	CALL(chdir("mnt"));
	CALL(umount("../mnt"));
	CALL(chdir(".."));
	CALL(umount("mnt"));
	CALL(umount("mnt"));
	dir_show("mnt");
}

static void
errors(void)
{
	CALL(mount("none", "mnt", "nosuchfs", 0, NULL));
	CALL(mount("none", "no", "tmpfs", 0, NULL));
	CALL(mount("none", "outside", "tmpfs", 0, NULL));
	CALL(mount("none", "", "tmpfs", 0, NULL));
	CALL(mount("none", bad_pointer, "tmpfs", 0, NULL));
	CALL(mount("none", "mnt", bad_pointer, 0, NULL));
	CALL(umount("outside"));
	CALL(umount("no"));
	CALL(umount(""));
	CALL(umount(bad_pointer));
	CALL(umount2("mnt", 1 << 20));
}

/* The upper of two mounts on one directory hides the lower. */
static void
stacked(void)
{
	CALL(mount("none", "mnt", "tmpfs", 0, NULL));
	file_make("mnt/lower", "x");
	CALL(mount("none", "mnt", "tmpfs", 0, NULL));
	file_make("mnt/upper", "x");
	dir_show("mnt");
	CALL(umount("mnt"));
	dir_show("mnt");
	CALL(umount("mnt"));
	dir_show("mnt");
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(mkdir("mnt", 0755));
	file_make("mnt/hidden", "hidden by the mount");
	CALL(mount("none", "mnt", "tmpfs", 0, NULL));
	dir_show("mnt");
	crossing();
	busy();
	errors();
	stacked();
	return test_end();
}
