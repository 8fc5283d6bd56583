/* clock.c - what time it is.
 *
 * Layer: sched   Called by: everyone
 *
 * One TSC serves all CPUs: the emulators and every CPU since 2008 keep them equal.
 * SPDX-License-Identifier: MIT */

#include "lib/atomic.h"
#include "sched/clock.h"

static uint64_t boot_realtime_ns; /* [a] wall clock when clock_ns() was 0 */
static uint64_t noted_ns;         /* [a] the last clock_note() */

uint64_t
clock_realtime_ns(void)
{
	return atomic_load(&boot_realtime_ns) + tsc_ns();
}

uint64_t
clock_realtime_coarse_ns(void)
{
	return atomic_load(&boot_realtime_ns) + atomic_load(&noted_ns);
}

void
clock_note(uint64_t now_ns)
{
	atomic_store(&noted_ns, now_ns);
}

void
clock_set_realtime_ns(uint64_t realtime_ns)
{
	atomic_store(&boot_realtime_ns, realtime_ns - tsc_ns());
}
