/* sleep_and_clocks.c - clocks go forwards, and sleeps last long enough.
 *
 * Layer: tests/user   Source: clock_gettime(2), nanosleep(2),
 *                             clock_nanosleep(2), gettimeofday(2), time(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
clocks(void)
{
	struct timespec first;
	struct timespec second;
	struct timeval tv;
	bool forwards = true;

	for (int i = 0; i < 1000; i++) {
		clock_gettime(CLOCK_MONOTONIC, &first);
		clock_gettime(CLOCK_MONOTONIC, &second);
		if (second.tv_sec < first.tv_sec ||
		    (second.tv_sec == first.tv_sec &&
		    second.tv_nsec < first.tv_nsec))
			forwards = false;
	}
	HOLDS(forwards);
	HOLDS(first.tv_nsec >= 0 && first.tv_nsec < 1000000000);
	CALL(clock_gettime(CLOCK_REALTIME, &first));
	CALL(gettimeofday(&tv, NULL));
	HOLDS(tv.tv_sec - first.tv_sec <= 1);
	HOLDS(time(NULL) - tv.tv_sec <= 1);
	HOLDS(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	CALL(clock_getres(CLOCK_MONOTONIC, &first));
	HOLDS(first.tv_sec == 0 && first.tv_nsec >= 1);
	CALL(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &first));
	CALL(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &first));
	CALL(clock_gettime(CLOCK_BOOTTIME, &first));
	CALL(clock_gettime(CLOCK_MONOTONIC_RAW, &first));
	CALL(clock_gettime(CLOCK_MONOTONIC_COARSE, &first));
	CALL(clock_gettime(CLOCK_REALTIME_COARSE, &first));
}

static void
sleeps(void)
{
	struct timespec length = { 0, 30000000 };
	struct timespec until;
	long start = now_ms();

	CALL(nanosleep(&length, NULL));
	HOLDS(now_ms() - start >= 30);
	start = now_ms();
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, 0, &length, NULL));
	HOLDS(now_ms() - start >= 30);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += 0;
	ERROR(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	start = now_ms();
	ERROR(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL));
	HOLDS(now_ms() - start >= 19);
	length.tv_nsec = 0;
	CALL(nanosleep(&length, NULL));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	clocks();
	sleeps();
	return test_end();
}
