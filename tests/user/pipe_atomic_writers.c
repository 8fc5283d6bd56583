/* pipe_atomic_writers.c - records up to PIPE_BUF bytes of several writers are
 * never mixed, with a slow reader and a full pipe.
 *
 * Layer: tests/user   Source: pipe(7), "PIPE_BUF"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define WRITERS	4
#define RECORDS	60

/* Every writer has a record length of its own, the last one PIPE_BUF. */
static const int lengths[WRITERS] = { 7, 1000, 3333, PIPE_BUF };

static void
writer(int which, int fd)
{
	char record[PIPE_BUF];

	memset(record, 'a' + which, sizeof record);
	for (int i = 0; i < RECORDS; i++)
		if (write(fd, record, (size_t)lengths[which]) !=
		    lengths[which])
			_exit(1);
	_exit(0);
}

/* Reads exactly BYTES; false at the end of the pipe. */
static bool
read_all(int fd, char *to, int bytes)
{
	int got = 0;

	while (got < bytes) {
		ssize_t n = read(fd, to + got, (size_t)(bytes - got));

		if (n <= 0)
			return false;
		got += (int)n;
	}
	return true;
}

int
main(int argc, char **argv)
{
	char record[PIPE_BUF];
	int counts[WRITERS] = { 0 };
	int mixed = 0;
	int ends[2];

	(void)argc;
	test_begin(argv);
	CALL(pipe(ends));
	for (int i = 0; i < WRITERS; i++)
		if (child_fork() == 0)
			writer(i, ends[1]);
	close(ends[1]);
	while (read_all(ends[0], record, 1)) {
		int which = record[0] - 'a';

		if (which < 0 || which >= WRITERS ||
		    !read_all(ends[0], record + 1, lengths[which] - 1)) {
			mixed++;
			break;
		}
		counts[which]++;
		for (int i = 1; i < lengths[which]; i++)
			mixed += record[i] != record[0];
	}
	close(ends[0]);
	for (int i = 0; i < WRITERS; i++)
		printf("writer %d: %d records\n", i, counts[i]);
	VALUE(mixed);
	for (int i = 0; i < WRITERS; i++)
		STATUS(child_wait(-1));
	return test_end();
}
