/* copy_on_write.c - many processes share pages until one of them stores; the
 * kernel's own stores (read, wait) make copies too.
 *
 * Layer: tests/user   Source: fork(2), NOTES
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define CHILDREN	8
#define PAGES		256

static char memory[PAGES][PAGE];

static void
child(int which, int start)
{
	char byte;
	int wrong = 0;

	if (read(start, &byte, 1) != 0)
		_exit(99);
	for (int i = which; i < PAGES; i += CHILDREN)
		memory[i][0] = (char)which;
	for (int i = 0; i < PAGES; i++)
		wrong += memory[i][0] != (i % CHILDREN == which ? which : 'p');
	_exit(wrong == 0 ? which : 98);
}

static void
kernel_stores(void)
{
	static int status = 7777;
	static char buffer[2 * PAGE];
	int zero = open("/dev/zero", O_RDONLY);
	int ends[2];

	memset(buffer, 'b', sizeof buffer);
	if (child_fork() == 0) {
		if (read(zero, buffer, sizeof buffer) != sizeof buffer)
			_exit(1);
		_exit(buffer[0] == 0 && status == 7777 ? 3 : 1);
	}
	wait(&status);
	STATUS(status);
	HOLDS(buffer[0] == 'b' && buffer[sizeof buffer - 1] == 'b');
	if (pipe(ends) != 0 || write(ends[1], "xyz", 3) != 3)
		printf("pipe failed\n");
	if (child_fork() == 0)
		_exit(read(ends[0], buffer + PAGE - 1, 3) == 3 &&
		    buffer[PAGE] == 'y' ? 4 : 1);
	STATUS(child_wait(-1));
	HOLDS(buffer[PAGE - 1] == 'b' && buffer[PAGE] == 'b');
}

int
main(int argc, char **argv)
{
	int start[2];
	int sum = 0;
	int wrong = 0;

	(void)argc;
	test_begin(argv);
	memset(memory, 'p', sizeof memory);
	CALL(pipe(start));
	for (int i = 0; i < CHILDREN; i++)
		if (child_fork() == 0) {
			close(start[1]);
			child(i, start[0]);
		}
	close(start[1]);
	for (int i = 0; i < CHILDREN; i++)
		sum += WEXITSTATUS(child_wait(-1));
	VALUE(sum);
	for (int i = 0; i < PAGES; i++)
		wrong += memory[i][0] != 'p';
	VALUE(wrong);
	kernel_stores();
	return test_end();
}
