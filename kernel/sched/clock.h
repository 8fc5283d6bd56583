/* clock.h - what time it is.
 *
 * Layer: sched   Called by: everyone
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "x86/tsc.h"

#define NS_PER_SEC  1000000000ULL
#define NS_PER_MSEC 1000000ULL
#define NS_PER_USEC 1000ULL

/* Nanoseconds since boot; never goes back.  Any context. */
static inline uint64_t
clock_ns(void)
{
	return tsc_ns();
}

/* Nanoseconds since 1970-01-01 00:00 UTC.  Any context. */
uint64_t clock_realtime_ns(void);

/* The same as of this CPU's last thread switch or timer interrupt: a time slice
 * old at most (10 ms), and a few instructions cheaper.  For time stamps of
 * files.  Any context. */
uint64_t clock_realtime_coarse_ns(void);
/* For sched: now_ns is clock_ns(). */
void clock_note(uint64_t now_ns);

/* Set the wall clock: now is realtime_ns.  Any context. */
void clock_set_realtime_ns(uint64_t realtime_ns);
