/* stat_fields.c - what the stat family says of every kind of file.
 *
 * Layer: tests/user   Source: stat(2), inode(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
show(const char *name, const struct stat *st)
{
	const char *kind = S_ISREG(st->st_mode) ? "regular" :
	    S_ISDIR(st->st_mode) ? "directory" :
	    S_ISLNK(st->st_mode) ? "symbolic link" :
	    S_ISFIFO(st->st_mode) ? "fifo" :
	    S_ISCHR(st->st_mode) ? "character device" : "other";

	printf("%s: %s, mode %o, uid %u, gid %u", name, kind,
	    st->st_mode & 07777, st->st_uid, st->st_gid);
	if (!S_ISDIR(st->st_mode))
		printf(", links %lu, size %ld", (unsigned long)st->st_nlink,
		    (long)st->st_size);
	printf("\n");
}

static void
show_path(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		show(path, &st);
	else
		printf("%s: %s\n", path, errno_name(errno));
}

static void
kinds(void)
{
	struct stat st;
	int ends[2];

	show_path("file");
	show_path("dir");
	show_path("link");
	show_path("link/");
	show_path("fifo");
	CALL(stat("link", &st));
	show("link followed", &st);
	CALL(stat("dangling", &st));
	show_path("dangling");
	CALL(lstat("/dev/null", &st));
	HOLDS(S_ISCHR(st.st_mode));
	HOLDS(st.st_rdev == makedev(1, 3));
	CALL(stat("/", &st));
	HOLDS(S_ISDIR(st.st_mode));
	CALL(pipe(ends));
	CALL(fstat(ends[0], &st));
	HOLDS(S_ISFIFO(st.st_mode));
	close(ends[0]);
	close(ends[1]);
}

static void
relations(void)
{
	struct stat a;
	struct stat b;

	CALL(stat("file", &a));
	CALL(stat("dir/../file", &b));
	HOLDS(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
	CALL(stat("dir", &b));
	HOLDS(a.st_ino != b.st_ino);
	HOLDS(a.st_blksize > 0 && a.st_blksize % 512 == 0);
	HOLDS(a.st_mtim.tv_nsec >= 0 && a.st_mtim.tv_nsec < 1000000000);
	HOLDS(a.st_ctime - time(NULL) <= 1 && time(NULL) - a.st_ctime < 100);
}

static void
at_calls(void)
{
	struct stat st;
	int dir = CALL(open("dir", O_RDONLY));
	int file = CALL(open("file", O_RDONLY));

	CALL(fstatat(dir, "../link", &st, AT_SYMLINK_NOFOLLOW));
	show("../link itself", &st);
	CALL(fstatat(dir, "../link", &st, 0));
	show("../link followed", &st);
	CALL(syscall(SYS_newfstatat, file, "", &st, AT_EMPTY_PATH));
	show("empty path", &st);
	CALL(syscall(SYS_newfstatat, file, "", &st, 0));
	CALL(syscall(SYS_newfstatat, file, "x", &st, 0));
	CALL(syscall(SYS_newfstatat, 99, "x", &st, 0));
	CALL(syscall(SYS_newfstatat, 99, "/", &st, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "file", &st, 1 << 20));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, "file", bad_pointer, 0));
	CALL(syscall(SYS_newfstatat, AT_FDCWD, bad_pointer, &st, 0));
	close(dir);
	close(file);
}

static void
errors(void)
{
	struct stat st;

	CALL(stat("no", &st));
	CALL(stat("", &st));
	CALL(stat("file/", &st));
	CALL(stat("file/x", &st));
	CALL(stat("loop", &st));
	CALL(lstat("loop", &st));
	CALL(syscall(SYS_fstat, 99, &st));
	CALL(syscall(SYS_fstat, 1, bad_pointer));
	CALL(syscall(SYS_stat, "file", bad_pointer));
	CALL(syscall(SYS_stat, bad_pointer, &st));
	CALL(syscall(SYS_lstat, "file", bad_pointer));
	CALL(syscall(SYS_lstat, bad_pointer, &st));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(mkdir("dir", 0750));
	CALL(symlink("file", "link"));
	CALL(symlink("nowhere", "dangling"));
	CALL(symlink("loop", "loop"));
	CALL(mkfifo("fifo", 0604));
	kinds();
	relations();
	at_calls();
	errors();
	return test_end();
}
