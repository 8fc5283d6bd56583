/* mprotect_pieces.c - changing the rights of parts of a mapping.
 *
 * Layer: tests/user   Source: mprotect(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PAGES	9

static char *map;
static int page;

static void
load(void)
{
	_exit(((volatile char *)map)[page * PAGE]);
}

static void
store(void)
{
	((volatile char *)map)[page * PAGE] = 1;
}

static void
rights_show(void)
{
	printf("rights:");
	for (page = 0; page < PAGES; page++) {
		bool readable = WIFEXITED(child_run(load));
		bool writable = WIFEXITED(child_run(store));

		printf(" %s", readable ? writable ? "rw" : "r-" :
		    writable ? "-w" : "--");
	}
	printf("\n");
}

static void
run_code(void)
{
	static const unsigned char code[] = {
		0xb8, 42, 0, 0, 0,	/* mov $42, %eax */
		0xc3,			/* ret */
	};
	int (*function)(void);

	memcpy(map, code, sizeof code);
	CALL(mprotect(map, PAGE, PROT_READ | PROT_EXEC));
	function = (int (*)(void))(uintptr_t)map;
	VALUE(function());
}

int
main(int argc, char **argv)
{
	int sum = 0;

	(void)argc;
	test_begin(argv);
	CALL(map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	for (int i = 0; i < PAGES; i += 2)
		map[i * PAGE] = (char)i;
	rights_show();
	CALL(mprotect(map + 3 * PAGE, 3 * PAGE, PROT_READ));
	rights_show();
	CALL(mprotect(map + 4 * PAGE, PAGE, PROT_NONE));
	rights_show();
	CALL(mprotect(map, 2 * PAGE, PROT_NONE));
	rights_show();
	CALL(mprotect(map + PAGE, 5 * PAGE, PROT_READ | PROT_WRITE));
	rights_show();
	CALL(mprotect(map + 7 * PAGE, 2 * PAGE, PROT_READ));
	CALL(mprotect(map + 2 * PAGE, 6 * PAGE, PROT_READ));
	rights_show();
	CALL(mprotect(map, PAGES * PAGE, PROT_READ | PROT_WRITE));
	rights_show();
	for (int i = 0; i < PAGES; i++)
		sum += map[i * PAGE];
	VALUE(sum);
	run_code();
	return test_end();
}
