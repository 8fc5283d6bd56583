/* mremap_moves.c - growing, shrinking and moving a mapping.
 *
 * Layer: tests/user   Source: mremap(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *
anonymous(char *hint, int pages, int flags)
{
	return mmap(hint, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void
number_pages(char *map, int pages)
{
	for (int i = 0; i < pages; i++)
		map[i * PAGE] = (char)('0' + i);
}

/* The first byte of each page; '.' for zero. */
static void
pages_show(const char *map, int pages)
{
	for (int i = 0; i < pages; i++)
		putchar(map[i * PAGE] == 0 ? '.' : map[i * PAGE]);
	printf("\n");
}

static bool
is_mapped(char *at)
{
	unsigned char resident;

	return mincore(at, PAGE, &resident) == 0;
}

static void
in_place(char *area)
{
	char *map = anonymous(area, 4, MAP_FIXED);

	number_pages(map, 4);
	HOLDS(mremap(map, 4 * PAGE, 2 * PAGE, 0) == map);
	HOLDS(is_mapped(map + PAGE) && !is_mapped(map + 2 * PAGE));
	HOLDS(mremap(map, 2 * PAGE, 5 * PAGE, 0) == map);
	pages_show(map, 5);
	HOLDS(mremap(map, 5 * PAGE, 5 * PAGE, 0) == map);
	anonymous(map + 5 * PAGE, 1, MAP_FIXED);
	CALL(mremap(map, 5 * PAGE, 6 * PAGE, 0));
	munmap(map, 6 * PAGE);
}

static void
moving(char *area)
{
	char *map = anonymous(area, 4, MAP_FIXED);
	char *moved;

	number_pages(map, 4);
	anonymous(map + 4 * PAGE, 1, MAP_FIXED);
	moved = mremap(map, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	HOLDS(moved != map && moved != MAP_FAILED);
	pages_show(moved, 6);
	HOLDS(!is_mapped(map) && is_mapped(map + 4 * PAGE));
	HOLDS(mremap(moved, 6 * PAGE, 6 * PAGE, MREMAP_MAYMOVE |
	    MREMAP_FIXED, area) == area);
	pages_show(area, 6);
	HOLDS(!is_mapped(moved));
	HOLDS(mremap(area + 2 * PAGE, 2 * PAGE, PAGE, MREMAP_MAYMOVE |
	    MREMAP_FIXED, area + 10 * PAGE) == area + 10 * PAGE);
	pages_show(area + 10 * PAGE, 1);
	HOLDS(is_mapped(area + PAGE) && !is_mapped(area + 2 * PAGE) &&
	    !is_mapped(area + 3 * PAGE) && is_mapped(area + 4 * PAGE));
	pages_show(area, 2);
}

static void
of_a_file(void)
{
	char *map;
	int fd = CALL(open("file", O_RDWR | O_CREAT, 0600));

	CALL(ftruncate(fd, 8 * PAGE));
	for (int i = 0; i < 8; i++)
		if (pwrite(fd, &"abcdefgh"[i], 1, i * PAGE) != 1)
			printf("pwrite failed\n");
	CALL(map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    2 * PAGE));
	pages_show(map, 2);
	CALL(map = mremap(map, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE));
	pages_show(map, 5);
	map[4 * PAGE] = 'X';
	close(fd);
	fd = CALL(open("file", O_RDONLY));
	CALL(munmap(map, 5 * PAGE));
	CALL(map = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	pages_show(map, 8);
}

static void
errors(char *area)
{
	char *map = anonymous(area, 4, MAP_FIXED);

	CALL(mremap(map + 1, PAGE, PAGE, 0));
	CALL(mremap(map, PAGE, 0, 0));
	CALL(mremap(map, PAGE, PAGE, 99));
	CALL(mremap(map, PAGE, PAGE, MREMAP_FIXED, area + 8 * PAGE));
	CALL(mremap(map, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
	    map + PAGE));
	CALL(mremap(map, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
	    area + 1));
	munmap(map + 2 * PAGE, PAGE);
	CALL(mremap(map + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	CALL(mremap(map, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE));
}

int
main(int argc, char **argv)
{
	char *area;

	(void)argc;
	test_begin(argv);
	area = anonymous(NULL, 64, 0);
	munmap(area, 64 * PAGE);
	in_place(area);
	moving(area);
	munmap(area, 64 * PAGE);
	of_a_file();
	errors(area);
	return test_end();
}
