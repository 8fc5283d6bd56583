/* kill.c - the command kill, for the program and for the shell's builtin.
 *
 *   kill [-SIGNAL | -s SIGNAL] PID...
 *   kill -l [NUMBER]...
 *
 * SPDX-License-Identifier: MIT */
#include "common.h"

#include <signal.h>

/* kill -l: all names, or those of the numbers given.  A number may also be
 * the exit status of a shell that reports a signal (128 + number). */
static int
list_signals(char **numbers)
{
	for (int i = 1; *numbers == NULL && i < SIGNAL_COUNT; i++)
		printf("%2d) SIG%-8s%s", i, signal_name(i),
		    i % 5 == 0 || i == SIGNAL_COUNT - 1 ? "\n" : " ");
	for (; *numbers != NULL; numbers++) {
		int n = atoi(*numbers);

		n -= n > STATUS_SIGNAL ? STATUS_SIGNAL : 0;
		if (signal_name(n) == NULL) {
			warnx("%s: unknown signal", *numbers);
			return EXIT_FAILURE;
		}
		puts(signal_name(n));
	}
	return EXIT_SUCCESS;
}

int
kill_command(char **argv, bool (*resolve)(const char *text, pid_t *pid))
{
	int sig = SIGTERM;
	int status = EXIT_SUCCESS;
	const char *name = NULL;

	argv++;
	if (*argv != NULL && strcmp(*argv, "-l") == 0)
		return list_signals(argv + 1);
	if (*argv != NULL && strcmp(*argv, "-s") == 0 && argv[1] != NULL) {
		name = argv[1];
		argv += 2;
	} else if (*argv != NULL && argv[0][0] == '-' &&
		   strcmp(*argv, "--") != 0) {
		name = *argv++ + 1;
	}
	if (name != NULL)
		sig = signal_number(name);
	if (*argv != NULL && strcmp(*argv, "--") == 0)
		argv++;
	if (sig < 0 || *argv == NULL) {
		warnx("kill: usage: kill [-SIGNAL] PID..., kill -l");
		return EXIT_USAGE;
	}
	for (; *argv != NULL; argv++) {
		char *end;
		pid_t pid = (pid_t)strtol(*argv, &end, 10);
		bool found = end != *argv && *end == '\0';

		if (!found && !resolve(*argv, &pid)) {
			status = EXIT_FAILURE;
		} else if (kill(pid, sig) < 0) {
			warn("kill: %s", *argv);
			status = EXIT_FAILURE;
		}
	}
	return status;
}
