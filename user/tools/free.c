/* free.c - how the memory is used, in KiB, from /proc/meminfo.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

static char info[8192];

/* The number in the line "NAME:   number kB"; 0 if there is no such line. */
static unsigned long
field(const char *name)
{
	const char *line = info;

	while (line != NULL) {
		size_t length = strlen(name);

		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return strtoul(line + length + 1, NULL, 10);
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return 0;
}

int
free_main(int argc, char **argv)
{
	unsigned long total, unused, cache, swap, swap_unused;

	if (getopt(argc, argv, "k") == '?' || optind != argc)
		usage("free");
	if (read_text("/proc/meminfo", info, sizeof(info)) < 0)
		err(EXIT_FAILURE, "/proc/meminfo");
	total = field("MemTotal");
	unused = field("MemFree");
	cache = field("Buffers") + field("Cached") + field("SReclaimable");
	swap = field("SwapTotal");
	swap_unused = field("SwapFree");
	printf("%19s %11s %11s %11s %11s %11s\n", "total", "used", "free",
	    "shared", "buff/cache", "available");
	printf("Mem:  %13lu %11lu %11lu %11lu %11lu %11lu\n", total,
	    total - unused - cache, unused, field("Shmem"), cache,
	    field("MemAvailable"));
	printf("Swap: %13lu %11lu %11lu\n", swap, swap - swap_unused,
	    swap_unused);
	return finish(EXIT_SUCCESS);
}
