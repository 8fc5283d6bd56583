/* proc_descriptors.c - /proc/self/fd and /dev/fd: files by their descriptor.
 *
 * Layer: tests/user   Source: proc(5)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

/* Prints where the link of FD leads, without the test's directory. */
static void
show_link(int fd)
{
	char path[64];
	char target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof target - 1);
	if (n < 0) {
		printf("%s\n", errno_name(errno));
		return;
	}
	target[n] = '\0';
	if (strncmp(target, "pipe:[", 6) == 0)
		strcpy(target, "a pipe");
	printf("%s\n", strncmp(target, test_dir, strlen(test_dir)) == 0
	    ? target + strlen(test_dir) : target);
}

int
main(int argc, char **argv)
{
	char path[64];
	char buffer[16] = "";
	int ends[2];
	int again;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "0123456789");
	fd = CALL(open("file", O_RDWR));
	show_link(fd);
	VALUE(read(fd, buffer, 3));

	/* Opening it again makes a new position. */
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	again = CALL(open(path, O_RDONLY));
	VALUE(lseek(again, 0, SEEK_CUR));
	VALUE(lseek(fd, 0, SEEK_CUR));
	CALL(close(again));
	CALL(rename("file", "moved"));
	show_link(fd);
	CALL(unlink("moved"));
	show_link(fd);
	again = CALL(open(path, O_RDONLY));
	VALUE(read(again, buffer, 3));
	printf("%.3s\n", buffer);
	snprintf(path, sizeof path, "/dev/fd/%d", fd);
	again = CALL(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600));
	VALUE(lseek(fd, 0, SEEK_END));

	CALL(pipe(ends));
	show_link(ends[0]);
	snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	again = CALL(open(path, O_WRONLY));
	VALUE(write(again, "xyz", 3));
	VALUE(read(ends[0], buffer, sizeof buffer));
	CALL(open("/proc/self/fd/99", O_RDONLY));
	CALL(open("/proc/self/fd/x", O_RDONLY));
	CALL(chdir("/proc/self/fd/0"));
	fd = CALL(open("/", O_RDONLY));
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CALL(chdir(path));
	printf("%s\n", getcwd(buffer, sizeof buffer));
	return test_end();
}
