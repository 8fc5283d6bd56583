/* dmesg.c - print the kernel's log.  -r: with the levels, "<6>", in front.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/klog.h>

enum {
	KLOG_READ_ALL = 3,	/* commands of syslog(2) */
	KLOG_SIZE = 10,
	LOG_MAX = 1 << 20,
};

/* The log by the system call or, where a kernel has none, by its file. */
static ssize_t
read_log(char *buf, size_t size)
{
	ssize_t length = klogctl(KLOG_READ_ALL, buf, (int)size);
	int fd;

	if (length >= 0 || errno != ENOSYS)
		return length;
	fd = open("/proc/kmsg", O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return -1;
	length = 0;
	while ((size_t)length < size) {
		ssize_t got = read(fd, buf + length, size - length);

		if (got <= 0)
			break;
		length += got;
	}
	close(fd);
	return length;
}

int
dmesg_main(int argc, char **argv)
{
	int size = klogctl(KLOG_SIZE, NULL, 0);
	bool levels = false;
	ssize_t length;
	char *log;
	int option;

	while ((option = getopt(argc, argv, "r")) != -1) {
		levels |= option == 'r';
		if (option == '?')
			usage("dmesg [-r]");
	}
	if (size <= 0)
		size = LOG_MAX;
	log = malloc(size);
	if (log == NULL)
		err(EXIT_FAILURE, "malloc");
	length = read_log(log, size);
	if (length < 0)
		err(EXIT_FAILURE, "the kernel's log");
	for (ssize_t i = 0; i < length; i++) {
		bool at_start = i == 0 || log[i - 1] == '\n';

		if (at_start && log[i] == '<' && !levels) {
			ssize_t k = i + 1;

			while (k < length && isdigit((unsigned char)log[k]))
				k++;
			if (k < length && log[k] == '>')
				i = k + 1;
		}
		if (i < length)
			putchar(log[i]);
	}
	if (length > 0 && log[length - 1] != '\n')
		putchar('\n');
	return finish(EXIT_SUCCESS);
}
