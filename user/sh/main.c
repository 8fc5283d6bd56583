/* main.c - the shell's start, and the loop: read a line, run it.
 *
 *   sh [-ils] [FILE [ARG]...]      FILE, or standard input
 *   sh [-il] -c TEXT [NAME [ARG]...]
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

struct shell shell = {.tty = -1};

int
run_source(struct source *source)
{
	while (!shell.exiting) {
		struct arena_mark *mark = arena_mark();
		struct node *tree;
		enum parse_result result = parse_line(source, &tree);

		if (result == PARSE_COMMAND)
			exec_node(tree);
		fflush(stdout);
		arena_release(mark);
		if (result == PARSE_END)
			break;
		if (result == PARSE_ERROR)
			shell.status = STATUS_SYNTAX;
		if (shell.interrupted)
			shell.status = STATUS_SIGNAL + SIGINT;
		if (!shell.interactive &&
		    (shell.interrupted || result == PARSE_ERROR))
			shell.exiting = true;
		if (shell.interrupted || result == PARSE_ERROR)
			source->at = "";
		shell.interrupted = false;
	}
	return shell.status;
}

int
run_file(const char *path)
{
	struct stat info;
	struct source source;
	char *text;
	ssize_t bytes = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	if (fstat(fd, &info) == 0) {
		text = must_alloc(info.st_size + 1);
		bytes = read(fd, text, info.st_size);
	}
	close(fd);
	if (bytes < 0)
		return -1;
	text[bytes] = '\0';
	if (strlen(text) != (size_t)bytes) {
		errno = ENOEXEC;
		return -1;
	}
	source = source_string(text);
	run_source(&source);
	free(text);
	return 0;
}

/* The arguments of a shell that got ARGV behind its options: $0 is NAME if
 * nothing is there. */
static char **
arguments(char **argv, char *name)
{
	static char *none[2];

	none[0] = name;
	return *argv != NULL ? argv : none;
}

int
main(int argc, char **argv)
{
	const char *text = NULL;
	bool login = argv[0][0] == '-';
	struct source source;
	int option;

	while ((option = getopt(argc, argv, "+c:ils")) != -1) {
		if (option == 'c')
			text = optarg;
		else if (option == 'i')
			shell.interactive = true;
		else if (option == 'l')
			login = true;
		else if (option == '?')
			usage("sh [-ils] [-c TEXT | FILE] [ARG]...");
	}
	argv += optind;
	program_invocation_short_name = "sh";
	shell.pid = getpid();
	var_init();
	shell.args = arguments(argv, "sh");
	if (text != NULL) {
		source = source_string(text);
		return run_source(&source);
	}
	if (*argv != NULL) {
		if (run_file(*argv) == 0)
			return shell.status;
		warn("%s", *argv);
		return errno == ENOENT ? STATUS_NOT_FOUND :
					 STATUS_NOT_EXECUTABLE;
	}
	shell.interactive |= isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	if (shell.interactive)
		job_init();
	if (login)
		run_file("/etc/profile");
	source = source_stdin();
	run_source(&source);
	if (shell.interactive && !shell.exiting)
		puts("exit");
	return finish(shell.status);
}
