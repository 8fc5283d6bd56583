/* sync_ranges.c - bringing parts of a file to its disk, and advice about what
 * will be read.
 *
 * Layer: tests/user   Source: sync_file_range(2), readahead(2),
 *	posix_fadvise(2), msync(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
show_ranges(int fd)
{
	CALL(sync_file_range(fd, 0, 0, 0));
	CALL(sync_file_range(fd, 0, 4 * PAGE, SYNC_FILE_RANGE_WRITE));
	CALL(sync_file_range(fd, 100, 9, SYNC_FILE_RANGE_WAIT_BEFORE |
	    SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER));
	CALL(sync_file_range(fd, 0, 0, 8));
	CALL(sync_file_range(fd, -1, 10, SYNC_FILE_RANGE_WRITE));
	CALL(sync_file_range(fd, 10, -1, SYNC_FILE_RANGE_WRITE));
	CALL(sync_file_range(fd, LONG_MAX, 10, SYNC_FILE_RANGE_WRITE));
	CALL(sync_file_range(99, 0, 0, SYNC_FILE_RANGE_WRITE));
}

static void
show_advice(int fd)
{
	ERROR(posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL));
	ERROR(posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED));
	ERROR(posix_fadvise(fd, PAGE, PAGE + 5, POSIX_FADV_DONTNEED));
	ERROR(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED));
	ERROR(posix_fadvise(fd, 0, -1, POSIX_FADV_NORMAL));
	ERROR(posix_fadvise(fd, 0, 0, 77));
	ERROR(posix_fadvise(99, 0, 0, POSIX_FADV_NORMAL));
	CALL(readahead(fd, 0, 4 * PAGE));
	CALL(readahead(fd, 1 << 30, PAGE));
	CALL(readahead(99, 0, PAGE));
}

int
main(int argc, char **argv)
{
	int ends[2];
	char *map;
	int fd;
	int reader;
	int writer;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	for (int i = 0; i < 10; i++)
		VALUE(pwrite(fd, "abcdefghij" + i, 1, i * PAGE + i));
	show_ranges(fd);
	show_advice(fd);
	writer = CALL(open("file", O_WRONLY));
	CALL(readahead(writer, 0, PAGE));
	reader = CALL(open("file", O_RDONLY));
	CALL(sync_file_range(reader, 0, 0, SYNC_FILE_RANGE_WRITE));
	CALL(fsync(reader));
	CALL(pipe(ends));
	CALL(sync_file_range(ends[1], 0, 0, SYNC_FILE_RANGE_WRITE));
	ERROR(posix_fadvise(ends[0], 0, 0, POSIX_FADV_NORMAL));
	CALL(readahead(ends[0], 0, PAGE));

	/* A hole in the addresses: the rest is written all the same. */
	CALL(map = mmap(NULL, 10 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	CALL(munmap(map + 4 * PAGE, PAGE));
	map[9 * PAGE] = 'X';
	CALL(msync(map, 10 * PAGE, MS_SYNC));
	CALL(msync(map, 4 * PAGE, MS_SYNC));
	CALL(msync(map + 4 * PAGE, PAGE, MS_SYNC));
	CALL(msync(map + 3 * PAGE, 2 * PAGE, MS_ASYNC));
	CALL(msync(map, PAGE, MS_INVALIDATE));
	CALL(madvise(map, 4 * PAGE, MADV_WILLNEED));
	for (int i = 0; i < 10; i++) {
		char bytes[2] = "";

		pread(fd, bytes, 1, i * PAGE + i);
		printf("page %d: %s\n", i, bytes);
	}
	return test_end();
}
