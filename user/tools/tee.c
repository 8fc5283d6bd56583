/* tee.c - copy standard input to standard output and to files.  -a: append.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <fcntl.h>

int
tee_main(int argc, char **argv)
{
	static char buf[16 * 1024];
	int flags = O_WRONLY | O_CREAT | O_TRUNC;
	int status = EXIT_SUCCESS;
	int *fds;
	ssize_t got;
	int option;

	while ((option = getopt(argc, argv, "a")) != -1) {
		if (option == '?')
			usage("tee [-a] [FILE]...");
		flags = O_WRONLY | O_CREAT | O_APPEND;
	}
	/* Slot optind - 1 is standard output: the files follow it. */
	fds = calloc(argc, sizeof(*fds));
	if (fds == NULL)
		err(EXIT_FAILURE, "calloc");
	fds[optind - 1] = STDOUT_FILENO;
	for (int i = optind; i < argc; i++) {
		fds[i] = open(argv[i], flags, 0666);
		if (fds[i] < 0) {
			warn("%s", argv[i]);
			status = EXIT_FAILURE;
		}
	}
	while ((got = read(STDIN_FILENO, buf, sizeof(buf))) > 0) {
		for (int i = optind - 1; i < argc; i++) {
			ssize_t done = 0;

			while (fds[i] >= 0 && done < got) {
				ssize_t n = write(fds[i], buf + done,
				    got - done);

				if (n < 0) {
					warn("write");
					status = EXIT_FAILURE;
					break;
				}
				done += n;
			}
		}
	}
	if (got < 0)
		err(EXIT_FAILURE, "read");
	return status;
}
