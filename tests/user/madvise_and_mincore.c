/* madvise_and_mincore.c - giving pages back, and asking which are mapped.
 *
 * Layer: tests/user   Source: madvise(2), mincore(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	unsigned char resident[8];
	char *map;
	char *file;
	int fd;

	(void)argc;
	test_begin(argv);
	CALL(map = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	memset(map, 'x', 8 * PAGE);
	CALL(madvise(map + 2 * PAGE, 2 * PAGE, MADV_DONTNEED));
	HOLDS(map[PAGE] == 'x' && map[4 * PAGE] == 'x');
	HOLDS(map[2 * PAGE] == 0 && map[4 * PAGE - 1] == 0);
	map[2 * PAGE] = 'y';
	HOLDS(map[2 * PAGE] == 'y' && map[2 * PAGE + 1] == 0);
	file_make("file", "from the file");
	fd = CALL(open("file", O_RDWR));
	CALL(file = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
	    0));
	file[0] = 'F';
	CALL(madvise(file, PAGE, MADV_DONTNEED));
	printf("%s\n", file);
	CALL(madvise(map, PAGE, MADV_NORMAL));
	CALL(madvise(map, PAGE, MADV_RANDOM));
	CALL(madvise(map, PAGE, MADV_SEQUENTIAL));
	CALL(madvise(map, PAGE, MADV_WILLNEED));
	CALL(madvise(map, 0, MADV_DONTNEED));
	CALL(madvise(map + 1, PAGE, MADV_DONTNEED));
	CALL(madvise(map, PAGE, 9999));
	CALL(mincore(map, 8 * PAGE, resident));
	VALUE(resident[0] & 1);
	VALUE(resident[7] & 1);
	CALL(munmap(map + 5 * PAGE, PAGE));
	CALL(madvise(map, 8 * PAGE, MADV_DONTNEED));
	CALL(mincore(map, 8 * PAGE, resident));
	CALL(mincore(map, 5 * PAGE, resident));
	CALL(mincore(map + 1, PAGE, resident));
	CALL(mincore(map, PAGE, bad_pointer));
	CALL(mincore(map, 0, resident));
	return test_end();
}
