/* id.c - who runs this.  -u, -g: only the number; -n: the name instead.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <grp.h>
#include <pwd.h>

static const char *
name_of(unsigned id, bool group)
{
	struct passwd *user = group ? NULL : getpwuid(id);
	struct group *g = group ? getgrgid(id) : NULL;

	return user != NULL ? user->pw_name : g != NULL ? g->gr_name : NULL;
}

static void
print_both(const char *label, unsigned id, bool group)
{
	const char *name = name_of(id, group);

	printf("%s%u", label, id);
	if (name != NULL)
		printf("(%s)", name);
}

int
id_main(int argc, char **argv)
{
	bool name = false;
	int which = 0;
	int option;
	gid_t groups[64];
	int count = getgroups(64, groups);

	while ((option = getopt(argc, argv, "ugn")) != -1) {
		name |= option == 'n';
		if (option == 'u' || option == 'g')
			which = option;
		if (option == '?')
			usage("id [-u | -g] [-n]");
	}
	if (which != 0) {
		unsigned id = which == 'u' ? geteuid() : getegid();
		const char *text = name_of(id, which == 'g');

		if (name && text != NULL)
			puts(text);
		else
			printf("%u\n", id);
		return finish(EXIT_SUCCESS);
	}
	print_both("uid=", getuid(), false);
	print_both(" gid=", getgid(), true);
	for (int i = 0; i < count; i++)
		print_both(i == 0 ? " groups=" : ",", groups[i], true);
	putchar('\n');
	return finish(EXIT_SUCCESS);
}
