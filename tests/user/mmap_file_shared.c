/* mmap_file_shared.c - a shared mapping, read, write and another process all
 * see the same bytes at once.
 *
 * Layer: tests/user   Source: mmap(2), MAP_SHARED
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char buffer[16] = "";
	struct stat st;
	char *map;
	char *twin;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	CALL(ftruncate(fd, 3 * PAGE - 100));
	CALL(map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	HOLDS(map[0] == 0 && map[3 * PAGE - 101] == 0);
	VALUE(pwrite(fd, "written", 7, 10));
	printf("mapping: %.7s\n", map + 10);
	memcpy(map + PAGE - 3, "stored", 6);
	VALUE(pread(fd, buffer, 6, PAGE - 3));
	printf("read: %s\n", buffer);
	CALL(twin = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    PAGE));
	printf("second mapping: %.3s\n", twin);
	twin[0] = 'T';
	printf("first mapping: %.6s\n", map + PAGE - 3);
	if (child_fork() == 0) {
		map[0] = 'c';
		VALUE(pwrite(fd, "d", 1, 1));
		fflush(NULL);
		_exit(0);
	}
	STATUS(child_wait(-1));
	printf("after the child: %.2s\n", map);
	CALL(close(fd));
	map[2] = 'e';
	CALL(munmap(map, 3 * PAGE));
	CALL(munmap(twin, PAGE));
	fd = CALL(open("file", O_RDONLY));
	memset(buffer, 0, sizeof buffer);
	VALUE(read(fd, buffer, 3));
	printf("file: %s\n", buffer);
	CALL(fstat(fd, &st));
	HOLDS(st.st_size == 3 * PAGE - 100);
	return test_end();
}
