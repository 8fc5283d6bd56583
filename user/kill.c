/* kill.c - send a signal to processes: see lib/kill.c.
 *
 * SPDX-License-Identifier: MIT */
#include "lib/tool.h"

static bool
no_such_process(const char *text, pid_t *pid)
{
	(void)pid;
	warnx("%s: not a process number", text);
	return false;
}

int
main(int argc, char **argv)
{
	(void)argc;
	return finish(kill_command(argv, no_such_process));
}
