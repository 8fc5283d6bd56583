/* date.c - print the date and time.  -u: UTC; +FORMAT: as strftime(3) says.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <time.h>

int
date_main(int argc, char **argv)
{
	const char *format = "+%a %b %e %H:%M:%S %Z %Y";
	char text[1024];
	time_t now = time(NULL);
	int option;

	while ((option = getopt(argc, argv, "u")) != -1) {
		if (option == '?')
			usage("date [-u] [+FORMAT]");
		setenv("TZ", "UTC0", 1);
	}
	if (optind < argc)
		format = argv[optind];
	if (format[0] != '+' || argc - optind > 1)
		usage("date [-u] [+FORMAT]");
	text[0] = '\0';
	strftime(text, sizeof(text), format + 1, localtime(&now));
	puts(text);
	return finish(EXIT_SUCCESS);
}
