/* processor_time.c - times, getrusage and the processor-time clocks grow while
 * a program runs, and a waited child's time is counted.
 *
 * Layer: tests/user   Source: times(2), getrusage(2), clock_gettime(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/times.h>

static long
cpu_ms(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
burn(long ms)
{
	long start = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);

	while (cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - start < ms)
		for (volatile int i = 0; i < 10000; i++)
			continue;
}

static long
usage_ms(int who)
{
	struct rusage usage;

	if (getrusage(who, &usage) != 0)
		return -1;
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	    (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void
burn_some(void)
{
	burn(60);
}

int
main(int argc, char **argv)
{
	struct rusage usage;
	struct tms t;
	long before;

	(void)argc;
	test_begin(argv);
	before = usage_ms(RUSAGE_SELF);
	HOLDS(before >= 0);
	HOLDS(usage_ms(RUSAGE_CHILDREN) < 30);
	burn(60);
	HOLDS(usage_ms(RUSAGE_SELF) - before >= 30);
	HOLDS(cpu_ms(CLOCK_THREAD_CPUTIME_ID) >= 60);
	HOLDS(times(&t) > 0);
	HOLDS(t.tms_utime + t.tms_stime >= 3);
	HOLDS(t.tms_cutime + t.tms_cstime < 3);
	STATUS(child_run(burn_some));
	HOLDS(usage_ms(RUSAGE_CHILDREN) >= 30);
	HOLDS(times(&t) > 0);
	HOLDS(t.tms_cutime + t.tms_cstime >= 3);
	before = cpu_ms(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(60);
	HOLDS(cpu_ms(CLOCK_PROCESS_CPUTIME_ID) - before < 50);
	CALL(getrusage(RUSAGE_SELF, &usage));
	HOLDS(usage.ru_maxrss > 0);
	CALL(syscall(SYS_getrusage, 99, &usage));
	CALL(syscall(SYS_getrusage, RUSAGE_SELF, bad_pointer));
	CALL(syscall(SYS_times, bad_pointer));
	return test_end();
}
