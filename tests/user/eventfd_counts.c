/* eventfd_counts.c - counters to wait for.
 *
 * Layer: tests/user   Source: eventfd(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/eventfd.h>

static int fd;

static void
add(uint64_t n)
{
	VALUE(write(fd, &n, sizeof n));
}

static void
take(void)
{
	uint64_t n = 0;

	VALUE(read(fd, &n, sizeof n));
	printf("took %llu\n", (unsigned long long)n);
}

static void
state(void)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	VALUE(poll(&p, 1, 0));
	printf("in %d out %d\n", !!(p.revents & POLLIN),
	    !!(p.revents & POLLOUT));
}

static void
child_adds(void)
{
	sleep_ms(30);
	add(5);
}

int
main(int argc, char **argv)
{
	char small[4];

	(void)argc;
	test_begin(argv);
	fd = CALL(eventfd(3, EFD_NONBLOCK));
	state();
	take();
	take();
	state();
	add(2);
	add(4);
	take();
	add(UINT64_MAX);
	add(UINT64_MAX - 1);
	state();
	add(1);
	take();
	VALUE(read(fd, small, sizeof small));
	VALUE(write(fd, small, sizeof small));
	CALL(close(fd));

	fd = CALL(eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC));
	VALUE(fcntl(fd, F_GETFD));
	take();
	take();
	take();
	CALL(close(fd));

	fd = CALL(eventfd(0, 0));
	{
		pid_t pid = child_fork();

		if (pid == 0) {
			child_adds();
			fflush(stdout);
			_exit(0);
		}
		child_wait(pid);
		take();
	}
	CALL(eventfd(0, 99));
	return test_end();
}
