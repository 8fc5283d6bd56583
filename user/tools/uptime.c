/* uptime.c - the time, how long the machine runs, and its load.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <time.h>

int
uptime_main(int argc, char **argv)
{
	char text[128];
	char clock[16];
	double seconds;
	double load[3];
	long minutes;
	time_t now = time(NULL);

	(void)argv;
	if (argc > 1)
		usage("uptime");
	if (read_text("/proc/uptime", text, sizeof(text)) < 0 ||
	    sscanf(text, "%lf", &seconds) != 1)
		err(EXIT_FAILURE, "/proc/uptime");
	if (read_text("/proc/loadavg", text, sizeof(text)) < 0 ||
	    sscanf(text, "%lf %lf %lf", &load[0], &load[1], &load[2]) != 3)
		err(EXIT_FAILURE, "/proc/loadavg");
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&now));
	minutes = (long)seconds / 60;
	printf(" %s up ", clock);
	if (minutes >= 24 * 60)
		printf("%ld day%s, ", minutes / (24 * 60),
		    minutes >= 2 * 24 * 60 ? "s" : "");
	if (minutes >= 60)
		printf("%2ld:%02ld", minutes / 60 % 24, minutes % 60);
	else
		printf("%ld min", minutes);
	printf(",  load average: %.2f, %.2f, %.2f\n", load[0], load[1],
	    load[2]);
	return finish(EXIT_SUCCESS);
}
