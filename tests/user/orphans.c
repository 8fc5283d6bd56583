/* orphans.c - processes and process groups whose parent is gone.
 *
 * Layer: tests/user   Source: exit(3), setpgid(2), credentials(7)
 *
 * A stopped group that becomes orphaned gets SIGHUP and SIGCONT.  An orphan
 * gets a new parent.  In an orphaned group SIGTSTP stops nobody.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int report[2];

static void
say(const char *text)
{
	(void)!write(report[1], text, strlen(text));
}

/* Prints what comes from the grandchildren, until all have ended. */
static void
listen(void)
{
	char buffer[256];
	ssize_t n;

	close(report[1]);
	while ((n = read(report[0], buffer, sizeof buffer)) > 0)
		printf("%.*s", (int)n, buffer);
	close(report[0]);
}

static void
new_parent(void)
{
	pid_t child;

	CALL(pipe(report));
	child = child_fork();
	if (child == 0) {
		pid_t parent = getpid();

		if (child_fork() == 0) {
			while (getppid() == parent)
				sleep_ms(2);
			say("the orphan has another parent\n");
			_exit(0);
		}
		_exit(0);
	}
	STATUS(child_wait(child));
	listen();
}

static void
on_hangup(int number)
{
	(void)number;
}

/* The grandchild stops itself in a group of its own; then its parent ends,
 * which orphans the group. */
static void
stopped_group(void)
{
	pid_t child;

	CALL(pipe(report));
	child = child_fork();
	if (child == 0) {
		int status;
		pid_t pid = child_fork();

		if (pid == 0) {
			sigset_t set;

			sigemptyset(&set);
			sigaddset(&set, SIGHUP);
			sigaddset(&set, SIGCONT);
			setpgid(0, 0);
			signal_handle(SIGHUP, on_hangup, 0);
			signal_handle(SIGCONT, on_hangup, 0);
			sigprocmask(SIG_BLOCK, &set, NULL);
			raise(SIGSTOP);
			sigpending(&set);
			say(sigismember(&set, SIGHUP) == 1 ?
			    "SIGHUP came\n" : "no SIGHUP\n");
			say(sigismember(&set, SIGCONT) == 1 ?
			    "SIGCONT came\n" : "no SIGCONT\n");
			_exit(0);
		}
		waitpid(pid, &status, WUNTRACED);
		_exit(WIFSTOPPED(status) ? 0 : 1);
	}
	STATUS(child_wait(child));
	listen();
}

static void
stop_in_orphaned_group(void)
{
	pid_t child;

	CALL(pipe(report));
	child = child_fork();
	if (child == 0) {
		setsid();
		raise(SIGTSTP);
		raise(SIGTTIN);
		raise(SIGTTOU);
		say("not stopped\n");
		_exit(0);
	}
	STATUS(child_wait(child));
	listen();
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	new_parent();
	stopped_group();
	stop_in_orphaned_group();
	return test_end();
}
