/* memory_file.c - memfd_create: a file without a name.
 *
 * Layer: tests/user   Source: memfd_create(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	static char name[300];
	struct stat st;
	char buffer[8] = "";
	char *map;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(memfd_create("name", MFD_CLOEXEC));
	VALUE(fcntl(fd, F_GETFD));
	CALL(fstat(fd, &st));
	HOLDS(S_ISREG(st.st_mode) && st.st_size == 0);
	VALUE(st.st_nlink);
	VALUE(write(fd, "text", 4));
	VALUE(pread(fd, buffer, 8, 0));
	printf("read \"%s\"\n", buffer);
	CALL(ftruncate(fd, 2 * PAGE));
	CALL(map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	map[0] = 'T';
	map[PAGE] = 'p';
	if (child_fork() == 0) {
		map[1] = 'E';
		_exit(pread(fd, buffer, 1, PAGE) == 1 && buffer[0] == 'p' ?
		    0 : 1);
	}
	STATUS(child_wait(-1));
	VALUE(pread(fd, buffer, 4, 0));
	printf("read \"%.4s\"\n", buffer);
	CALL(close(fd));
	HOLDS(map[1] == 'E');
	memset(name, 'n', 249);
	OPENS(memfd_create(name, 0));
	name[249] = 'n';
	CALL(memfd_create(name, 0));
	CALL(memfd_create("name", 1 << 20));
	CALL(memfd_create(bad_pointer, 0));
	return test_end();
}
