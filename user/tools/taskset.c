/* taskset.c - on which processors a process may run.
 *
 *   taskset LIST PROGRAM [ARG]...    run a program on these: 0,2-3
 *   taskset -p PID                   print those of a process
 *   taskset -p LIST PID              change them
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <limits.h>
#include <sched.h>

static const char synopsis[] =
    "taskset LIST PROGRAM [ARG]... | taskset -p [LIST] PID";

static void
parse_list(char *text, cpu_set_t *set)
{
	CPU_ZERO(set);
	for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
		char *dash = strchr(part, '-');
		long first, last;

		if (dash != NULL)
			*dash = '\0';
		first = parse_number(part, 0, CPU_SETSIZE - 1);
		last = first;
		if (dash != NULL)
			last = parse_number(dash + 1, first, CPU_SETSIZE - 1);
		for (long cpu = first; cpu <= last; cpu++)
			CPU_SET(cpu, set);
	}
}

static void
print(pid_t pid)
{
	const char *comma = "";
	cpu_set_t set;

	if (sched_getaffinity(pid, sizeof(set), &set) < 0)
		err(EXIT_FAILURE, "%d", (int)pid);
	printf("pid %d's current affinity list: ", (int)pid);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		printf("%s%d", comma, cpu);
		comma = ",";
	}
	putchar('\n');
}

int
taskset_main(int argc, char **argv)
{
	bool by_pid = argc > 1 && strcmp(argv[1], "-p") == 0;
	cpu_set_t set;
	pid_t pid = 0;

	argv += by_pid ? 2 : 1;
	argc -= by_pid ? 2 : 1;
	if (argc < (by_pid ? 1 : 2) || (by_pid && argc > 2))
		usage(synopsis);
	if (by_pid)
		pid = (pid_t)parse_number(argv[argc - 1], 0, INT_MAX);
	if (argc == 2 || !by_pid) {
		parse_list(argv[0], &set);
		if (sched_setaffinity(pid, sizeof(set), &set) < 0)
			err(EXIT_FAILURE, "%s", argv[0]);
	}
	if (by_pid) {
		print(pid);
		return finish(EXIT_SUCCESS);
	}
	execvp(argv[1], argv + 1);
	err(errno == ENOENT ? 127 : 126, "%s", argv[1]);
}
