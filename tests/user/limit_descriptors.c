/* limit_descriptors.c - RLIMIT_NOFILE: EMFILE from every call that makes one.
 *
 * Layer: tests/user   Source: getrlimit(2), open(2), dup(2), pipe(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
limited(void)
{
	struct rlimit limit = { 10, 10 };
	struct pollfd polled[11] = { { 0 } };
	int ends[2] = { -7, -7 };
	int count = 0;

	CALL(setrlimit(RLIMIT_NOFILE, &limit));
	VALUE(dup2(0, 9));
	VALUE(dup2(0, 10));
	CALL(close(9));
	while (open("/dev/null", O_RDONLY) >= 0)
		count++;
	VALUE(count);
	CALL(open("/dev/null", O_RDONLY));
	CALL(open("new", O_WRONLY | O_CREAT, 0600));
	CALL(access("new", F_OK));
	VALUE(dup(0));
	VALUE(fcntl(0, F_DUPFD, 0));
	VALUE(fcntl(0, F_DUPFD, 10));
	CALL(pipe(ends));
	CALL(close(5));
	CALL(pipe(ends));
	HOLDS(ends[0] == -7 && ends[1] == -7);
	VALUE(dup(0));
	VALUE(dup2(0, 5));
	CALL(close(6));
	CALL(close(4));
	CALL(pipe(ends));
	VALUE(ends[0]);
	VALUE(ends[1]);
	VALUE(poll(polled, 11, 0));
	VALUE(poll(polled, 10, 0));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	STATUS(child_run(limited));
	return test_end();
}
