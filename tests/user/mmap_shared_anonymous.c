/* mmap_shared_anonymous.c - shared anonymous memory joins parent and child.
 *
 * Layer: tests/user   Source: mmap(2), MAP_SHARED | MAP_ANONYMOUS
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PAGES	50

int
main(int argc, char **argv)
{
	char *shared;
	char *private;
	int wrong = 0;

	(void)argc;
	test_begin(argv);
	CALL(shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	CALL(private = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	shared[0] = 'p';
	private[0] = 'p';
	if (child_fork() == 0) {
		HOLDS(shared[0] == 'p' && private[0] == 'p');
		for (int i = 0; i < PAGES; i++)
			shared[i * PAGE + i] = (char)i;
		private[0] = 'c';
		if (child_fork() == 0) {
			HOLDS(shared[7 * PAGE + 7] == 7);
			shared[1] = 'g';
			fflush(NULL);
			_exit(0);
		}
		STATUS(child_wait(-1));
		HOLDS(shared[1] == 'g');
		fflush(NULL);
		_exit(0);
	}
	STATUS(child_wait(-1));
	for (int i = 0; i < PAGES; i++)
		wrong += shared[i * PAGE + i] != i;
	VALUE(wrong);
	HOLDS(shared[1] == 'g' && private[0] == 'p');
	CALL(munmap(shared + PAGE, PAGE));
	if (child_fork() == 0) {
		shared[2 * PAGE] = 'h';
		_exit(0);
	}
	STATUS(child_wait(-1));
	HOLDS(shared[2 * PAGE] == 'h');
	return test_end();
}
