/* truncate_errors.c - the errors of truncate and ftruncate.
 *
 * Layer: tests/user   Source: truncate(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char name[NAME_MAX + 2];
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	file_make("file", "0123456789");
	CALL(mkdir("dir", 0755));
	CALL(symlink("loop", "loop"));
	CALL(symlink("file", "link"));
	CALL(truncate("file", -1));
	CALL(truncate("no", 0));
	CALL(truncate("", 0));
	CALL(truncate("dir", 0));
	CALL(truncate("file/x", 0));
	CALL(truncate("loop", 0));
	CALL(truncate(name, 0));
	CALL(truncate(bad_pointer, 0));
	CALL(truncate("/dev/null", 0));
	CALL(truncate("link", 5));
	file_show("file");
	fd = CALL(open("file", O_RDONLY));
	CALL(ftruncate(fd, 0));
	close(fd);
	fd = CALL(open("file", O_RDWR));
	CALL(ftruncate(fd, -1));
	CALL(ftruncate(fd, 3));
	close(fd);
	CALL(ftruncate(99, 0));
	CALL(ftruncate(-1, 0));
	CALL(pipe(ends));
	CALL(ftruncate(ends[1], 0));
	fd = CALL(open("dir", O_RDONLY));
	CALL(ftruncate(fd, 0));
	file_show("file");
	return test_end();
}
