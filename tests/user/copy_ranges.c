/* copy_ranges.c - copy_file_range and fallocate.
 *
 * Layer: tests/user   Source: copy_file_range(2), fallocate(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
copies(int in, int out)
{
	off_t from = 2;
	off_t to = 5;

	VALUE(copy_file_range(in, NULL, out, NULL, 4, 0));
	VALUE(lseek(in, 0, SEEK_CUR));
	VALUE(lseek(out, 0, SEEK_CUR));
	VALUE(copy_file_range(in, &from, out, &to, 3, 0));
	VALUE(from);
	VALUE(to);
	VALUE(lseek(in, 0, SEEK_CUR));
	VALUE(copy_file_range(in, NULL, out, NULL, 100, 0));
	VALUE(copy_file_range(in, NULL, out, NULL, 100, 0));
	VALUE(copy_file_range(in, NULL, out, NULL, 0, 0));
	file_show("out");
}

static void
errors(int in, int out)
{
	off_t zero = 0;
	off_t one = 1;
	int both = CALL(open("in", O_RDWR));
	int dir = CALL(open(".", O_RDONLY));
	int ends[2];

	CALL(pipe(ends));
	VALUE(copy_file_range(99, NULL, out, NULL, 1, 0));
	VALUE(copy_file_range(in, NULL, 99, NULL, 1, 0));
	VALUE(copy_file_range(in, NULL, out, NULL, 1, 1));
	VALUE(copy_file_range(in, NULL, dir, NULL, 1, 0));
	VALUE(copy_file_range(dir, NULL, out, NULL, 1, 0));
	VALUE(copy_file_range(ends[0], NULL, out, NULL, 1, 0));
	VALUE(copy_file_range(out, NULL, in, NULL, 1, 0));
	VALUE(copy_file_range(both, &zero, both, &one, 5, 0));
	VALUE(copy_file_range(in, bad_pointer, out, NULL, 1, 0));
}

static void
longer(void)
{
	int fd = CALL(open("long", O_RDWR | O_CREAT, 0600));
	int reader = CALL(open("long", O_RDONLY));
	int ends[2];
	struct stat st;

	CALL(pipe(ends));
	CALL(fallocate(fd, 0, 10, 5000));
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	CALL(fallocate(fd, 0, 0, 10));
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	CALL(posix_fallocate(fd, 0, 6000));
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	CALL(fallocate(fd, 0, -1, 10));
	CALL(fallocate(fd, 0, 0, 0));
	CALL(fallocate(reader, 0, 0, 10));
	CALL(fallocate(ends[1], 0, 0, 10));
	CALL(fallocate(99, 0, 0, 10));
	ERROR(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	ERROR(posix_fadvise(fd, 0, 0, 99));
	ERROR(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL));
	ERROR(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL));
}

int
main(int argc, char **argv)
{
	int in;
	int out;

	(void)argc;
	test_begin(argv);
	file_make("in", "0123456789");
	in = CALL(open("in", O_RDONLY));
	out = CALL(open("out", O_WRONLY | O_CREAT, 0600));
	copies(in, out);
	errors(in, out);
	longer();
	return test_end();
}
