/* exec_closes_descriptors.c - close-on-exec, and that the others stay open
 * with their offsets.
 *
 * Layer: tests/user   Source: execve(2), fcntl(2), open(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int
list_descriptors(void)
{
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d is open, at %ld\n", fd,
			    (long)lseek(fd, 0, SEEK_CUR) < 0 ? -1L :
			    (long)lseek(fd, 0, SEEK_CUR));
	return 0;
}

int
main(int argc, char **argv)
{
	char *arguments[] = { "exec", "list", NULL };
	char byte;
	int ends[2];
	pid_t pid;

	if (argc > 1) {
		close(1);
		dup2(63, 1);
		close(63);
		close(2);
		return list_descriptors();
	}
	test_begin(argv);
	file_make("file", "0123456789");
	VALUE(open("file", O_RDONLY));
	VALUE(open("file", O_RDONLY | O_CLOEXEC));
	VALUE(dup(4));
	VALUE(fcntl(4, F_DUPFD_CLOEXEC, 10));
	VALUE(dup3(4, 11, O_CLOEXEC));
	VALUE(dup2(11, 12));
	VALUE(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CALL(pipe2(ends, O_CLOEXEC));
	CALL(pipe(ends));
	VALUE(read(3, &byte, 1));
	VALUE(lseek(4, 5, SEEK_SET));
	CALL(fcntl(12, F_SETFD, FD_CLOEXEC));
	pid = child_fork();
	if (pid == 0) {
		dup2(1, 63);
		execve(test_self, arguments, environ);
		_exit(100);
	}
	STATUS(child_wait(pid));
	VALUE(fcntl(4, F_GETFD));
	return test_end();
}
