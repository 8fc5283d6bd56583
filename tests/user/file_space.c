/* file_space.c - fallocate and advice on files.
 *
 * Layer: tests/user   Source: fallocate(2), posix_fadvise(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define KEEP_SIZE	1

static long
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 ? -1 : (long)st.st_size;
}

int
main(int argc, char **argv)
{
	char buffer[16];
	int ends[2];
	int reader;
	int dir;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDWR));
	CALL(syscall(SYS_fallocate, fd, 0, 0, 5));
	VALUE(size_of(fd));
	CALL(syscall(SYS_fallocate, fd, 0, 5, 3 * PAGE));
	VALUE(size_of(fd));
	VALUE(pread(fd, buffer, 16, 8));
	HOLDS(memcmp(buffer, "89\0\0\0\0", 6) == 0);
	CALL(syscall(SYS_fallocate, fd, KEEP_SIZE, 0, 10 * PAGE));
	VALUE(size_of(fd));
	CALL(syscall(SYS_fallocate, fd, 0, 0, 0));
	CALL(syscall(SYS_fallocate, fd, 0, -1L, 5));
	CALL(syscall(SYS_fallocate, fd, 1 << 20, 0, 5));
	CALL(syscall(SYS_fallocate, 99, 0, 0, 5));
	reader = CALL(open("file", O_RDONLY));
	CALL(syscall(SYS_fallocate, reader, 0, 0, 5));
	CALL(pipe(ends));
	CALL(syscall(SYS_fallocate, ends[1], 0, 0, 5));
	dir = CALL(open(".", O_RDONLY));
	CALL(syscall(SYS_fallocate, dir, 0, 0, 5));
	CALL(syscall(SYS_fadvise64, fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	CALL(syscall(SYS_fadvise64, fd, 0, 100, POSIX_FADV_DONTNEED));
	CALL(syscall(SYS_fadvise64, fd, 0, 0, 99));
	CALL(syscall(SYS_fadvise64, 99, 0, 0, 0));
	CALL(syscall(SYS_fadvise64, ends[0], 0, 0, 0));
	return test_end();
}
