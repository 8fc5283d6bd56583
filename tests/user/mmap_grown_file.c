/* mmap_grown_file.c - what a mapping writes to a page is in the file, also where
 * the file grew since the page was first written to.
 *
 * A file system with blocks smaller than a page gives each of them a place when
 * it is written to; the bytes are looked at when the page has left memory.
 *
 * Layer: tests/user   Source: mmap(2), ftruncate(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define START 1500

static char *map;
static int fd;

/* A new file of START bytes, mapped and written to. */
static void
start(void)
{
	char bytes[START];

	memset(bytes, 'a', sizeof bytes);
	fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	VALUE(write(fd, bytes, sizeof bytes));
	map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	map[0] = 'b';
}

/* Writes a byte by the mapping; is it there when the page comes back? */
static bool
stays(size_t at)
{
	char byte = 0;

	map[at] = 'c';
	munmap(map, PAGE);
	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	pread(fd, &byte, 1, (off_t)at);
	close(fd);
	return byte == 'c';
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	start();
	CALL(ftruncate(fd, PAGE));
	HOLDS(stays(3000));
	start();
	VALUE(pwrite(fd, "x", 1, PAGE - 1));
	HOLDS(stays(2500));
	start();
	CALL(ftruncate(fd, 500));
	CALL(ftruncate(fd, PAGE));
	HOLDS(stays(1200));
	return test_end();
}
