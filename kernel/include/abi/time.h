/* time.h - clocks and times
 *
 * Layer: include/abi   Called by: everyone
 * Source: Linux x86-64, <linux/time.h>, <linux/times.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Clocks */
#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11

#define TIMER_ABSTIME 1

/* Interval timers */
#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

/* Clock ticks a second in times(2), /proc/PID/stat and AT_CLKTCK. */
#define ABI_CLK_TCK 100

/* A clock id below 0 is a process's or thread's CPU clock. */
#define CPUCLOCK_PERTHREAD_MASK 4
#define CPUCLOCK_CLOCK_MASK     3
#define CPUCLOCK_PROF           0
#define CPUCLOCK_VIRT           1
#define CPUCLOCK_SCHED          2

struct abi_timespec {
	int64_t tv_sec;
	int64_t tv_nsec;
};

struct abi_timeval {
	int64_t tv_sec;
	int64_t tv_usec;
};

struct abi_timezone {
	int32_t tz_minuteswest;
	int32_t tz_dsttime;
};

struct abi_itimerspec {
	struct abi_timespec it_interval;
	struct abi_timespec it_value;
};

struct abi_itimerval {
	struct abi_timeval it_interval;
	struct abi_timeval it_value;
};

struct abi_tms {
	int64_t tms_utime;
	int64_t tms_stime;
	int64_t tms_cutime;
	int64_t tms_cstime;
};

struct abi_utimbuf {
	int64_t actime;
	int64_t modtime;
};
