/* event_counter.c - eventfd: a counter that can be waited for.
 *
 * Layer: tests/user   Source: eventfd(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/eventfd.h>

static long
add(int fd, uint64_t value)
{
	return write(fd, &value, sizeof value);
}

/* The value read, or -1. */
static long
take(int fd)
{
	uint64_t value;

	return read(fd, &value, sizeof value) == sizeof value ?
	    (long)value : -1;
}

static void
state_show(int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	poll(&p, 1, 0);
	printf("readable %s, writable %s\n",
	    (p.revents & POLLIN) != 0 ? "yes" : "no",
	    (p.revents & POLLOUT) != 0 ? "yes" : "no");
}

int
main(int argc, char **argv)
{
	char small[4];
	int counter;
	int fd;

	(void)argc;
	test_begin(argv);
	counter = CALL(eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC));
	VALUE(fcntl(counter, F_GETFD));
	state_show(counter);
	VALUE(take(counter));
	VALUE(take(counter));
	state_show(counter);
	VALUE(add(counter, 5));
	VALUE(add(counter, 6));
	VALUE(take(counter));
	VALUE(add(counter, UINT64_MAX - 1));
	state_show(counter);
	VALUE(add(counter, 1));
	VALUE(add(counter, UINT64_MAX));
	HOLDS(take(counter) == (long)(UINT64_MAX - 1));
	VALUE(read(counter, small, sizeof small));
	VALUE(write(counter, small, sizeof small));
	VALUE(read(counter, bad_pointer, 8));
	VALUE(write(counter, bad_pointer, 8));
	fd = CALL(eventfd(2, EFD_SEMAPHORE));
	VALUE(take(fd));
	VALUE(take(fd));
	if (child_fork() == 0) {
		sleep_ms(20);
		_exit(add(fd, 1) == 8 ? 0 : 1);
	}
	VALUE(take(fd));
	STATUS(child_wait(-1));
	CALL(eventfd(0, 99));
	OPENS((int)syscall(SYS_eventfd, 1));
	return test_end();
}
