/* terminal_errors.c - terminal calls on what is no terminal.
 *
 * Layer: tests/user   Source: ioctl_tty(2), tty(4)
 *
 * What a terminal does is tested where there is one: by the boot tests.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/ioctl.h>
#include <termios.h>

static void
all_on(int fd)
{
	struct termios settings = { 0 };
	struct winsize size = { 0 };
	int group = getpgrp();

	CALL(ioctl(fd, TCGETS, &settings));
	CALL(ioctl(fd, TCSETS, &settings));
	CALL(ioctl(fd, TCSETSW, &settings));
	CALL(ioctl(fd, TCSETSF, &settings));
	CALL(ioctl(fd, TIOCGWINSZ, &size));
	CALL(ioctl(fd, TIOCSWINSZ, &size));
	CALL(ioctl(fd, TIOCGPGRP, &group));
	CALL(ioctl(fd, TIOCSPGRP, &group));
	CALL(ioctl(fd, TIOCNOTTY, 0));
	VALUE(isatty(fd));
}

static void
no_controlling_terminal(void)
{
	HOLDS(setsid() == getpid());
	CALL(open("/dev/tty", O_RDWR));
}

int
main(int argc, char **argv)
{
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	all_on(fd);
	CALL(pipe(ends));
	all_on(ends[0]);
	fd = CALL(open("/dev/null", O_RDWR));
	all_on(fd);
	all_on(99);
	STATUS(child_run(no_controlling_terminal));
	return test_end();
}
