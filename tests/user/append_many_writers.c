/* append_many_writers.c - with O_APPEND no record is lost or torn.
 *
 * Layer: tests/user   Source: open(2), O_APPEND; write(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define WRITERS	4
#define RECORDS	200
#define BYTES	32

static void
writer(int which, int fd)
{
	char record[BYTES];

	memset(record, 'a' + which, sizeof record);
	for (int i = 0; i < RECORDS; i++)
		if (write(fd, record, sizeof record) != sizeof record)
			_exit(1);
	_exit(0);
}

int
main(int argc, char **argv)
{
	char record[BYTES];
	int counts[WRITERS] = { 0 };
	int torn = 0;
	int shared;
	int fd;

	(void)argc;
	test_begin(argv);
	shared = CALL(open("log", O_WRONLY | O_CREAT | O_APPEND, 0600));
	for (int i = 0; i < WRITERS; i++)
		if (child_fork() == 0) {
			fd = shared;
			if (i % 2 == 0)
				fd = open("log", O_WRONLY | O_APPEND);
			writer(i, fd);
		}
	for (int i = 0; i < WRITERS; i++)
		STATUS(child_wait(-1));
	fd = CALL(open("log", O_RDONLY));
	while (read(fd, record, sizeof record) == sizeof record) {
		for (int i = 1; i < BYTES; i++)
			if (record[i] != record[0])
				torn++;
		if (record[0] >= 'a' && record[0] < 'a' + WRITERS)
			counts[record[0] - 'a']++;
	}
	for (int i = 0; i < WRITERS; i++)
		printf("writer %d: %d records\n", i, counts[i]);
	VALUE(torn);
	VALUE(lseek(fd, 0, SEEK_END));
	VALUE(pwrite(shared, "end", 3, 0));
	VALUE(lseek(fd, 0, SEEK_END));
	return test_end();
}
