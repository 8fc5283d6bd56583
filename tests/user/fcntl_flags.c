/* fcntl_flags.c - flags of a descriptor and of an open file.
 *
 * Layer: tests/user   Source: fcntl(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

/* Prints the flags by name; O_LARGEFILE, which Linux adds, is left out. */
static void
flags_show(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	printf("flags:%s%s%s\n",
	    (flags & O_ACCMODE) == O_RDONLY ? " O_RDONLY" :
	    (flags & O_ACCMODE) == O_WRONLY ? " O_WRONLY" : " O_RDWR",
	    (flags & O_APPEND) != 0 ? " O_APPEND" : "",
	    (flags & O_NONBLOCK) != 0 ? " O_NONBLOCK" : "");
	if ((flags & (O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC)) != 0)
		printf("flags that belong to open alone\n");
}

static void
file_flags(void)
{
	int fd = CALL(open("file", O_RDWR | O_CREAT | O_EXCL | O_TRUNC |
	    O_CLOEXEC, 0600));
	int other = CALL(dup(fd));

	flags_show(fd);
	CALL(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK));
	flags_show(fd);
	flags_show(other);
	VALUE(write(fd, "one", 3));
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(write(other, "two", 3));
	CALL(fcntl(fd, F_SETFL, O_WRONLY | O_TRUNC | O_CREAT));
	flags_show(other);
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(write(fd, "1", 1));
	file_show("file");
	close(fd);
	close(other);
	fd = CALL(open("file", O_WRONLY | O_APPEND));
	flags_show(fd);
	close(fd);
}

static void
descriptor_flags(void)
{
	int fd = CALL(open("file", O_RDONLY | O_CLOEXEC));
	int other = CALL(dup(fd));

	VALUE(fcntl(fd, F_GETFD));
	VALUE(fcntl(other, F_GETFD));
	CALL(fcntl(other, F_SETFD, FD_CLOEXEC));
	CALL(fcntl(fd, F_SETFD, 0));
	VALUE(fcntl(fd, F_GETFD));
	VALUE(fcntl(other, F_GETFD));
	CALL(fcntl(fd, F_SETFD, ~FD_CLOEXEC));
	VALUE(fcntl(fd, F_GETFD));
	close(fd);
	close(other);
}

static void
errors(void)
{
	VALUE(fcntl(99, F_GETFD));
	VALUE(fcntl(99, F_SETFD, 0));
	VALUE(fcntl(99, F_GETFL));
	VALUE(fcntl(99, F_SETFL, 0));
	VALUE(fcntl(-1, F_GETFL));
	VALUE(fcntl(0, 9999));
	VALUE(fcntl(99, 9999));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_flags();
	descriptor_flags();
	errors();
	return test_end();
}
