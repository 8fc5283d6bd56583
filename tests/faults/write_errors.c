/* write_errors.c - a file of which one block cannot be written.
 *
 * Layer: tests/faults
 *
 *	write_errors PATH OFFSET BYTES
 *
 * PATH has BYTES; what is written at OFFSET cannot reach the disk, all the rest
 * can.  Each way to wait for the disk must tell.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib.h"

static bool
fails(long result)
{
	return result == -1 && errno == EIO;
}

int
main(int argc, char **argv)
{
	off_t offset;
	size_t bytes;
	char *map;
	int first;
	int second;
	int sync_fd;

	if (argc != 4)
		return 2;
	offset = strtol(argv[2], NULL, 0);
	bytes = strtoul(argv[3], NULL, 0);
	first = open(argv[1], O_RDWR);
	second = open(argv[1], O_RDWR);
	expect("open", first >= 0 && second >= 0);
	expect("nothing is wrong before", fsync(first) == 0);
	expect("write", pwrite(first, "bad", 3, offset) == 3);
	expect("fsync", fails(fsync(first)));
	expect("the other file's fdatasync", fails(fdatasync(second)));
	expect("sync_file_range", fails(sync_file_range(first, 0, 0,
	    SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)));
	sync_fd = open(argv[1], O_RDWR | O_SYNC);
	expect("write with O_SYNC", fails(pwrite(sync_fd, "b", 1, offset)));
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, first, 0);
	expect("mmap", map != MAP_FAILED);
	if (map == MAP_FAILED)
		return 1;
	expect("the bytes are there", memcmp(map + offset, "bad", 3) == 0);
	map[offset] = 'B';
	expect("msync", fails(msync(map, bytes, MS_SYNC)));
	munmap(map, bytes);
	/* Without that block all is well. */
	expect("truncate", ftruncate(first, 0) == 0);
	fsync(first); /* an error of the past may be due */
	fsync(second);
	expect("write elsewhere", write(first, "good", 4) == 4);
	expect("fsync, at last", fsync(first) == 0 && fsync(second) == 0);
	close(first);
	close(second);
	close(sync_fd);
	return failures();
}
