/* sleep_interrupted.c - a sleep that a signal ends tells what is left, and
 * the errors of the sleeping calls and clocks.
 *
 * Layer: tests/user   Source: nanosleep(2), clock_nanosleep(2),
 *                             clock_gettime(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
on_alarm(int number)
{
	(void)number;
}

static bool
is_less_than(const struct timespec *left, long seconds)
{
	return left->tv_sec < seconds && left->tv_sec >= 0 &&
	    left->tv_nsec >= 0 && left->tv_nsec < 1000000000;
}

int
main(int argc, char **argv)
{
	struct timespec ten = { 10, 0 };
	struct timespec left = { 77, 0 };
	struct timespec wrong = { 0, 1000000000 };
	struct timespec negative = { -1, 0 };
	struct timespec until;
	struct timespec now;

	(void)argc;
	test_begin(argv);
	signal_handle(SIGALRM, on_alarm, 0);
	pester(20);
	CALL(nanosleep(&ten, &left));
	HOLDS(is_less_than(&left, 10));
	left.tv_sec = 77;
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, 0, &ten, &left));
	HOLDS(is_less_than(&left, 10));
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 10;
	left.tv_sec = 77;
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, &left));
	VALUE(left.tv_sec);
	CALL(syscall(SYS_nanosleep, &ten, bad_pointer));
	pester(0);
	CALL(nanosleep(&wrong, NULL));
	CALL(nanosleep(&negative, NULL));
	CALL(syscall(SYS_nanosleep, bad_pointer, NULL));
	ERROR(clock_nanosleep(99, 0, &ten, NULL));
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, 0, &wrong, NULL));
	ERROR(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &ten, NULL));
	CALL(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, bad_pointer,
	    NULL));
	CALL(syscall(SYS_clock_gettime, 99, &now));
	CALL(syscall(SYS_clock_gettime, -1, &now));
	CALL(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, bad_pointer));
	CALL(syscall(SYS_clock_getres, 99, &now));
	CALL(syscall(SYS_clock_getres, CLOCK_MONOTONIC, NULL));
	CALL(syscall(SYS_clock_getres, CLOCK_MONOTONIC, bad_pointer));
	CALL(syscall(SYS_gettimeofday, bad_pointer, NULL));
	CALL(syscall(SYS_gettimeofday, NULL, NULL));
	CALL(syscall(SYS_time, bad_pointer));
	return test_end();
}
