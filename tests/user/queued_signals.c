/* queued_signals.c - signals with a value; real-time signals queue in order.
 *
 * Layer: tests/user   Source: rt_sigqueueinfo(2), sigqueue(3), signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static int count;
static int order[16];
static int values[16];

static void
on_signal(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (count < 16) {
		order[count] = number;
		values[count] = info->si_value.sival_int;
	}
	count++;
}

static void
handle(int number)
{
	struct sigaction action = { .sa_sigaction = on_signal };

	action.sa_flags = SA_SIGINFO;
	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

static int
queue(int number, int value)
{
	union sigval given = { .sival_int = value };

	return sigqueue(getpid(), number, given);
}

/* Lower numbers first, equal ones in the order of sending; a standard signal
 * is kept once. */
static void
ordering(void)
{
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(queue(50, 1));
	CALL(queue(40, 2));
	CALL(queue(50, 3));
	CALL(queue(SIGUSR1, 4));
	CALL(queue(SIGUSR1, 5));
	CALL(queue(40, 6));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	for (int i = 0; i < count; i++)
		printf("signal %d, value %d\n", order[i], values[i]);
}

static void
errors(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };
	pid_t self = getpid();

	CALL(syscall(SYS_rt_sigqueueinfo, self, 65, &info));
	CALL(syscall(SYS_rt_sigqueueinfo, self, 0, &info));
	CALL(syscall(SYS_rt_sigqueueinfo, INT_MAX, SIGUSR1, &info));
	CALL(syscall(SYS_rt_sigqueueinfo, self, SIGUSR1, bad_pointer));
	CALL(syscall(SYS_rt_tgsigqueueinfo, self, self, 65, &info));
	CALL(syscall(SYS_rt_tgsigqueueinfo, self, INT_MAX, SIGUSR1, &info));
	CALL(syscall(SYS_rt_tgsigqueueinfo, self, -1, SIGUSR1, &info));
	CALL(syscall(SYS_rt_tgsigqueueinfo, self, self, SIGUSR1, bad_pointer));
	info.si_code = SI_USER;
	CALL(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 77;
	count = 0;
	CALL(syscall(SYS_rt_tgsigqueueinfo, self, self, SIGUSR1, &info));
	VALUE(count);
	VALUE(values[0]);
}

int
main(int argc, char **argv)
{
	siginfo_t info;
	sigset_t set;

	(void)argc;
	test_begin(argv);
	handle(SIGUSR1);
	handle(40);
	handle(50);
	ordering();
	errors();
	sigemptyset(&set);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CALL(queue(40, 88));
	VALUE(sigwaitinfo(&set, &info));
	VALUE(info.si_value.sival_int);
	HOLDS(info.si_code == SI_QUEUE && info.si_pid == getpid());
	return test_end();
}
