/* lseek_edges.c - where lseek may go, and what it refuses.
 *
 * Layer: tests/user   Source: lseek(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char buffer[16];
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDWR));
	VALUE(lseek(fd, 4, SEEK_SET));
	VALUE(lseek(fd, 3, SEEK_CUR));
	VALUE(lseek(fd, -2, SEEK_CUR));
	VALUE(lseek(fd, -2, SEEK_END));
	VALUE(lseek(fd, -1, SEEK_SET));
	VALUE(lseek(fd, -11, SEEK_END));
	VALUE(lseek(fd, -9, SEEK_CUR));
	VALUE(lseek(fd, 0, SEEK_CUR));
	VALUE(lseek(fd, 0, 99));
	VALUE(lseek(fd, 100, SEEK_END));
	VALUE(read(fd, buffer, sizeof buffer));
	VALUE(write(fd, "end", 3));
	VALUE(lseek(fd, 0, SEEK_END));
	VALUE(lseek(fd, 8, SEEK_SET));
	VALUE(read(fd, buffer, 6));
	HOLDS(memcmp(buffer, "89\0\0\0", 6) == 0);
	VALUE(lseek(fd, 1L << 40, SEEK_SET));
	VALUE(read(fd, buffer, 1));
	VALUE(lseek(99, 0, SEEK_SET));
	CALL(pipe(ends));
	VALUE(lseek(ends[0], 0, SEEK_SET));
	VALUE(lseek(ends[1], 0, SEEK_CUR));
	return test_end();
}
