/* exec_memory_is_fresh.c - nothing of the old program's memory is left, the
 * new one's bss is zero, and process id, directory and umask stay.
 *
 * Layer: tests/user   Source: execve(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char bss[20 * PAGE + 33];
static char data[PAGE] = "initialized";

static int
second(char **argv)
{
	char here[PATH_MAX];
	int dirty = 0;

	for (size_t i = 0; i < sizeof bss; i++)
		dirty += bss[i] != 0;
	printf("dirty bytes in bss: %d\n", dirty);
	printf("data: %s\n", data);
	printf("same process: %s\n", atoi(argv[1]) == getpid() ? "yes" : "no");
	printf("same directory: %s\n", getcwd(here, sizeof here) != NULL &&
	    strcmp(here, argv[2]) == 0 ? "yes" : "no");
	printf("umask %o\n", umask(0));
	printf("old mapping: %s\n", mincore((void *)strtoul(argv[3], NULL, 16),
	    PAGE, (unsigned char *)bss) == 0 ? "there" : errno_name(errno));
	return 3;
}

int
main(int argc, char **argv)
{
	char pid[16];
	char address[32];
	char *map;
	char *arguments[] = { "second", pid, test_dir, address, NULL };

	if (argc > 1)
		return second(argv);
	test_begin(argv);
	memset(bss, 'x', sizeof bss);
	memset(data, 'y', sizeof data);
	umask(0123);
	map = mmap((void *)(1UL << 40), PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	HOLDS(map == (void *)(1UL << 40));
	map[0] = 1;
	snprintf(address, sizeof address, "%lx", (unsigned long)map);
	if (child_fork() == 0) {
		snprintf(pid, sizeof pid, "%d", getpid());
		execve(test_self, arguments, environ);
		_exit(100);
	}
	STATUS(child_wait(-1));
	return test_end();
}
