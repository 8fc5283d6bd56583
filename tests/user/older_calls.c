/* older_calls.c - calls that newer ones have replaced: getdents, utime,
 * futimesat, eventfd without flags, sync's kin.
 *
 * Layer: tests/user   Source: getdents(2), utime(2), futimesat(2), syncfs(2),
 *                             restart_syscall(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <utime.h>

struct old_entry {
	unsigned long inode;
	unsigned long offset;
	unsigned short length;
	char name[];		/* and the kind in the last byte */
};

/* Counts the entries of ".", with the number of directories among them. */
static void
entries_count(void)
{
	static char buffer[PAGE];
	int fd = open(".", O_RDONLY);
	int directories = 0;
	int all = 0;
	long n;

	while ((n = syscall(SYS_getdents, fd, buffer, sizeof buffer)) > 0)
		for (long at = 0; at < n; all++) {
			struct old_entry *entry =
			    (struct old_entry *)(buffer + at);

			at += entry->length;
			directories += buffer[at - 1] == DT_DIR;
		}
	printf("%d entries, %d directories, then %ld\n", all, directories, n);
	lseek(fd, 0, SEEK_SET);
	VALUE(syscall(SYS_getdents, fd, buffer, 8));
	close(fd);
	VALUE(syscall(SYS_getdents, 99, buffer, sizeof buffer));
}

static void
times_show(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0)
		printf("%s: accessed %ld, modified %ld.%06ld\n", path,
		    (long)st.st_atime, (long)st.st_mtime,
		    st.st_mtim.tv_nsec / 1000);
}

int
main(int argc, char **argv)
{
	struct utimbuf times = { 1000, 2000 };
	struct timeval micro[2] = { { 3000, 4 }, { 5000, 6 } };
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(mkdir("dir", 0755));
	entries_count();
	CALL(syscall(SYS_utime, "file", &times));
	times_show("file");
	CALL(syscall(SYS_utime, "no", &times));
	CALL(syscall(SYS_utime, "file", bad_pointer));
	CALL(syscall(SYS_futimesat, AT_FDCWD, "file", micro));
	times_show("file");
	CALL(syscall(SYS_futimesat, 99, "file", micro));
	CALL(syscall(SYS_futimesat, AT_FDCWD, "file", bad_pointer));
	fd = CALL(open("file", O_RDWR));
	CALL(syscall(SYS_syncfs, fd));
	CALL(syscall(SYS_syncfs, 99));
	CALL(syscall(SYS_restart_syscall));
	CALL(syscall(SYS_setdomainname, bad_pointer, 5));
	CALL(syscall(SYS_setdomainname, "x", -1));
	return test_end();
}
