/* hello.c - a program starts, prints on both outputs and exits with a status.
 *
 * Layer: tests/user   Source: write(2), _exit(2), execve(2)
 *
 * The only test without lib.c: it is the first to work in a young kernel.
 *
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static const char message[] = "hello by write\n";

	if (write(STDOUT_FILENO, message, sizeof message - 1) < 0)
		return 1;
	printf("argc %d, argv[argc] is %s\n", argc,
	    argv[argc] == NULL ? "NULL" : "not NULL");
	fflush(stdout);
	fprintf(stderr, "hello by standard error\n");
	return 7;
}
