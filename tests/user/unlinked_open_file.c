/* unlinked_open_file.c - a file lives as long as a descriptor or mapping does.
 *
 * Layer: tests/user   Source: unlink(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	struct stat st;
	char buffer[16] = "";
	char *map;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "old contents");
	fd = CALL(open("file", O_RDWR));
	CALL(unlink("file"));
	CALL(unlink("file"));
	CALL(fstat(fd, &st));
	VALUE(st.st_nlink);
	VALUE(st.st_size);
	VALUE(read(fd, buffer, 12));
	printf("read \"%s\"\n", buffer);
	VALUE(write(fd, "!", 1));
	file_make("file", "new contents");
	VALUE(lseek(fd, 0, SEEK_SET));
	VALUE(read(fd, buffer, 13));
	printf("read \"%s\"\n", buffer);
	CALL(map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	CALL(close(fd));
	printf("mapped \"%s\"\n", map);
	file_show("file");
	if (child_fork() == 0) {
		printf("child still has \"%s\"\n", map);
		fflush(NULL);
		_exit(0);
	}
	STATUS(child_wait(-1));
	return test_end();
}
