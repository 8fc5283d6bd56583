/* open_flags.c - what each flag of open does.
 *
 * Layer: tests/user   Source: open(2), creat(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
create_and_exclusive(void)
{
	int fd;

	CALL(open("new", O_RDONLY));
	fd = CALL(open("new", O_RDWR | O_CREAT | O_EXCL, 0600));
	VALUE(write(fd, "abcdef", 6));
	close(fd);
	CALL(open("new", O_RDWR | O_CREAT | O_EXCL, 0600));
	fd = CALL(open("new", O_RDWR | O_CREAT, 0600));
	close(fd);
	file_show("new");
	CALL(symlink("nowhere", "dangling"));
	CALL(open("dangling", O_WRONLY | O_CREAT | O_EXCL, 0600));
	fd = CALL(open("dangling", O_WRONLY | O_CREAT, 0600));
	close(fd);
	dir_show(".");
}

static void
truncate_and_append(void)
{
	int fd = CALL(open("new", O_WRONLY | O_APPEND));

	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(write(fd, "gh", 2));
	VALUE(lseek(fd, 0, SEEK_CUR));
	close(fd);
	file_show("new");
	fd = CALL(open("new", O_WRONLY | O_TRUNC));
	close(fd);
	file_show("new");
	file_make("other", "text");
	fd = CALL((int)syscall(SYS_creat, "other", 0600));
	VALUE(write(fd, "x", 1));
	VALUE(read(fd, &fd, 1));
	close(fd);
	file_show("other");
}

static void
directories(void)
{
	int fd;

	CALL(mkdir("dir", 0755));
	CALL(open("dir", O_WRONLY));
	CALL(open("dir", O_RDWR));
	CALL(open("dir", O_RDONLY | O_CREAT, 0600));
	CALL(open("other", O_RDONLY | O_DIRECTORY));
	fd = CALL(open("dir", O_RDONLY | O_DIRECTORY));
	VALUE(read(fd, &fd, 1));
	VALUE(fcntl(fd, F_GETFD));
	close(fd);
	fd = CALL(open("dir", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	VALUE(fcntl(fd, F_GETFD));
	close(fd);
}

static void
no_follow(void)
{
	CALL(symlink("other", "link"));
	CALL(symlink("dir", "dirlink"));
	CALL(open("link", O_RDONLY | O_NOFOLLOW));
	CALL(open("dirlink", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	OPENS(open("link", O_RDONLY));
	OPENS(open("dirlink", O_RDONLY | O_DIRECTORY));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	create_and_exclusive();
	truncate_and_append();
	directories();
	no_follow();
	return test_end();
}
