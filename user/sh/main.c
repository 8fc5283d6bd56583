/* main.c - the shell's start.
 *
 *   sh [-ils] [FILE [ARG]...]      FILE, or standard input
 *   sh [-il] -c TEXT [NAME [ARG]...]
 *
 * SPDX-License-Identifier: MIT */
#include "sh.h"

struct shell shell = {.tty = -1};

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
	if (text != NULL)
		return run_text(text);
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
	run_input();
	if (shell.interactive && !shell.exiting)
		puts("exit");
	return finish(shell.status);
}
