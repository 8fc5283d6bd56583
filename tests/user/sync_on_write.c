/* sync_on_write.c - files opened with O_SYNC and O_DSYNC, and single writes that
 * are to be durable.
 *
 * Layer: tests/user   Source: open(2), pwritev2(2), fcntl(2)
 *
 * SPDX-License-Identifier: MIT */
#include <sys/uio.h>

#include "lib.h"

static void
show_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	printf("O_SYNC %d, O_DSYNC %d, O_APPEND %d\n",
	    (flags & O_SYNC) == O_SYNC, (flags & O_DSYNC) != 0,
	    (flags & O_APPEND) != 0);
}

int
main(int argc, char **argv)
{
	struct iovec vector[2] = {{"one ", 4}, {"two ", 4}};
	struct stat st;
	int data_fd;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT | O_SYNC, 0600));
	show_flags(fd);
	VALUE(write(fd, "sync ", 5));
	data_fd = CALL(open("file", O_WRONLY | O_APPEND | O_DSYNC));
	show_flags(data_fd);
	VALUE(write(data_fd, "data ", 5));
	VALUE(writev(data_fd, vector, 2));
	VALUE(pwrite(fd, "S", 1, 0));
	VALUE(write(fd, "", 0));
	CALL(fcntl(data_fd, F_SETFL, 0));
	show_flags(data_fd);
	VALUE(syscall(SYS_pwritev2, fd, vector, 2, 30, 0, 2 /* RWF_DSYNC */));
	VALUE(syscall(SYS_pwritev2, fd, vector, 1, 40, 0, 4 /* RWF_SYNC */));
	VALUE(syscall(SYS_pwritev2, fd, vector, 1, 50, 0, 6));
	CALL(ftruncate(fd, 60));
	CALL(fsync(fd));
	CALL(fstat(fd, &st));
	VALUE(st.st_size);
	VALUE(write(99, "x", 1));
	CALL(close(data_fd));
	data_fd = CALL(open("file", O_RDONLY | O_SYNC));
	VALUE(write(data_fd, "x", 1));
	CALL(ftruncate(fd, 18));
	file_show("file");
	return test_end();
}
