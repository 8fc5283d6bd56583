/* stop_and_continue.c - stopping children, and who is told.
 *
 * Layer: tests/user   Source: waitpid(2), waitid(2), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
info_show(const siginfo_t *info, pid_t pid)
{
	int code = info->si_code;

	printf("waitid: %s %d, the child: %s\n",
	    code == CLD_EXITED ? "exited" : code == CLD_KILLED ? "killed" :
	    code == CLD_STOPPED ? "stopped" :
	    code == CLD_CONTINUED ? "continued" : "other", info->si_status,
	    info->si_pid == pid ? "yes" : "no");
}

/* In a group of its own, which is not orphaned while the test lives: there
 * SIGTSTP would not stop anyone. */
static pid_t
child_pausing(void)
{
	pid_t pid = child_fork();

	if (pid == 0)
		for (;;)
			pause();
	setpgid(pid, pid);
	return pid;
}

static void
by_waitpid(void)
{
	pid_t pid = child_pausing();
	int status;

	VALUE(waitpid(pid, &status, WNOHANG | WUNTRACED | WCONTINUED));
	CALL(kill(pid, SIGSTOP));
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	STATUS(status);
	VALUE(waitpid(pid, &status, WNOHANG | WUNTRACED));
	CALL(kill(pid, SIGUSR1));
	VALUE(waitpid(pid, &status, WNOHANG | WUNTRACED));
	CALL(kill(pid, SIGCONT));
	HOLDS(waitpid(pid, &status, 0) == pid);
	STATUS(status);

	pid = child_pausing();
	CALL(kill(pid, SIGSTOP));
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	CALL(kill(pid, SIGCONT));
	HOLDS(waitpid(pid, &status, WCONTINUED) == pid);
	STATUS(status);
	VALUE(waitpid(pid, &status, WNOHANG | WCONTINUED));
	CALL(kill(pid, SIGSTOP));
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	CALL(kill(pid, SIGKILL));
	HOLDS(waitpid(pid, &status, 0) == pid);
	STATUS(status);
}

static void
by_waitid(void)
{
	siginfo_t info;
	pid_t pid = child_pausing();

	memset(&info, 0, sizeof info);
	CALL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
	VALUE(info.si_pid);
	CALL(kill(pid, SIGTSTP));
	CALL(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT));
	info_show(&info, pid);
	CALL(waitid(P_ALL, 0, &info, WSTOPPED));
	info_show(&info, pid);
	CALL(kill(pid, SIGCONT));
	CALL(waitid(P_PID, (id_t)pid, &info, WCONTINUED));
	info_show(&info, pid);
	CALL(kill(pid, SIGTERM));
	CALL(waitid(P_PGID, (id_t)pid, &info, WEXITED | WNOWAIT));
	info_show(&info, pid);
	CALL(waitid(P_PID, (id_t)pid, NULL, WEXITED));
	CALL(waitid(P_PID, (id_t)pid, &info, WEXITED));
	CALL(waitid(P_ALL, 0, &info, WEXITED));
	CALL(waitid(P_ALL, 0, &info, 0));
	CALL(waitid(P_ALL, 0, &info, WNOHANG));
	CALL(waitid(99, 0, &info, WEXITED));
	CALL(waitid(P_PID, 0, &info, WEXITED));
	pid = child_fork();
	if (pid == 0)
		_exit(11);
	CALL(waitid(P_PID, (id_t)pid, bad_pointer, WEXITED));
}

static volatile sig_atomic_t continued;

static void
on_continue(int number)
{
	(void)number;
	continued = 1;
}

/* SIGCONT runs its handler, and takes away a pending stop. */
static void
continue_handler(void)
{
	int status;
	pid_t pid = child_fork();

	if (pid == 0) {
		signal_handle(SIGCONT, on_continue, 0);
		raise(SIGSTOP);
		_exit(continued ? 4 : 5);
	}
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	STATUS(status);
	CALL(kill(pid, SIGCONT));
	STATUS(child_wait(pid));

	pid = child_fork();
	if (pid == 0) {
		sigset_t set;

		setpgid(0, 0);
		sigemptyset(&set);
		sigaddset(&set, SIGTSTP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGTSTP);
		raise(SIGCONT);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		_exit(6);
	}
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	STATUS(status);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	by_waitpid();
	by_waitid();
	continue_handler();
	return test_end();
}
