/* file_times.c - setting times, and which calls change them.
 *
 * Layer: tests/user   Source: utimensat(2), utime(2), inode(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
times_show(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		printf("%s: %s\n", path, errno_name(errno));
	else
		printf("%s: accessed %ld.%09ld, modified %ld.%09ld\n", path,
		    (long)st.st_atim.tv_sec, st.st_atim.tv_nsec,
		    (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static bool
is_recent(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && time(NULL) - st.st_mtime < 100;
}

static void
make_old(const char *path)
{
	struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

	if (utimensat(AT_FDCWD, path, old, 0) != 0)
		printf("utimensat failed\n");
}

static void
setting(void)
{
	struct timespec both[2] = { { 1111, 222 }, { 3333, 444 } };
	struct timespec keep[2] = { { 0, UTIME_OMIT }, { 5555, 666 } };
	struct timespec now[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };
	struct timeval micro[2] = { { 77, 88 }, { 99, 11 } };
	int fd = CALL(open("file", O_RDONLY));

	CALL(utimensat(AT_FDCWD, "file", both, 0));
	times_show("file");
	CALL(utimensat(AT_FDCWD, "file", keep, 0));
	times_show("file");
	CALL(utimensat(AT_FDCWD, "link", both, AT_SYMLINK_NOFOLLOW));
	times_show("link");
	times_show("file");
	CALL(utimes("file", micro));
	times_show("file");
	CALL(futimens(fd, both));
	times_show("file");
	CALL(utimensat(AT_FDCWD, "file", now, 0));
	HOLDS(is_recent("file"));
	make_old("file");
	CALL(utimensat(AT_FDCWD, "file", NULL, 0));
	HOLDS(is_recent("file"));
	close(fd);
}

static void
changing(void)
{
	int fd;

	make_old("file");
	make_old("dir");
	fd = CALL(open("file", O_WRONLY));
	HOLDS(is_recent("file"));
	VALUE(write(fd, "x", 1));
	HOLDS(is_recent("file"));
	make_old("file");
	CALL(ftruncate(fd, 1));
	HOLDS(is_recent("file"));
	make_old("file");
	CALL(chmod("file", 0600));
	HOLDS(is_recent("file"));
	HOLDS(is_recent("dir"));
	file_make("dir/new", "x");
	HOLDS(is_recent("dir"));
	make_old("dir");
	CALL(rename("dir/new", "dir/newer"));
	HOLDS(is_recent("dir"));
	make_old("dir");
	CALL(unlink("dir/newer"));
	HOLDS(is_recent("dir"));
	close(fd);
}

static void
errors(void)
{
	struct timespec wrong[2] = { { 1, 1000000000 }, { 1, 1 } };
	struct timespec fine[2] = { { 1, 1 }, { 1, 1 } };
	struct timeval micro[2] = { { 1, 1000000 }, { 1, 1 } };

	CALL(utimensat(AT_FDCWD, "file", wrong, 0));
	CALL(utimensat(AT_FDCWD, "file", fine, 1 << 20));
	CALL(utimensat(AT_FDCWD, "no", fine, 0));
	CALL(utimensat(AT_FDCWD, "file/x", fine, 0));
	CALL(utimensat(99, "file", fine, 0));
	CALL(utimensat(AT_FDCWD, bad_pointer, fine, 0));
	CALL(syscall(SYS_utimensat, AT_FDCWD, "file", bad_pointer, 0));
	CALL(futimens(99, fine));
	CALL(syscall(SYS_utimes, "file", micro));
	CALL(syscall(SYS_utimes, "no", NULL));
	CALL(syscall(SYS_utimes, "file", bad_pointer));
	CALL(syscall(SYS_utimes, bad_pointer, NULL));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("file", "link"));
	CALL(mkdir("dir", 0755));
	setting();
	changing();
	errors();
	return test_end();
}
