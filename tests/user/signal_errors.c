/* signal_errors.c - the errors of the signal calls.
 *
 * Layer: tests/user   Source: sigaction(2), sigprocmask(2), kill(2), tkill(2),
 *                             sigaltstack(2), sigpending(2), sigsuspend(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static unsigned long set;
/* The kernel's struct sigaction: handler, flags, restorer, mask. */
static unsigned long action[4];

static void
actions(void)
{
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, SIGKILL, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, SIGKILL, action, NULL, 8));
	CALL(syscall(SYS_rt_sigaction, SIGSTOP, action, NULL, 8));
	CALL(syscall(SYS_rt_sigaction, 0, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, 64, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, 65, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, -1, NULL, action, 8));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, action, 4));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, bad_pointer, NULL, 8));
	CALL(syscall(SYS_rt_sigaction, SIGUSR1, NULL, bad_pointer, 8));
}

static void
masks(void)
{
	CALL(syscall(SYS_rt_sigprocmask, 99, &set, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, 99, NULL, &set, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, bad_pointer, NULL, 8));
	CALL(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, bad_pointer, 8));
	CALL(syscall(SYS_rt_sigpending, &set, 8));
	CALL(syscall(SYS_rt_sigpending, &set, 16));
	CALL(syscall(SYS_rt_sigpending, bad_pointer, 8));
	CALL(syscall(SYS_rt_sigsuspend, bad_pointer, 8));
	CALL(syscall(SYS_rt_sigsuspend, &set, 4));
	CALL(syscall(SYS_rt_sigtimedwait, bad_pointer, NULL, NULL, 8));
	CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 4));
	CALL(syscall(SYS_rt_sigtimedwait, &set, NULL, bad_pointer, 8));
}

static void
sending(void)
{
	pid_t self = getpid();
	pid_t zombie = child_fork();
	siginfo_t info;

	if (zombie == 0)
		_exit(0);
	CALL(kill(self, 0));
	CALL(kill(self, 65));
	CALL(kill(self, -1));
	CALL(kill(INT_MAX, 0));
	CALL(kill(INT_MAX, SIGTERM));
	CALL(kill(-INT_MAX, 0));
	CALL(kill(0, 0));
	CALL(waitid(P_PID, (id_t)zombie, &info, WEXITED | WNOWAIT));
	CALL(kill(zombie, SIGTERM));
	STATUS(child_wait(zombie));
	CALL(kill(zombie, 0));
	CALL(syscall(SYS_tkill, self, 0));
	CALL(syscall(SYS_tkill, 0, 0));
	CALL(syscall(SYS_tkill, -1, 0));
	CALL(syscall(SYS_tkill, INT_MAX, 0));
	CALL(syscall(SYS_tkill, self, 65));
	CALL(syscall(SYS_tgkill, self, self, 0));
	CALL(syscall(SYS_tgkill, self, INT_MAX, 0));
	CALL(syscall(SYS_tgkill, INT_MAX, self, 0));
	CALL(syscall(SYS_tgkill, 0, self, 0));
	CALL(syscall(SYS_tgkill, self, 0, 0));
	CALL(syscall(SYS_tgkill, self, self, 65));
}

static void
alternate_stack(void)
{
	stack_t stack = { .ss_sp = &set, .ss_size = 100 };

	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	stack.ss_flags = 99;
	stack.ss_size = 10 * PAGE;
	CALL(syscall(SYS_sigaltstack, &stack, NULL));
	CALL(syscall(SYS_sigaltstack, bad_pointer, NULL));
	CALL(syscall(SYS_sigaltstack, NULL, bad_pointer));
	CALL(syscall(SYS_sigaltstack, NULL, &stack));
	HOLDS(stack.ss_flags == SS_DISABLE);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	actions();
	masks();
	sending();
	alternate_stack();
	return test_end();
}
