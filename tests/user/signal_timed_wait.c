/* signal_timed_wait.c - taking signals without a handler.
 *
 * Layer: tests/user   Source: sigwaitinfo(2), sigtimedwait(2), sigsuspend(2),
 *                             pause(2)
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
timed(void)
{
	struct timespec none = { 0, 0 };
	struct timespec some = { 0, 20000000 };
	struct timespec wrong = { 0, 1000000000 };
	siginfo_t info;
	sigset_t set;
	long start;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	CALL(sigprocmask(SIG_BLOCK, &set, NULL));
	VALUE(sigtimedwait(&set, &info, &none));
	start = now_ms();
	VALUE(sigtimedwait(&set, &info, &some));
	HOLDS(now_ms() - start >= 20);
	raise(SIGUSR2);
	raise(SIGUSR1);
	HOLDS(sigtimedwait(&set, &info, &none) == SIGUSR1);
	HOLDS(info.si_signo == SIGUSR1 && info.si_pid == getpid());
	HOLDS(sigwaitinfo(&set, &info) == SIGUSR2);
	VALUE(sigtimedwait(&set, &info, &none));
	VALUE(sigtimedwait(&set, &info, &wrong));
	if (child_fork() == 0) {
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	HOLDS(sigwaitinfo(&set, &info) == SIGUSR1);
	HOLDS(info.si_code == SI_USER);
	STATUS(child_wait(-1));
}

/* A signal that is not waited for ends the wait with EINTR. */
static void
interrupted(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	signal_handle(SIGALRM, on_signal, SA_RESTART);
	pester(10);
	VALUE(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8));
	pester(0);
}

static void
suspended(void)
{
	sigset_t all_but_usr1;
	sigset_t now;

	sigfillset(&all_but_usr1);
	sigdelset(&all_but_usr1, SIGUSR1);
	signal_handle(SIGUSR1, on_signal, 0);
	signal_handle(SIGUSR2, on_signal, 0);
	count = 0;
	raise(SIGUSR2);
	raise(SIGUSR1);
	VALUE(count);
	VALUE(sigsuspend(&all_but_usr1));
	VALUE(count);
	sigpending(&now);
	HOLDS(sigismember(&now, SIGUSR2) == 1);
	sigprocmask(SIG_SETMASK, NULL, &now);
	HOLDS(sigismember(&now, SIGUSR1) == 1);
	HOLDS(sigismember(&now, SIGHUP) == 0);
	sigemptyset(&now);
	VALUE(sigsuspend(&now));
	VALUE(count);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	timed();
	interrupted();
	suspended();
	return test_end();
}
