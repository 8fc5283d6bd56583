/* signal_info.c - the siginfo of kill, tgkill, children and timers.
 *
 * Layer: tests/user   Source: sigaction(2), wait(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static siginfo_t last;
static volatile sig_atomic_t count;

static void
on_signal(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	last = *info;
	count++;
}

static const char *
code_name(int code)
{
	return code == SI_USER ? "SI_USER" : code == SI_TKILL ? "SI_TKILL" :
	    code == SI_KERNEL ? "SI_KERNEL" : "other";
}

static const char *
child_code_name(int code)
{
	return code == CLD_EXITED ? "CLD_EXITED" :
	    code == CLD_KILLED ? "CLD_KILLED" :
	    code == CLD_DUMPED ? "CLD_DUMPED" :
	    code == CLD_STOPPED ? "CLD_STOPPED" :
	    code == CLD_CONTINUED ? "CLD_CONTINUED" : "other";
}

static void
handle(int number)
{
	struct sigaction action = { .sa_sigaction = on_signal };

	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static void
wait_for(int target)
{
	while (count < target)
		sched_yield();
}

static void
child_show(pid_t pid)
{
	printf("%s, %s, status %d, from the child: %s\n",
	    signal_name(last.si_signo), child_code_name(last.si_code),
	    last.si_status, last.si_pid == pid ? "yes" : "no");
}

static void
children(void)
{
	pid_t pid;

	handle(SIGCHLD);
	count = 0;
	pid = child_fork();
	if (pid == 0)
		_exit(9);
	wait_for(1);
	child_show(pid);
	STATUS(child_wait(pid));
	pid = child_fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	wait_for(2);
	child_show(pid);
	kill(pid, SIGCONT);
	wait_for(3);
	child_show(pid);
	kill(pid, SIGTERM);
	wait_for(4);
	child_show(pid);
	STATUS(child_wait(pid));
}

/* With SA_NOCLDSTOP only the end is told. */
static void
no_stops(void)
{
	struct sigaction action = { .sa_sigaction = on_signal };
	int status;
	pid_t pid;

	action.sa_flags = SA_SIGINFO | SA_NOCLDSTOP;
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	count = 0;
	pid = child_fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	HOLDS(waitpid(pid, &status, WUNTRACED) == pid);
	STATUS(status);
	kill(pid, SIGCONT);
	HOLDS(waitpid(pid, &status, WCONTINUED) == pid);
	STATUS(status);
	VALUE(count);
	kill(pid, SIGKILL);
	wait_for(1);
	child_show(pid);
	STATUS(child_wait(pid));
}

/* An ignored SIGCHLD, or SA_NOCLDWAIT, leaves no zombie. */
static void
no_zombies(void)
{
	signal(SIGCHLD, SIG_IGN);
	if (child_fork() == 0)
		_exit(3);
	STATUS(child_wait(-1));
	signal_handle(SIGCHLD, SIG_DFL, SA_NOCLDWAIT);
	if (child_fork() == 0)
		_exit(3);
	STATUS(child_wait(-1));
	signal(SIGCHLD, SIG_DFL);
	if (child_fork() == 0)
		_exit(3);
	STATUS(child_wait(-1));
}

int
main(int argc, char **argv)
{
	pid_t self = getpid();

	(void)argc;
	test_begin(argv);
	handle(SIGUSR1);
	kill(self, SIGUSR1);
	printf("kill: %s\n", code_name(last.si_code));
	HOLDS(last.si_pid == self && last.si_uid == getuid());
	syscall(SYS_tgkill, self, self, SIGUSR1);
	printf("tgkill: %s\n", code_name(last.si_code));
	HOLDS(last.si_pid == self);
	syscall(SYS_tkill, self, SIGUSR1);
	printf("tkill: %s\n", code_name(last.si_code));
	handle(SIGALRM);
	count = 0;
	pester(10);
	wait_for(1);
	printf("timer: %s\n", code_name(last.si_code));
	signal(SIGALRM, SIG_DFL);
	pester(0);
	children();
	no_stops();
	no_zombies();
	return test_end();
}
