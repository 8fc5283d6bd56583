/* memory_locks.c - mlock and its kin, and membarrier.
 *
 * Layer: tests/user   Source: mlock(2), membarrier(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char *map;

	(void)argc;
	test_begin(argv);
	CALL(map = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	CALL(mlock(map, 2 * PAGE));
	CALL(mlock(map + 1, 10));
	CALL(munlock(map, 2 * PAGE));
	CALL(syscall(SYS_mlock2, map, PAGE, 0));
	CALL(syscall(SYS_mlock2, map, PAGE, 99));
	CALL(mlock(map, 0));
	CALL(munmap(map + 2 * PAGE, PAGE));
	CALL(mlock(map, 4 * PAGE));
	CALL(munlock(map, 4 * PAGE));
	CALL(mlockall(MCL_CURRENT));
	CALL(mlockall(0));
	CALL(mlockall(99));
	CALL(munlockall());
	HOLDS(syscall(SYS_membarrier, 0, 0, 0) >= 0);
	CALL(syscall(SYS_membarrier, 1 << 30, 0, 0));
	CALL(syscall(SYS_membarrier, 0, 99, 0));
	return test_end();
}
