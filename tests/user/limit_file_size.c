/* limit_file_size.c - RLIMIT_FSIZE: SIGXFSZ and EFBIG.
 *
 * Layer: tests/user   Source: setrlimit(2), write(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t caught;

static void
on_signal(int number)
{
	(void)number;
	caught++;
}

static void
limit_to(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	CALL(setrlimit(RLIMIT_FSIZE, &limit));
}

static void
write_too_much(void)
{
	int fd = open("file", O_WRONLY | O_CREAT, 0600);

	limit_to(10);
	VALUE(write(fd, "0123456789", 10));
	(void)!write(fd, "x", 1);
	printf("not reached\n");
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	STATUS(child_run(write_too_much));
	signal_handle(SIGXFSZ, on_signal, 0);
	fd = CALL(open("file", O_RDWR | O_TRUNC));
	limit_to(10);
	VALUE(write(fd, "abcdef", 6));
	VALUE(write(fd, "ghijkl", 6));
	VALUE(caught);
	VALUE(write(fd, "m", 1));
	VALUE(caught);
	VALUE(pwrite(fd, "n", 1, 100));
	VALUE(caught);
	CALL(ftruncate(fd, 11));
	VALUE(caught);
	CALL(ftruncate(fd, 10));
	VALUE(pwrite(fd, "A", 1, 0));
	file_show("file");
	return test_end();
}
