/* processes_2000.c - two thousand processes live at once and all are reaped.
 *
 * Layer: tests/faults   Source: fork(2), wait(2)
 *
 * Usage: processes_2000 [COUNT]
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int count = 2000;

/* Every child reports, waits for the end of a pipe, and exits. */
static void
live_at_once(void)
{
	int report[2];
	int gate[2];
	int alive = 0;
	int reaped = 0;
	int status;
	char byte;

	if (pipe(report) != 0 || pipe(gate) != 0)
		return;
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(gate[1]);
			(void)!write(report[1], "x", 1);
			(void)!read(gate[0], &byte, 1);
			_exit(i % 100);
		}
		if (pid < 0) {
			printf("# fork %d: %s\n", i, errno_name(errno));
			break;
		}
	}
	close(report[1]);
	while (alive < count && read(report[0], &byte, 1) == 1)
		alive++;
	close(gate[1]);
	while (wait(&status) > 0)
		reaped += WIFEXITED(status);
	close(gate[0]);
	close(report[0]);
	printf("%d alive at once, %d reaped\n", alive, reaped);
	expect("all lived and ended", alive == count && reaped == count);
}

/* Short lives, one after the other: process ids and memory are reused. */
static void
one_after_the_other(void)
{
	int reaped = 0;
	int status;

	for (int i = 0; i < count; i++) {
		if (fork() == 0)
			_exit(0);
		reaped += wait(&status) > 0;
	}
	expect("one after the other", reaped == count);
}

int
main(int argc, char **argv)
{
	test_begin(argv);
	alarm(0);
	if (argc > 1)
		count = atoi(argv[1]);
	load_run("processes at once", live_at_once);
	load_run("processes in turn", one_after_the_other);
	test_end();
	return failures();
}
