/* sleep.c - wait for some seconds, which may have a fraction: sleep 0.5.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <time.h>

int
sleep_main(int argc, char **argv)
{
	struct timespec left;
	double seconds;
	char *end;

	if (argc != 2)
		usage("sleep SECONDS");
	seconds = strtod(argv[1], &end);
	if (end == argv[1] || *end != '\0' || !(seconds >= 0) ||
	    seconds > 1e9)
		errx(EXIT_USAGE, "%s: not a time in seconds", argv[1]);
	left.tv_sec = (time_t)seconds;
	left.tv_nsec = (long)((seconds - (double)left.tv_sec) * 1e9);
	while (nanosleep(&left, &left) < 0)
		if (errno != EINTR)
			err(EXIT_FAILURE, "nanosleep");
	return EXIT_SUCCESS;
}
