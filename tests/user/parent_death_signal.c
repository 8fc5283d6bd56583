/* parent_death_signal.c - a process may ask for a signal at its parent's end.
 *
 * Layer: tests/user   Source: prctl(2), PR_SET_PDEATHSIG
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/prctl.h>

int
main(int argc, char **argv)
{
	char buffer[32];
	int report[2];
	pid_t child;
	ssize_t n;

	(void)argc;
	test_begin(argv);
	CALL(prctl(PR_SET_PDEATHSIG, 65));
	CALL(pipe(report));
	child = child_fork();
	if (child == 0) {
		int ready[2];
		char byte;

		if (pipe(ready) != 0)
			_exit(1);
		if (child_fork() == 0) {
			sigset_t set;

			sigfillset(&set);
			sigprocmask(SIG_SETMASK, &set, NULL);
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			(void)!write(ready[1], "x", 1);
			if (sigwaitinfo(&set, NULL) == SIGUSR2)
				(void)!write(report[1], "SIGUSR2\n", 8);
			_exit(0);
		}
		(void)!read(ready[0], &byte, 1);
		_exit(0);
	}
	close(report[1]);
	STATUS(child_wait(child));
	while ((n = read(report[0], buffer, sizeof buffer)) > 0)
		printf("%.*s", (int)n, buffer);
	return test_end();
}
