/* exec_text_busy.c - a program that is open for writing cannot be executed,
 * and one that is being executed cannot be written.
 *
 * Layer: tests/user   Source: execve(2) and open(2), ETXTBSY
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *arguments[] = { "x", NULL };

static void
copy_self(const char *path)
{
	static char buffer[16 * PAGE];
	int from = open(test_self, O_RDONLY);
	int to = open(path, O_WRONLY | O_CREAT, 0755);
	ssize_t n;

	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, (size_t)n) != n)
			printf("copy failed\n");
	close(from);
	close(to);
}

int
main(int argc, char **argv)
{
	char *wait_for_input[] = { "copy", "wait", NULL };
	char byte;
	int from_child[2];
	int to_child[2];
	pid_t pid;
	int fd;

	if (argc > 1) {
		(void)!write(STDOUT_FILENO, "r", 1);
		return (int)read(STDIN_FILENO, &byte, 1);
	}
	test_begin(argv);
	copy_self("copy");
	fd = CALL(open("copy", O_WRONLY));
	CALL(execve("copy", arguments, environ));
	CALL(close(fd));
	CALL(pipe(from_child));
	CALL(pipe(to_child));
	pid = child_fork();
	if (pid == 0) {
		dup2(to_child[0], STDIN_FILENO);
		dup2(from_child[1], STDOUT_FILENO);
		execve("copy", wait_for_input, environ);
		_exit(100);
	}
	VALUE(read(from_child[0], &byte, 1));
	CALL(open("copy", O_WRONLY));
	CALL(open("copy", O_RDWR));
	CALL(open("copy", O_RDONLY | O_TRUNC));
	CALL(truncate("copy", 0));
	OPENS(open("copy", O_RDONLY));
	CALL(unlink("copy"));
	VALUE(write(to_child[1], "x", 1));
	STATUS(child_wait(pid));
	return test_end();
}
