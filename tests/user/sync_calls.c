/* sync_calls.c - sync, fsync, fdatasync and msync.
 *
 * Layer: tests/user   Source: sync(2), fsync(2), msync(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	int ends[2];
	char *map;
	int dir;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	VALUE(write(fd, "text", 4));
	CALL(fsync(fd));
	CALL(fdatasync(fd));
	dir = CALL(open(".", O_RDONLY));
	CALL(fsync(dir));
	CALL(syscall(SYS_sync));
	CALL(fsync(99));
	CALL(fdatasync(99));
	CALL(fsync(-1));
	CALL(pipe(ends));
	CALL(fsync(ends[0]));
	CALL(fdatasync(ends[1]));
	CALL(map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	map[0] = 'T';
	CALL(msync(map, PAGE, MS_SYNC));
	CALL(msync(map, PAGE, MS_ASYNC));
	CALL(msync(map, PAGE, MS_SYNC | MS_ASYNC));
	CALL(msync(map, PAGE, 8));
	CALL(msync(map + 1, PAGE, MS_SYNC));
	CALL(msync(map, 0, MS_SYNC));
	CALL(munmap(map + PAGE, PAGE));
	CALL(msync(map, 2 * PAGE, MS_SYNC));
	file_show("file");
	return test_end();
}
