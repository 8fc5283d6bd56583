/* signal_inheritance.c - what of masks, handlers and pending signals goes
 * through fork and exec.
 *
 * Layer: tests/user   Source: signal(7), fork(2), execve(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;

static void
on_signal(int number)
{
	(void)number;
	count++;
}

static void
state_show(const char *who)
{
	sigset_t blocked;
	sigset_t pending;
	struct sigaction action;

	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigpending(&pending);
	for (int i = 1; i < 32; i++) {
		sigaction(i, NULL, &action);
		if (action.sa_handler == SIG_DFL &&
		    sigismember(&blocked, i) == 0 &&
		    sigismember(&pending, i) == 0)
			continue;
		printf("%s: %s%s%s%s%s\n", who, signal_name(i),
		    action.sa_handler == SIG_IGN ? " ignored" : "",
		    action.sa_handler == on_signal ? " handled" : "",
		    sigismember(&blocked, i) == 1 ? " blocked" : "",
		    sigismember(&pending, i) == 1 ? " pending" : "");
	}
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	char *arguments[] = { "exec", "show", NULL };
	sigset_t set;
	pid_t pid;

	if (argc > 1) {
		state_show("after exec");
		return 0;
	}
	test_begin(argv);
	signal_handle(SIGUSR1, on_signal, 0);
	signal_handle(SIGUSR2, on_signal, 0);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGTERM);
	state_show("parent");
	pid = child_fork();
	if (pid == 0) {
		raise(SIGUSR1);
		if (count != 1)
			printf("handler was not inherited\n");
		state_show("child");
		raise(SIGUSR2);
		execve(test_self, arguments, environ);
		_exit(100);
	}
	STATUS(child_wait(pid));
	VALUE(count);
	execve(test_self, arguments, environ);
	return 100;
}
