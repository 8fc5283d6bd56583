/* sparse_file.c - holes read as zeros, and cut bytes do not come back.
 *
 * Layer: tests/user   Source: lseek(2), truncate(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define MIB	(1024L * 1024)

static char buffer[3 * PAGE];

static bool
is_zero(const char *from, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (from[i] != 0)
			return false;
	return true;
}

static long
size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) != 0 ? -1 : (long)st.st_size;
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	VALUE(pwrite(fd, "x", 1, 100 * MIB));
	VALUE(size_of(fd));
	VALUE(pread(fd, buffer, sizeof buffer, 50 * MIB + 1));
	HOLDS(is_zero(buffer, sizeof buffer));
	VALUE(pread(fd, buffer, sizeof buffer, 100 * MIB - PAGE));
	HOLDS(is_zero(buffer, PAGE) && buffer[PAGE] == 'x');
	CALL(ftruncate(fd, 0));
	VALUE(size_of(fd));

	memset(buffer, 'a', sizeof buffer);
	VALUE(pwrite(fd, buffer, sizeof buffer, 0));
	CALL(ftruncate(fd, PAGE + 10));
	VALUE(size_of(fd));
	CALL(ftruncate(fd, 3 * PAGE));
	VALUE(pread(fd, buffer, sizeof buffer, 0));
	HOLDS(buffer[PAGE + 9] == 'a');
	HOLDS(is_zero(buffer + PAGE + 10, 2 * PAGE - 10));

	CALL(ftruncate(fd, PAGE + 10));
	VALUE(pwrite(fd, "b", 1, 2 * PAGE));
	VALUE(pread(fd, buffer, sizeof buffer, 0));
	HOLDS(is_zero(buffer + PAGE + 10, PAGE - 10));
	HOLDS(buffer[2 * PAGE] == 'b');
	CALL(truncate("file", 5));
	file_show("file");
	CALL(truncate("file", 7));
	file_show("file");
	VALUE(lseek(fd, 0, SEEK_CUR));
	return test_end();
}
