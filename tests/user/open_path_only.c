/* open_path_only.c - O_PATH: a descriptor that only names a place.
 *
 * Layer: tests/user   Source: open(2), "O_PATH"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char buffer[16] = "";
	struct stat st;
	int fd;
	int copy;
	int dir;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("file", "link"));
	CALL(mkdir("dir", 0700));
	file_make("dir/inside", "inside");

	fd = CALL(open("file", O_PATH | O_RDWR | O_APPEND));
	VALUE(read(fd, buffer, 1));
	VALUE(write(fd, buffer, 1));
	VALUE(lseek(fd, 0, SEEK_SET));
	CALL(fchmod(fd, 0600));
	CALL(fchown(fd, 0, 0));
	CALL(ftruncate(fd, 0));
	CALL(fsync(fd));
	CALL(fcntl(fd, F_SETFL, O_APPEND));
	HOLDS(fcntl(fd, F_GETFL) == O_PATH);
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	copy = CALL(dup(fd));
	CALL(fstat(copy, &st));
	CALL(close(copy));
	CALL(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED
	    ? -1 : 0);
	CALL(close(fd));

	fd = CALL(open("link", O_PATH | O_NOFOLLOW));
	CALL(fstat(fd, &st));
	HOLDS(S_ISLNK(st.st_mode));
	VALUE(readlinkat(fd, "", buffer, sizeof buffer));
	printf("%s\n", buffer);
	CALL(open("link", O_RDONLY | O_NOFOLLOW));

	dir = CALL(open("dir", O_PATH | O_DIRECTORY));
	CALL(open("file", O_PATH | O_DIRECTORY));
	OPENS(openat(dir, "inside", O_RDONLY));
	CALL(fstatat(dir, "", &st, AT_EMPTY_PATH));
	HOLDS(S_ISDIR(st.st_mode));
	CALL(fchdir(dir));
	file_show("inside");
	CALL(openat(fd, "x", O_RDONLY));
	return test_end();
}
