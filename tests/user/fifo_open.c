/* fifo_open.c - a named pipe: who waits for whom in open.
 *
 * Layer: tests/user   Source: fifo(7), open(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
no_waiting(void)
{
	char byte = 'b';
	int reader = CALL(open("fifo", O_RDONLY | O_NONBLOCK));
	int writer;

	VALUE(read(reader, &byte, 1));
	writer = CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	VALUE(read(reader, &byte, 1));
	VALUE(write(writer, "x", 1));
	VALUE(read(reader, &byte, 1));
	CALL(close(writer));
	VALUE(read(reader, &byte, 1));
	CALL(close(reader));
	CALL(open("fifo", O_WRONLY | O_NONBLOCK));
	writer = CALL(open("fifo", O_RDWR));
	VALUE(write(writer, "y", 1));
	VALUE(read(writer, &byte, 1));
	close(writer);
}

/* What was written and not read is gone when nobody has the fifo open. */
static void
contents_go(void)
{
	char byte;
	int both = CALL(open("fifo", O_RDWR | O_NONBLOCK));

	VALUE(write(both, "z", 1));
	close(both);
	both = CALL(open("fifo", O_RDWR | O_NONBLOCK));
	VALUE(read(both, &byte, 1));
	close(both);
}

static void
rendezvous(void)
{
	char buffer[16] = "";
	int fd;

	if (child_fork() == 0) {
		fd = open("fifo", O_WRONLY);
		_exit(write(fd, "from child", 10) == 10 ? 0 : 1);
	}
	fd = CALL(open("fifo", O_RDONLY));
	VALUE(read(fd, buffer, sizeof buffer));
	printf("read \"%s\"\n", buffer);
	VALUE(read(fd, buffer, sizeof buffer));
	STATUS(child_wait(-1));
	close(fd);

	if (child_fork() == 0) {
		sleep_ms(20);
		fd = open("fifo", O_RDONLY);
		_exit(read(fd, buffer, sizeof buffer) == 11 ? 0 : 1);
	}
	fd = CALL(open("fifo", O_WRONLY));
	VALUE(write(fd, "from parent", 11));
	STATUS(child_wait(-1));
	close(fd);
}

static void
on_alarm(int number)
{
	(void)number;
}

static void
interrupted(void)
{
	signal_handle(SIGALRM, on_alarm, 0);
	pester(20);
	CALL(open("fifo", O_RDONLY));
	CALL(open("fifo", O_WRONLY));
	pester(0);
}

int
main(int argc, char **argv)
{
	int fd;

	(void)argc;
	test_begin(argv);
	CALL(mkfifo("fifo", 0600));
	CALL(mkfifo("fifo", 0600));
	no_waiting();
	contents_go();
	rendezvous();
	interrupted();
	fd = CALL(open("fifo", O_RDWR));
	VALUE(lseek(fd, 0, SEEK_SET));
	CALL(ftruncate(fd, 0));
	CALL(unlink("fifo"));
	VALUE(write(fd, "x", 1));
	return test_end();
}
