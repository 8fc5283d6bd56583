/* mmap_anonymous.c - anonymous memory: zeroed, aligned, gone after munmap.
 *
 * Layer: tests/user   Source: mmap(2), munmap(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PAGES	16

static char *map;
static char *poke_at;

static void
poke(void)
{
	*(volatile char *)poke_at = 1;
}

/* How a child ends that writes to page INDEX of the map. */
static int
poke_page(int index)
{
	poke_at = map + index * PAGE;
	return child_run(poke);
}

static char *
anonymous(void *hint, size_t bytes, int flags)
{
	return mmap(hint, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

int
main(int argc, char **argv)
{
	bool zero = true;

	(void)argc;
	test_begin(argv);
	CALL(map = anonymous(NULL, PAGES * PAGE, 0));
	HOLDS((uintptr_t)map % PAGE == 0);
	for (int i = 0; i < PAGES * PAGE; i++)
		zero = zero && map[i] == 0;
	HOLDS(zero);
	memset(map, 'x', PAGES * PAGE);
	CALL(munmap(map + 4 * PAGE, 2 * PAGE));
	STATUS(poke_page(3));
	STATUS(poke_page(4));
	STATUS(poke_page(5));
	STATUS(poke_page(6));
	CALL(munmap(map + 4 * PAGE, 2 * PAGE));
	HOLDS(anonymous(map + 4 * PAGE, PAGE, MAP_FIXED) == map + 4 * PAGE);
	HOLDS(map[4 * PAGE] == 0 && map[3 * PAGE] == 'x');
	HOLDS(anonymous(map + 5 * PAGE, PAGE, 0) == map + 5 * PAGE);
	HOLDS(anonymous(map, PAGE, MAP_FIXED) == map);
	HOLDS(map[0] == 0 && map[PAGE] == 'x');
	HOLDS(anonymous(map, PAGE, 0) != map);
	CALL(anonymous(map, PAGE, MAP_FIXED_NOREPLACE));
	CALL(munmap(map + PAGE - PAGE, 1));
	STATUS(poke_page(0));
	HOLDS(anonymous(map, 1, MAP_FIXED_NOREPLACE) == map);
	map[PAGE - 1] = 1;
	CALL(munmap(map, PAGES * PAGE));
	STATUS(poke_page(9));
	CALL(munmap(map, PAGES * PAGE));
	return test_end();
}
