/* copying_in_the_kernel.c - copy_file_range.
 *
 * Layer: tests/user   Source: copy_file_range(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
copy(int in, void *in_offset, int out, void *out_offset, size_t bytes)
{
	return syscall(SYS_copy_file_range, in, in_offset, out, out_offset,
	    bytes, 0);
}

int
main(int argc, char **argv)
{
	static char block[5 * PAGE + 77];
	static char back[sizeof block];
	off_t from = 3;
	off_t to = 6;
	int ends[2];
	int dir;
	int in;
	int out;
	int large;

	(void)argc;
	test_begin(argv);
	file_make("in", "0123456789");
	in = CALL(open("in", O_RDONLY));
	out = CALL(open("out", O_RDWR | O_CREAT, 0600));
	VALUE(copy(in, NULL, out, NULL, 4));
	VALUE(lseek(in, 0, SEEK_CUR));
	VALUE(lseek(out, 0, SEEK_CUR));
	VALUE(copy(in, &from, out, &to, 2));
	VALUE(from);
	VALUE(to);
	VALUE(copy(in, NULL, out, NULL, 100));
	VALUE(copy(in, NULL, out, NULL, 100));
	VALUE(copy(in, NULL, out, NULL, 0));
	file_show("out");
	memset(block, 'b', sizeof block);
	block[sizeof block - 1] = 'e';
	large = CALL(open("large", O_RDWR | O_CREAT, 0600));
	VALUE(write(large, block, sizeof block));
	from = 0;
	to = 0;
	VALUE(copy(large, &from, out, &to, sizeof block));
	VALUE(pread(out, back, sizeof back, 0));
	HOLDS(memcmp(block, back, sizeof block) == 0);
	VALUE(copy(99, NULL, out, NULL, 1));
	VALUE(copy(in, NULL, 99, NULL, 1));
	VALUE(copy(out, NULL, in, NULL, 1));
	VALUE(copy(in, bad_pointer, out, NULL, 1));
	VALUE(copy(in, NULL, out, bad_pointer, 1));
	VALUE(syscall(SYS_copy_file_range, in, NULL, out, NULL, 1, 99));
	CALL(pipe(ends));
	VALUE(copy(ends[0], NULL, out, NULL, 1));
	dir = CALL(open(".", O_RDONLY));
	VALUE(copy(dir, NULL, out, NULL, 1));
	from = 0;
	to = 5;
	VALUE(copy(large, &from, large, &to, 100));
	return test_end();
}
