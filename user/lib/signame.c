/* signame.c - the names of the signals, as kill -l and the shell print them.
 *
 * SPDX-License-Identifier: MIT */
#include "common.h"

#include <ctype.h>
#include <signal.h>
#include <strings.h>

static const char *const names[SIGNAL_COUNT] = {
	[SIGHUP] = "HUP",     [SIGINT] = "INT",       [SIGQUIT] = "QUIT",
	[SIGILL] = "ILL",     [SIGTRAP] = "TRAP",     [SIGABRT] = "ABRT",
	[SIGBUS] = "BUS",     [SIGFPE] = "FPE",       [SIGKILL] = "KILL",
	[SIGUSR1] = "USR1",   [SIGSEGV] = "SEGV",     [SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",   [SIGALRM] = "ALRM",     [SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD",   [SIGCONT] = "CONT",
	[SIGSTOP] = "STOP",   [SIGTSTP] = "TSTP",     [SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",   [SIGURG] = "URG",       [SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",   [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
	[SIGWINCH] = "WINCH", [SIGIO] = "POLL",       [SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
};

const char *
signal_name(int n)
{
	return n > 0 && n < SIGNAL_COUNT ? names[n] : NULL;
}

int
signal_number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (isdigit((unsigned char)text[0]))
		return *end == '\0' && n >= 0 && n < _NSIG ? (int)n : -1;
	if (strncasecmp(text, "SIG", 3) == 0)
		text += 3;
	for (int i = 1; i < SIGNAL_COUNT; i++)
		if (names[i] != NULL && strcasecmp(text, names[i]) == 0)
			return i;
	return -1;
}
