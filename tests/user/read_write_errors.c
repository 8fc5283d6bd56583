/* read_write_errors.c - read and write with wrong descriptors and pointers.
 *
 * Layer: tests/user   Source: read(2), write(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char buffer[16];
	int reader;
	int writer;
	int dir;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	reader = CALL(open("file", O_RDONLY));
	writer = CALL(open("file", O_WRONLY));
	dir = CALL(open(".", O_RDONLY));
	VALUE(read(99, buffer, 1));
	VALUE(read(-1, buffer, 1));
	VALUE(write(99, buffer, 1));
	VALUE(write(-1, buffer, 1));
	VALUE(write(reader, buffer, 1));
	VALUE(read(writer, buffer, 1));
	VALUE(read(dir, buffer, 1));
	VALUE(write(dir, buffer, 1));
	VALUE(read(reader, bad_pointer, 1));
	VALUE(write(writer, bad_pointer, 1));
	VALUE(read(reader, (void *)-PAGE, 1));
	VALUE(write(writer, (void *)-PAGE, 1));
	VALUE(lseek(reader, 0, SEEK_CUR));
	VALUE(lseek(writer, 0, SEEK_CUR));
	VALUE(read(reader, buffer, 0));
	VALUE(write(writer, buffer, 0));
	VALUE(read(99, buffer, 0));
	VALUE(read(writer, buffer, 0));
	VALUE(read(reader, buffer, 4));
	VALUE(read(reader, buffer, sizeof buffer));
	VALUE(read(reader, buffer, sizeof buffer));
	VALUE(read(reader, buffer, 0));
	file_show("file");
	return test_end();
}
