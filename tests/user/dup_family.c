/* dup_family.c - dup, dup2, dup3 and F_DUPFD: sharing and refusals.
 *
 * Layer: tests/user   Source: dup(2), fcntl(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
sharing(int fd)
{
	char byte;
	int other = VALUE(dup(fd));
	int apart = VALUE(open("file", O_RDONLY));

	VALUE(read(fd, &byte, 1));
	VALUE(lseek(other, 0, SEEK_CUR));
	VALUE(lseek(apart, 0, SEEK_CUR));
	CALL(close(fd));
	VALUE(read(other, &byte, 1));
	printf("read '%c'\n", byte);
	VALUE(dup2(other, fd));
	VALUE(read(fd, &byte, 1));
	printf("read '%c'\n", byte);
	CALL(close(other));
	CALL(close(apart));
}

static void
numbers(int fd)
{
	VALUE(dup2(fd, 50));
	VALUE(fcntl(50, F_GETFD));
	VALUE(dup2(fd, fd));
	VALUE(syscall(SYS_dup3, fd, 51, O_CLOEXEC));
	VALUE(fcntl(51, F_GETFD));
	VALUE(dup2(51, 52));
	VALUE(fcntl(52, F_GETFD));
	VALUE(fcntl(fd, F_DUPFD, 50));
	VALUE(fcntl(53, F_GETFD));
	VALUE(fcntl(fd, F_DUPFD_CLOEXEC, 50));
	VALUE(fcntl(54, F_GETFD));
	VALUE(dup2(99, 53));
	VALUE(fcntl(53, F_GETFD));
	VALUE(dup2(0, 53));
}

static void
errors(int fd)
{
	struct rlimit limit;

	CALL(getrlimit(RLIMIT_NOFILE, &limit));
	VALUE(dup(99));
	VALUE(dup(-1));
	VALUE(dup2(99, 60));
	VALUE(dup2(99, 99));
	VALUE(dup2(fd, -1));
	VALUE(dup2(fd, (int)limit.rlim_cur));
	VALUE(syscall(SYS_dup3, fd, fd, 0));
	VALUE(syscall(SYS_dup3, fd, 60, O_APPEND));
	VALUE(syscall(SYS_dup3, 99, 60, 0));
	VALUE(syscall(SYS_dup3, fd, -1, 0));
	VALUE(fcntl(fd, F_DUPFD, -1));
	VALUE(fcntl(fd, F_DUPFD, limit.rlim_cur));
	VALUE(fcntl(99, F_DUPFD, 0));
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "abcdefgh");
	fd = VALUE(open("file", O_RDONLY));
	sharing(fd);
	numbers(fd);
	errors(fd);
	return test_end();
}
