/* mmap_file_tail.c - the bytes between a file's end and its last page's end
 * read as zero and do not reach the file; growing the file makes pages usable.
 *
 * Layer: tests/user   Source: mmap(2), NOTES
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *map;
static size_t touch_at;

static void
touch(void)
{
	map[touch_at] = 'x';
}

static int
touch_byte(size_t at)
{
	touch_at = at;
	return child_run(touch);
}

int
main(int argc, char **argv)
{
	char buffer[16] = "";
	struct stat st;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDWR));
	CALL(map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	HOLDS(map[10] == 0 && map[PAGE - 1] == 0);
	map[10] = 'y';
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	STATUS(touch_byte(PAGE - 1));
	STATUS(touch_byte(PAGE));
	CALL(ftruncate(fd, PAGE + 1));
	STATUS(touch_byte(PAGE + 5));
	STATUS(touch_byte(2 * PAGE));
	CALL(ftruncate(fd, 5));
	STATUS(touch_byte(PAGE));
	CALL(ftruncate(fd, 10));
	VALUE(pread(fd, buffer, 10, 0));
	HOLDS(memcmp(buffer, "01234\0\0\0\0\0", 10) == 0);
	HOLDS(memcmp(map, "01234\0\0\0\0\0", 10) == 0);
	VALUE(read(fd, map + 1, 3));
	printf("%.4s\n", map);
	VALUE(write(fd, map, 3));
	file_show("file");
	return test_end();
}
