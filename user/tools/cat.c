/* cat.c - copy files, one after another, to standard output.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <fcntl.h>

/* Write all of BUF to standard output; a failure ends the program. */
static void
write_all(const char *buf, size_t bytes)
{
	while (bytes > 0) {
		ssize_t done = write(STDOUT_FILENO, buf, bytes);

		if (done < 0)
			err(EXIT_FAILURE, "write error");
		buf += done;
		bytes -= done;
	}
}

static bool
copy(int fd, const char *name)
{
	static char buf[64 * 1024];
	ssize_t got;

	while ((got = read(fd, buf, sizeof(buf))) > 0)
		write_all(buf, got);
	if (got < 0)
		warn("%s", name);
	return got == 0;
}

int
cat_main(int argc, char **argv)
{
	int status = EXIT_SUCCESS;

	if (getopt(argc, argv, "") != -1)
		usage("cat [FILE]...");
	if (optind == argc)
		argv[--optind] = "-";
	for (int i = optind; i < argc; i++) {
		bool is_stdin = strcmp(argv[i], "-") == 0;
		int fd = is_stdin ? STDIN_FILENO : open(argv[i], O_RDONLY);

		if (fd < 0)
			warn("%s", argv[i]);
		if (fd < 0 || !copy(fd, argv[i]))
			status = EXIT_FAILURE;
		if (fd > 0)
			close(fd);
	}
	return status;
}
