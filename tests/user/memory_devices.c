/* memory_devices.c - /dev/null, zero, full and urandom.
 *
 * Layer: tests/user   Source: null(4), full(4), random(4)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define BYTES	10000

static char block[BYTES];

static bool
is_zero(void)
{
	for (int i = 0; i < BYTES; i++)
		if (block[i] != 0)
			return false;
	return true;
}

static void
zero_mapping(int fd)
{
	char *map;

	CALL(map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd,
	    0));
	HOLDS(map[0] == 0 && map[PAGE - 1] == 0);
	map[0] = 1;
	HOLDS(map[0] == 1);
}

int
main(int argc, char **argv)
{
	static char other[BYTES];
	int null;
	int zero;
	int full;
	int random;

	(void)argc;
	test_begin(argv);
	null = CALL(open("/dev/null", O_RDWR));
	zero = CALL(open("/dev/zero", O_RDWR));
	full = CALL(open("/dev/full", O_RDWR));
	random = CALL(open("/dev/urandom", O_RDWR));
	VALUE(read(null, block, BYTES));
	VALUE(write(null, block, BYTES));
	VALUE(lseek(null, 100, SEEK_SET));
	memset(block, 'x', BYTES);
	VALUE(read(zero, block, BYTES));
	HOLDS(is_zero());
	VALUE(write(zero, block, BYTES));
	memset(block, 'x', BYTES);
	VALUE(read(full, block, BYTES));
	HOLDS(is_zero());
	VALUE(write(full, block, BYTES));
	VALUE(write(full, block, 1));
	VALUE(read(random, block, BYTES));
	VALUE(read(random, other, BYTES));
	HOLDS(memcmp(block, other, BYTES) != 0);
	HOLDS(!is_zero());
	VALUE(write(random, block, 10));
	VALUE(read(zero, bad_pointer, 1));
	VALUE(read(random, bad_pointer, 1));
	VALUE(read(null, bad_pointer, 1));
	VALUE(write(null, bad_pointer, 1));
	zero_mapping(zero);
	CALL(ftruncate(null, 0));
	OPENS(open("/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666));
	CALL(open("/dev/null/x", O_RDONLY));
	return test_end();
}
