/* kill.c - send a signal to processes: see lib/kill.c.
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

static bool
no_such_process(const char *text, pid_t *pid)
{
	(void)pid;
	warnx("%s: not a process number", text);
	return false;
}

int
kill_main(int argc, char **argv)
{
	(void)argc;
	return finish(kill_command(argv, no_such_process));
}
