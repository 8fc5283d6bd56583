/* input.c - reads lines, from a person or a file, and has them run.
 *
 * A command may need several lines: an open quote, "&&" at the end.  Then the
 * parser says that the text is unfinished; one more line is put behind it, and
 * the parser starts again.
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/utsname.h>

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

/* Put the next line of standard input, with a newline at its end, behind TEXT,
 * which moves.  Returns false at the end.
 * Descriptor 0 is read byte by byte: what follows the line belongs to the
 * commands that it runs. */
static bool
read_line(struct text *text)
{
	const char *typed = NULL;
	size_t before = text->length;
	char c = '\0';

	if (shell.interactive) {
		typed = edit_line(before > 0 ? "> " : prompt());
		for (; typed != NULL && *typed != '\0'; typed++)
			text_add(text, *typed);
		return typed != NULL;
	}
	while (c != '\n' && read(STDIN_FILENO, &c, 1) == 1)
		text_add(text, c);
	if (text->length > before && c != '\n')
		text_add(text, '\n');
	return text->length > before;
}

/* Parse one command line of SOURCE and run it. */
static enum parse_result
run_line(struct source *source, bool more)
{
	struct node *tree = NULL;
	enum parse_result result = parse_line(source, more, &tree);

	if (result == PARSE_LINE && tree != NULL)
		exec_node(tree);
	fflush(stdout);
	if (result == PARSE_ERROR)
		shell.status = STATUS_SYNTAX;
	if (!shell.interactive &&
	    (result == PARSE_ERROR || shell.interrupted))
		shell.exiting = true;
	return result;
}

int
run_text(const char *text)
{
	struct source source = {.at = text, .line = 1};
	enum parse_result result;

	do {
		struct arena_mark *mark = arena_mark();

		result = run_line(&source, false);
		arena_release(mark);
	} while (result == PARSE_LINE && !shell.exiting && !shell.interrupted);
	return shell.status;
}

int
run_input(void)
{
	struct arena_mark *mark = arena_mark();
	struct source source = {.line = 1};
	bool more;

	do {
		struct text text = {0};

		arena_release(mark);
		shell.interrupted = false;
		if (shell.interactive)
			job_report();
		do {
			more = read_line(&text) && !shell.interrupted;
			source.at = text_string(&text);
		} while (run_line(&source, more) == PARSE_UNFINISHED);
		if (shell.interrupted)
			shell.status = STATUS_SIGNAL + SIGINT;
	} while ((more || shell.interrupted) && !shell.exiting);
	return shell.status;
}

int
run_file(const char *path)
{
	struct stat info;
	char *text = NULL;
	ssize_t bytes = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &info) == 0) {
		text = must_alloc(info.st_size + 1);
		bytes = read(fd, text, info.st_size);
	}
	close(fd);
	if (bytes >= 0) {
		text[bytes] = '\0';
		if (strlen(text) == (size_t)bytes) {
			run_text(text);
		} else {
			errno = ENOEXEC;	/* a binary */
			bytes = -1;
		}
	}
	free(text);
	return bytes < 0 ? -1 : 0;
}
