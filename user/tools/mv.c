/* mv.c - rename files, or move them into a directory.
 *
 *   mv FILE NEWNAME      mv FILE... DIR
 *
 * From one file system to another nothing can be renamed; there mv lets the
 * programs cp and rm do the work.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <sys/wait.h>

/* Run a program and wait for it: has it succeeded? */
static bool
run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(EXIT_FAILURE);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool
move(char *from, char *to)
{
	if (rename(from, to) == 0)
		return true;
	if (errno == EXDEV)
		return run((char *[]){"cp", "-r", from, to, NULL}) &&
		    run((char *[]){"rm", "-r", from, NULL});
	warn("%s to %s", from, to);
	return false;
}

int
mv_main(int argc, char **argv)
{
	const char *target = argv[argc - 1];
	int status = EXIT_SUCCESS;

	if (getopt(argc, argv, "f") == '?' || argc - optind < 2)
		usage("mv FROM... TO");
	for (int i = optind; i < argc - 1; i++) {
		char *to = destination(argv[i], target, argc - optind > 2);

		if (to == NULL || !move(argv[i], to))
			status = EXIT_FAILURE;
		free(to);
	}
	return status;
}
