/* uname.c - which system this is.  -s name, -n machine's name, -r release,
 * -v version, -m processor, -a all of them.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/utsname.h>

int
uname_main(int argc, char **argv)
{
	static const char letters[] = "snrvma";
	struct utsname u;
	const char *values[] = {
		u.sysname, u.nodename, u.release, u.version, u.machine,
	};
	bool wanted[sizeof(letters)] = {false};
	bool all;
	const char *space = "";
	int option;

	while ((option = getopt(argc, argv, letters)) != -1) {
		if (option == '?')
			usage("uname [-snrvma]");
		wanted[strchr(letters, option) - letters] = true;
	}
	if (uname(&u) < 0)
		err(EXIT_FAILURE, "uname");
	if (argc == 1)
		wanted[0] = true;
	all = wanted[5];
	for (int i = 0; i < 5; i++) {
		if (!wanted[i] && !all)
			continue;
		printf("%s%s", space, values[i]);
		space = " ";
	}
	putchar('\n');
	return finish(EXIT_SUCCESS);
}
