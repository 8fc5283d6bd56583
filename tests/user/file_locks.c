/* file_locks.c - the least of fcntl locks: one process sees no conflict.
 *
 * Layer: tests/user   Source: fcntl(2), "Advisory record locking"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	CALL(fcntl(fd, F_GETLK, &lock));
	HOLDS(lock.l_type == F_UNLCK);
	lock.l_type = F_WRLCK;
	CALL(fcntl(fd, F_SETLK, &lock));
	CALL(fcntl(fd, F_SETLKW, &lock));
	CALL(fcntl(fd, F_GETLK, &lock));
	HOLDS(lock.l_type == F_UNLCK);
	lock.l_type = F_UNLCK;
	CALL(fcntl(fd, F_SETLK, &lock));
	CALL(fcntl(99, F_GETLK, &lock));
	CALL(fcntl(99, F_SETLK, &lock));
	CALL(fcntl(fd, F_GETLK, bad_pointer));
	CALL(fcntl(fd, F_SETLK, bad_pointer));
	lock.l_type = 77;
	CALL(fcntl(fd, F_GETLK, &lock));
	CALL(fcntl(fd, F_SETLK, &lock));
	return test_end();
}
