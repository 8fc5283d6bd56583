/* pipe_poll_states.c - what poll says of both ends in every state of a pipe.
 *
 * Layer: tests/user   Source: poll(2), pipe(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
state_show(const char *what, int fd)
{
	struct pollfd p = {
		fd, POLLIN | POLLOUT | POLLPRI | POLLRDNORM | POLLWRNORM, 0
	};
	int n = poll(&p, 1, 0);

	printf("%s: %d%s%s%s%s%s%s%s%s\n", what, n,
	    (p.revents & POLLIN) != 0 ? " POLLIN" : "",
	    (p.revents & POLLRDNORM) != 0 ? " POLLRDNORM" : "",
	    (p.revents & POLLOUT) != 0 ? " POLLOUT" : "",
	    (p.revents & POLLWRNORM) != 0 ? " POLLWRNORM" : "",
	    (p.revents & POLLPRI) != 0 ? " POLLPRI" : "",
	    (p.revents & POLLERR) != 0 ? " POLLERR" : "",
	    (p.revents & POLLHUP) != 0 ? " POLLHUP" : "",
	    (p.revents & POLLNVAL) != 0 ? " POLLNVAL" : "");
}

int
main(int argc, char **argv)
{
	static char block[65536];
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	CALL(pipe2(ends, O_NONBLOCK));
	state_show("empty, reader", ends[0]);
	state_show("empty, writer", ends[1]);
	VALUE(write(ends[1], block, 1));
	state_show("one byte, reader", ends[0]);
	state_show("one byte, writer", ends[1]);
	VALUE(read(ends[0], block, 1));
	VALUE(write(ends[1], block, sizeof block));
	state_show("full, reader", ends[0]);
	state_show("full, writer", ends[1]);
	VALUE(read(ends[0], block, 4096));
	state_show("a page free, writer", ends[1]);
	CALL(close(ends[1]));
	state_show("bytes and no writer, reader", ends[0]);
	VALUE(read(ends[0], block, sizeof block));
	state_show("empty and no writer, reader", ends[0]);
	close(ends[0]);
	state_show("closed", ends[0]);
	CALL(pipe(ends));
	close(ends[0]);
	state_show("no reader, writer", ends[1]);
	close(ends[1]);
	state_show("descriptor -1", -1);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	state_show("file", fd);
	close(fd);
	fd = CALL(open("/dev/null", O_RDWR));
	state_show("/dev/null", fd);
	close(fd);
	CALL(mkfifo("fifo", 0600));
	fd = CALL(open("fifo", O_RDONLY | O_NONBLOCK));
	state_show("fifo never opened for writing, reader", fd);
	return test_end();
}
