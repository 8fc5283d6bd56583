/* usertime.h - times as programs give them.
 *
 * Layer: syscall   Called by: time.c, signal.c, poll.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/time.h"
#include "sched/clock.h"

/* Is it 0 or more, with less than a second of nanoseconds? */
static inline bool
timespec_ok(const struct abi_timespec *ts)
{
	return ts->tv_sec >= 0 && ts->tv_nsec >= 0 &&
	    (uint64_t)ts->tv_nsec < NS_PER_SEC;
}

/* Nanoseconds; more than 146 years are "for ever", so that a sum with the clock
 * does not overflow.  ts: timespec_ok(). */
static inline uint64_t
timespec_to_ns(const struct abi_timespec *ts)
{
	if ((uint64_t)ts->tv_sec >= UINT64_MAX / 4 / NS_PER_SEC)
		return UINT64_MAX / 4;
	return (uint64_t)ts->tv_sec * NS_PER_SEC + (uint64_t)ts->tv_nsec;
}

static inline struct abi_timespec
timespec_from_ns(uint64_t ns)
{
	return (struct abi_timespec){
	    .tv_sec = (int64_t)(ns / NS_PER_SEC),
	    .tv_nsec = (int64_t)(ns % NS_PER_SEC),
	};
}

static inline struct abi_timeval
timeval_from_ns(uint64_t ns)
{
	return (struct abi_timeval){
	    .tv_sec = (int64_t)(ns / NS_PER_SEC),
	    .tv_usec = (int64_t)(ns % NS_PER_SEC / NS_PER_USEC),
	};
}

/* The deadline in clock_ns() that a timeout at a user address means.
 * Returns 0, -EFAULT or -EINVAL. */
int user_deadline(const struct abi_timespec *timeout, uint64_t *deadline_ns);
