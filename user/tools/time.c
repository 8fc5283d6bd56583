/* time.c - run a program and tell how long it took, in seconds: by the
 * clock, in the program, and in the kernel for it.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

static double
seconds(const struct timeval *t)
{
	return t->tv_sec + t->tv_usec / 1e6;
}

int
time_main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage used;
	int status;
	pid_t pid;

	if (getopt(argc, argv, "+p") == '?' || optind == argc)
		usage("time PROGRAM [ARG]...");
	argv += optind;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = fork();
	if (pid < 0)
		err(126, "fork");
	if (pid == 0) {
		execvp(argv[0], argv);
		warn("%s", argv[0]);
		_exit(errno == ENOENT ? 127 : 126);
	}
	/* Ctrl-C is for the program; we still want to tell its time. */
	signal(SIGINT, SIG_IGN);
	if (wait4(pid, &status, 0, &used) < 0)
		err(126, "wait4");
	clock_gettime(CLOCK_MONOTONIC, &end);
	fprintf(stderr, "real %.3f\nuser %.3f\nsys %.3f\n",
	    (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9,
	    seconds(&used.ru_utime), seconds(&used.ru_stime));
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}
