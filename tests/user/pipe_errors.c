/* pipe_errors.c - wrong ends, flags and pointers; FIONREAD; F_GETPIPE_SZ.
 *
 * Layer: tests/user   Source: pipe(2), ioctl(2), fcntl(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/ioctl.h>

int
main(int argc, char **argv)
{
	char buffer[8];
	int ends[2];
	int waiting = -1;
	int on = 1;

	(void)argc;
	test_begin(argv);
	CALL(syscall(SYS_pipe, bad_pointer));
	CALL(syscall(SYS_pipe2, bad_pointer, 0));
	CALL(pipe2(ends, O_APPEND));
	CALL(pipe2(ends, -1));
	CALL(pipe2(ends, 0));
	VALUE(ends[0]);
	VALUE(ends[1]);
	VALUE(read(ends[1], buffer, 1));
	VALUE(write(ends[0], buffer, 1));
	VALUE(write(ends[1], "abc", 3));
	CALL(ioctl(ends[0], FIONREAD, &waiting));
	VALUE(waiting);
	VALUE(read(ends[0], bad_pointer, 1));
	CALL(ioctl(ends[0], FIONREAD, &waiting));
	VALUE(waiting);
	VALUE(write(ends[1], bad_pointer, 1));
	VALUE(read(ends[0], buffer, 8));
	CALL(ioctl(ends[0], FIONREAD, &waiting));
	VALUE(waiting);
	CALL(ioctl(ends[0], FIONREAD, bad_pointer));
	CALL(ioctl(ends[0], FIONBIO, &on));
	VALUE(read(ends[0], buffer, 8));
	HOLDS((fcntl(ends[0], F_GETFL) & O_NONBLOCK) != 0);
	on = 0;
	CALL(ioctl(ends[0], FIONBIO, &on));
	HOLDS((fcntl(ends[0], F_GETFL) & O_NONBLOCK) == 0);
	CALL(ioctl(ends[0], FIONBIO, bad_pointer));
	CALL(ioctl(ends[0], 0xdead, &on));
	CALL(ioctl(99, FIONREAD, &waiting));
	VALUE(fcntl(ends[0], F_GETPIPE_SZ));
	VALUE(fcntl(ends[1], F_GETPIPE_SZ));
	VALUE(fcntl(0, F_GETPIPE_SZ));
	return test_end();
}
