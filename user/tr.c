/* tr.c - translate characters, or delete them (-d), or squeeze runs of one
 * into one (-s).
 *
 *   tr [-s] SET1 SET2      tr -d SET1      tr -s SET1      SET: a-zA-Z\n_
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

#include <limits.h>

static const char synopsis[] = "tr [-ds] SET1 [SET2]";

enum { CHARS = UCHAR_MAX + 1 };

struct set {
	unsigned char members[4 * CHARS];
	size_t count;
	bool has[CHARS];
};

static void
set_add(struct set *set, unsigned char c)
{
	if (set->count == sizeof(set->members))
		errx(EXIT_USAGE, "a set is too long");
	set->members[set->count++] = c;
	set->has[c] = true;
}

/* One character of a set, which may be written as \n, \t or \\. */
static unsigned char
set_char(const char **text)
{
	static const char letters[] = "ntr0";
	static const char meanings[] = "\n\t\r";
	const char *found;

	if (**text != '\\' || (*text)[1] == '\0')
		return (unsigned char)*(*text)++;
	found = strchr(letters, (*text)[1]);
	*text += 2;
	return found != NULL ? meanings[found - letters] : (*text)[-1];
}

static void
set_parse(struct set *set, const char *text)
{
	while (*text != '\0') {
		int from = set_char(&text);
		int to = from;

		if (text[0] == '-' && text[1] != '\0') {
			text++;
			to = set_char(&text);
		}
		for (int c = from; c <= to; c++)
			set_add(set, c);
	}
}

int
main(int argc, char **argv)
{
	static struct set first, second;
	unsigned char map[CHARS];
	bool erase = false;
	bool squeeze = false;
	const struct set *squeezed = &first;
	int last = EOF;
	int option;
	int c;

	while ((option = getopt(argc, argv, "ds")) != -1) {
		erase |= option == 'd';
		squeeze |= option == 's';
		if (option == '?')
			usage(synopsis);
	}
	if (argc - optind < 1 || argc - optind > 2 ||
	    (argc - optind == 1 && !erase && !squeeze))
		usage(synopsis);
	set_parse(&first, argv[optind]);
	for (int i = 0; i < CHARS; i++)
		map[i] = i;
	if (argc - optind == 2) {
		set_parse(&second, argv[optind + 1]);
		squeezed = &second;
		if (second.count == 0)
			errx(EXIT_USAGE, "the second set is empty");
	}
	/* The second set's last character stands for all that it lacks. */
	for (size_t i = 0; second.count > 0 && i < first.count; i++)
		map[first.members[i]] = second.members[i < second.count ? i :
		    second.count - 1];
	while ((c = getchar()) != EOF) {
		if (erase && first.has[c])
			continue;
		c = erase ? c : map[c];
		if (!squeeze || c != last || !squeezed->has[c])
			putchar(c);
		last = c;
	}
	return finish(EXIT_SUCCESS);
}
