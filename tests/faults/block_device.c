/* block_device.c - a disk with partitions, as a program sees it.
 *
 * Layer: tests/faults
 *
 *	block_device DISK DISK_SECTORS PARTITION PARTITION_SECTORS
 *
 * PARTITION is the first one of DISK; its first page is overwritten, and its
 * last bytes.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "abi/ioctl.h"
#include "lib.h"

#define SECTOR 512
#define PAGE   4096

/* Did a call fail with this error? */
static bool
fails(long result, int error)
{
	return result == -1 && errno == error;
}

static void
check_sizes(int fd, uint64_t sectors)
{
	off_t bytes = (off_t)sectors * SECTOR;
	uint64_t size64 = 0;
	unsigned long size = 0;
	struct stat st;
	int n = 0;

	expect("stat", fstat(fd, &st) == 0 && S_ISBLK(st.st_mode) &&
	    st.st_size == 0 && st.st_rdev != 0);
	expect("BLKGETSIZE64", ioctl(fd, BLKGETSIZE64, &size64) == 0 &&
	    size64 == sectors * SECTOR);
	expect("BLKGETSIZE", ioctl(fd, BLKGETSIZE, &size) == 0 &&
	    size == sectors);
	expect("BLKSSZGET", ioctl(fd, BLKSSZGET, &n) == 0 && n == SECTOR);
	expect("BLKPBSZGET", ioctl(fd, BLKPBSZGET, &n) == 0 && n == SECTOR);
	expect("BLKBSZGET", ioctl(fd, BLKBSZGET, &n) == 0 && n >= SECTOR &&
	    n <= PAGE && bytes % n == 0);
	expect("BLKROGET", ioctl(fd, BLKROGET, &n) == 0 && n == 0);
	expect("BLKFLSBUF", ioctl(fd, BLKFLSBUF, 0) == 0);
	expect("a bad pointer", fails(ioctl(fd, BLKGETSIZE64, 1), EFAULT));
	expect("no terminal", fails(tcgetattr(fd, &(struct termios){0}),
	    ENOTTY));
	expect("seek to the end", lseek(fd, 0, SEEK_END) == bytes &&
	    lseek(fd, -1, SEEK_CUR) == bytes - 1);
	expect("seek beyond", fails(lseek(fd, 2, SEEK_CUR), EINVAL) &&
	    lseek(fd, 0, SEEK_CUR) == bytes - 1);
}

/* Reading and writing at the end of the partition. */
static void
check_end(int fd, uint64_t sectors)
{
	off_t bytes = (off_t)sectors * SECTOR;
	char buf[16] = "0123456789abcdef";

	expect("write to the end", pwrite(fd, buf, 16, bytes - 10) == 10);
	expect("write beyond", fails(pwrite(fd, buf, 1, bytes), ENOSPC));
	expect("write of nothing", pwrite(fd, buf, 0, bytes) == 0);
	memset(buf, 0, sizeof(buf));
	expect("read to the end", pread(fd, buf, 16, bytes - 5) == 5 &&
	    memcmp(buf, "56789", 6) == 0);
	expect("read beyond", pread(fd, buf, 16, bytes) == 0);
	expect("truncate", fails(ftruncate(fd, 0), EINVAL));
}

static void
check_mapping(int fd)
{
	char *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char buf[8] = "";

	expect("map", map != MAP_FAILED);
	if (map == MAP_FAILED)
		return;
	memset(map, 'm', PAGE);
	expect("read what was mapped", pread(fd, buf, 4, PAGE - 4) == 4 &&
	    strcmp(buf, "mmmm") == 0);
	expect("write below a mapping", pwrite(fd, "wwww", 4, 8) == 4 &&
	    memcmp(map + 7, "mwwwwm", 6) == 0);
	expect("msync", msync(map, PAGE, MS_SYNC) == 0);
	expect("fsync", fsync(fd) == 0 && fdatasync(fd) == 0);
	expect("unmap", munmap(map, PAGE) == 0);
}

int
main(int argc, char **argv)
{
	int disk;
	int part;

	if (argc != 5)
		return 2;
	disk = open(argv[1], O_RDONLY);
	part = open(argv[3], O_RDWR);
	expect("open", disk >= 0 && part >= 0);
	expect("O_DIRECT", fails(open(argv[1], O_RDONLY | O_DIRECT), EINVAL));
	check_sizes(disk, strtoul(argv[2], NULL, 10));
	check_sizes(part, strtoul(argv[4], NULL, 10));
	check_end(part, strtoul(argv[4], NULL, 10));
	check_mapping(part);
	expect("write to a disk that is open for reading",
	    fails(write(disk, "x", 1), EBADF));
	expect("BLKRRPART of a partition", fails(ioctl(part, BLKRRPART, 0),
	    EINVAL));
	expect("BLKRRPART of a disk in use", fails(ioctl(disk, BLKRRPART, 0),
	    EBUSY));
	close(part);
	expect("BLKRRPART", ioctl(disk, BLKRRPART, 0) == 0);
	return failures();
}
