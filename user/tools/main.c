/* main.c - the small tools are one program, which looks at its own name.
 *
 *   /bin/ls -> tools        so "ls -l" starts tools with argv[0] "ls"
 *   tools ls -l             the same
 *   tools                   lists the names
 *
 * A static program brings its own copy of the C library: 20 KiB and more for
 * each tool, if each were a program.  Together they have it once, which is
 * less to load for GRUB, to unpack for the kernel, and to keep in memory.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

static const struct {
	const char *name;
	int (*main)(int argc, char **argv);
} tools[] = {
#define TOOL(name) {#name, name##_main},
	TOOLS
	{"[", test_main},
};

enum { TOOL_COUNT = sizeof(tools) / sizeof(tools[0]) };

/* Run the tool called NAME, if there is one, and exit. */
static void
run(const char *name, int argc, char **argv)
{
	for (int i = 0; i < TOOL_COUNT; i++) {
		if (strcmp(tools[i].name, name) != 0)
			continue;
		program_invocation_short_name = (char *)name;
		exit(tools[i].main(argc, argv));
	}
}

int
main(int argc, char **argv)
{
	run(base_name(argv[0]), argc, argv);
	if (argc > 1) {
		run(argv[1], argc - 1, argv + 1);
		errx(127, "%s: no such tool", argv[1]);
	}
	for (int i = 0; i < TOOL_COUNT; i++)
		puts(tools[i].name);
	return finish(EXIT_SUCCESS);
}
