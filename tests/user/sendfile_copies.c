/* sendfile_copies.c - copying between descriptors inside the kernel.
 *
 * Layer: tests/user   Source: sendfile(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/sendfile.h>

static void
copies(int in, int out)
{
	off_t offset = 2;
	char buffer[16] = "";
	int ends[2];

	VALUE(sendfile(out, in, NULL, 4));
	VALUE(lseek(in, 0, SEEK_CUR));
	VALUE(sendfile(out, in, &offset, 3));
	VALUE(offset);
	VALUE(lseek(in, 0, SEEK_CUR));
	VALUE(sendfile(out, in, NULL, 100));
	VALUE(sendfile(out, in, NULL, 100));
	VALUE(sendfile(out, in, NULL, 0));
	file_show("out");
	offset = 100;
	VALUE(sendfile(out, in, &offset, 1));
	CALL(pipe(ends));
	offset = 0;
	VALUE(sendfile(ends[1], in, &offset, 5));
	VALUE(read(ends[0], buffer, sizeof buffer));
	printf("read \"%s\"\n", buffer);
	close(ends[0]);
	close(ends[1]);
}

/* More than one page, and not a multiple of it. */
static void
large_copy(void)
{
	static char block[10 * PAGE + 123];
	static char back[sizeof block];
	int in = CALL(open("large", O_RDWR | O_CREAT, 0600));
	int out = CALL(open("copy", O_RDWR | O_CREAT, 0600));

	for (size_t i = 0; i < sizeof block; i++)
		block[i] = (char)(i * 7 + i / PAGE);
	VALUE(write(in, block, sizeof block));
	VALUE(lseek(in, 0, SEEK_SET));
	VALUE(sendfile(out, in, NULL, sizeof block));
	VALUE(pread(out, back, sizeof back, 0));
	HOLDS(memcmp(block, back, sizeof block) == 0);
}

static void
errors(int in, int out)
{
	off_t offset = -1;
	int reader = CALL(open("in", O_RDONLY));
	int writer = CALL(open("in", O_WRONLY));
	int dir = CALL(open(".", O_RDONLY));

	VALUE(sendfile(99, in, NULL, 1));
	VALUE(sendfile(out, 99, NULL, 1));
	VALUE(sendfile(reader, in, NULL, 1));
	VALUE(sendfile(out, writer, NULL, 1));
	VALUE(sendfile(out, in, &offset, 1));
	VALUE(sendfile(out, in, bad_pointer, 1));
	VALUE(sendfile(out, dir, NULL, 1));
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
	large_copy();
	errors(in, out);
	return test_end();
}
