/* source.c - where the shell's text comes from, character by character.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <sys/utsname.h>

struct source
source_string(const char *text)
{
	return (struct source){.at = text, .line = 1};
}

/* "nestling:/root# " */
static const char *
prompt(void)
{
	static char line[256];
	char dir[128];
	struct utsname system;

	if (getcwd(dir, sizeof(dir)) == NULL)
		strcpy(dir, "?");
	if (uname(&system) < 0)
		strcpy(system.nodename, "?");
	snprintf(line, sizeof(line), "%s:%s%c ", system.nodename, dir,
	    geteuid() == 0 ? '#' : '$');
	return line;
}

static bool
refill_from_terminal(struct source *source)
{
	const char *line;

	if (!source->continued)
		job_report();
	line = edit_line(source->continued ? "> " : prompt());
	source->at = line != NULL ? line : "";
	/* Ctrl-C in the middle of a command ends its text. */
	return line != NULL && !(shell.interrupted && source->continued);
}

/* One line from descriptor 0, byte by byte: what follows it belongs to the
 * commands that the line runs. */
static bool
refill_from_stdin(struct source *source)
{
	static char *line;
	static size_t size;
	size_t length = 0;

	do {
		if (length + 2 > size) {
			size = size > 0 ? 2 * size : 256;
			line = realloc(line, size);
			if (line == NULL)
				err(EXIT_FAILURE, "malloc");
		}
		if (read(STDIN_FILENO, &line[length], 1) <= 0)
			break;
	} while (line[length++] != '\n');
	line[length] = '\0';
	source->at = line;
	return length > 0;
}

struct source
source_stdin(void)
{
	return (struct source){
		.at = "",
		.line = 1,
		.refill = shell.interactive ? refill_from_terminal :
					      refill_from_stdin,
	};
}

int
source_peek(struct source *source)
{
	if (*source->at == '\0' &&
	    (source->refill == NULL || !source->refill(source)))
		return EOF;
	return (unsigned char)*source->at;
}

int
source_next(struct source *source)
{
	int c = source_peek(source);

	if (c != EOF)
		source->at++;
	if (c == '\n')
		source->line++;
	return c;
}
