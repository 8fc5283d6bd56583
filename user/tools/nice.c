/* nice.c - run a program with less claim on the processor.  -n N: by how
 * much (10); without a program: print the present niceness.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/resource.h>

int
nice_main(int argc, char **argv)
{
	long more = 10;
	int now;
	int option;

	while ((option = getopt(argc, argv, "+n:")) != -1) {
		if (option == '?')
			usage("nice [-n N] [PROGRAM [ARG]...]");
		more = parse_number(optarg, -39, 39);
	}
	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	if (now == -1 && errno != 0)
		err(125, "getpriority");
	if (optind == argc) {
		printf("%d\n", now);
		return finish(EXIT_SUCCESS);
	}
	if (setpriority(PRIO_PROCESS, 0, now + (int)more) < 0)
		warn("setpriority");
	execvp(argv[optind], argv + optind);
	err(errno == ENOENT ? 127 : 126, "%s", argv[optind]);
}
