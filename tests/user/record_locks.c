/* record_locks.c - fcntl locks between processes: conflict, pieces, release.
 *
 * Layer: tests/user   Source: fcntl(2), "Advisory record locking"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int fd;

static struct flock
range(short type, off_t start, off_t len)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET,
		.l_start = start, .l_len = len };
}

static int
set(short type, off_t start, off_t len)
{
	struct flock lock = range(type, start, len);

	return fcntl(fd, F_SETLK, &lock);
}

/* What stands against a write lock of one byte at START. */
static void
ask(off_t start)
{
	struct flock lock = range(F_WRLCK, start, 1);

	if (fcntl(fd, F_GETLK, &lock) != 0)
		printf("%ld: %s\n", (long)start, errno_name(errno));
	else if (lock.l_type == F_UNLCK)
		printf("%ld: free\n", (long)start);
	else
		printf("%ld: %s from %ld, %ld bytes, of the parent: %s\n",
		    (long)start, lock.l_type == F_RDLCK ? "read" : "write",
		    (long)lock.l_start, (long)lock.l_len,
		    lock.l_pid == getppid() ? "yes" : "no");
}

static void
other_process(void)
{
	ask(0);
	ask(10);
	ask(15);
	ask(25);
	ask(200);
	CALL(set(F_WRLCK, 0, 5));
	CALL(set(F_WRLCK, 12, 1));
	CALL(set(F_RDLCK, 22, 1));
	CALL(set(F_RDLCK, 12, 1));
	CALL(set(F_WRLCK, 0, 0));
}

static void
child_locks_all(void)
{
	CALL(set(F_WRLCK, 0, 0));
}

/* Waits for the parent's lock, which goes when the parent closes any of its
 * descriptors of the file. */
static void
waits(void)
{
	struct flock lock = range(F_WRLCK, 0, 0);

	CALL(fcntl(fd, F_SETLKW, &lock));
}

static void
nothing(int number)
{
	(void)number;
}

static void
interrupted(void)
{
	struct flock lock = range(F_WRLCK, 0, 0);

	signal_handle(SIGALRM, nothing, 0);
	pester(20);
	CALL(fcntl(fd, F_SETLKW, &lock));
	pester(0);
}

int
main(int argc, char **argv)
{
	struct flock end = { .l_type = F_WRLCK, .l_whence = SEEK_END,
		.l_start = -5, .l_len = -5 };
	pid_t pid;
	int second;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789abcdefghij");
	fd = CALL(open("file", O_RDWR));

	/* 10-20 read, 20-30 write; the middle of the first becomes free. */
	CALL(set(F_RDLCK, 10, 10));
	CALL(set(F_WRLCK, 20, 10));
	CALL(set(F_UNLCK, 14, 2));
	STATUS(child_run(other_process));
	CALL(set(F_WRLCK, 5, 100));
	STATUS(child_run(other_process));
	CALL(set(F_UNLCK, 0, 0));
	STATUS(child_run(other_process));

	CALL(fcntl(fd, F_SETLK, &end));
	STATUS(child_run(other_process));
	CALL(set(F_WRLCK, -1, 1));
	STATUS(child_run(interrupted));

	pid = child_fork();
	if (pid == 0) {
		waits();
		fflush(stdout);
		_exit(0);
	}
	sleep_ms(50);
	puts("closing another descriptor");
	fflush(stdout);
	second = open("file", O_RDONLY);
	close(second);
	STATUS(child_wait(pid));
	STATUS(child_run(child_locks_all));

	second = CALL(open("file", O_RDONLY));
	fd = second;
	CALL(set(F_WRLCK, 0, 1));
	CALL(set(F_RDLCK, 0, 1));
	return test_end();
}
