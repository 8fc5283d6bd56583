/* alarm_and_itimers.c - alarm, getitimer and setitimer.
 *
 * Layer: tests/user   Source: alarm(2), getitimer(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile sig_atomic_t count;
static volatile sig_atomic_t last;

static void
on_signal(int number)
{
	last = number;
	count++;
}

static void
alarms(void)
{
	HOLDS(syscall(SYS_alarm, 100) > TEST_SECONDS / 2);
	HOLDS(syscall(SYS_alarm, 50) >= 99);
	HOLDS(syscall(SYS_alarm, 0) >= 49);
	VALUE(syscall(SYS_alarm, 0));
}

static void
real(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 20000 } };
	struct itimerval now;
	long start = now_ms();

	signal_handle(SIGALRM, on_signal, 0);
	CALL(setitimer(ITIMER_REAL, &timer, NULL));
	CALL(getitimer(ITIMER_REAL, &now));
	HOLDS(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= 20000);
	HOLDS(now.it_interval.tv_usec == 0);
	while (count == 0)
		sched_yield();
	HOLDS(now_ms() - start >= 20);
	CALL(getitimer(ITIMER_REAL, &now));
	VALUE(now.it_value.tv_usec);
	timer = (struct itimerval){ { 0, 5000 }, { 0, 5000 } };
	count = 0;
	CALL(setitimer(ITIMER_REAL, &timer, NULL));
	while (count < 5)
		sched_yield();
	timer = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	CALL(setitimer(ITIMER_REAL, &timer, &now));
	VALUE(now.it_interval.tv_usec);
	count = 0;
	sleep_ms(15);
	VALUE(count);
}

/* The others count processor time, so they fire while the program runs. */
static void
processor_time(int which, int number)
{
	struct itimerval timer = { { 0, 0 }, { 0, 10000 } };

	signal_handle(number, on_signal, 0);
	count = 0;
	CALL(setitimer(which, &timer, NULL));
	while (count == 0)
		continue;
	HOLDS(last == number);
}

static void
errors(void)
{
	struct itimerval timer = { { 0, 0 }, { 0, 1000000 } };

	CALL(setitimer(ITIMER_REAL, &timer, NULL));
	timer.it_value = (struct timeval){ -1, 0 };
	CALL(setitimer(ITIMER_REAL, &timer, NULL));
	CALL(syscall(SYS_setitimer, 99, &timer, NULL));
	CALL(syscall(SYS_getitimer, 99, &timer));
	CALL(syscall(SYS_getitimer, ITIMER_REAL, bad_pointer));
	CALL(syscall(SYS_setitimer, ITIMER_REAL, bad_pointer, NULL));
}

/* A timer does not go to the child of a fork, but through exec. */
static void
inheritance(void)
{
	alarm(100);
	if (child_fork() == 0) {
		alarm(0);
		_exit(0);
	}
	STATUS(child_wait(-1));
	fflush(NULL);
	if (fork() == 0)
		_exit(syscall(SYS_alarm, 0) == 0 ? 0 : 1);
	STATUS(child_wait(-1));
	HOLDS(syscall(SYS_alarm, TEST_SECONDS) > 90);
}

int
main(int argc, char **argv)
{
	char *arguments[] = { "exec", "show", NULL };

	if (argc > 1) {
		printf("after exec: %s\n", syscall(SYS_alarm, 0) > 0 ?
		    "the alarm is set" : "no alarm");
		return 0;
	}
	test_begin(argv);
	alarms();
	real();
	processor_time(ITIMER_VIRTUAL, SIGVTALRM);
	processor_time(ITIMER_PROF, SIGPROF);
	errors();
	alarm(TEST_SECONDS);
	inheritance();
	if (child_fork() == 0) {
		execve(test_self, arguments, environ);
		_exit(100);
	}
	STATUS(child_wait(-1));
	return test_end();
}
