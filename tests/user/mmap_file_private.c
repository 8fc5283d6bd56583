/* mmap_file_private.c - a private mapping's stores stay its own.
 *
 * Layer: tests/user   Source: mmap(2), MAP_PRIVATE
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char *a;
	char *b;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDONLY));
	CALL(a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	CALL(b = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
	printf("%.10s %.10s\n", a, b);
	a[0] = 'a';
	printf("%.10s %.10s\n", a, b);
	file_show("file");
	if (child_fork() == 0) {
		printf("child: %.10s\n", a);
		a[1] = 'c';
		printf("child: %.10s\n", a);
		fflush(NULL);
		_exit(0);
	}
	STATUS(child_wait(-1));
	printf("%.10s %.10s\n", a, b);
	a[2] = 'p';
	file_show("file");
	CALL(mprotect(b, PAGE, PROT_READ | PROT_WRITE));
	b[3] = 'b';
	printf("%.10s %.10s\n", a, b);
	file_show("file");
	CALL(munmap(a, PAGE));
	CALL(a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0));
	printf("%.10s\n", a);
	return test_end();
}
