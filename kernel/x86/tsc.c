/* tsc.c - the time-stamp counter as a clock.
 *
 * Layer: x86   Called by: main.c, apic.c, sched/clock.c
 *
 * The TSC is measured against the PIT, which every PC has.  An emulator's CPU may
 * lose its host's CPU in the middle, so each end of a measurement is taken
 * between two readings of the TSC; the measurement whose readings are closest
 * counts, and one that is exact enough ends the search.
 * ns = cycles * mult >> TSC_SHIFT, with 128 bits in between.
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "x86/cpu.h"
#include "x86/pic.h"
#include "x86/tsc.h"

#define MEASURE_TICKS (PIT_HZ * 3 / 1000)
#define MEASURE_TRIES 10
#define EXACT_ENOUGH  1000 /* 1/1000 of the measured time is uncertain */
#define NS_PER_SECOND 1000000000ULL
#define TSC_SHIFT     32
#define FALLBACK_HZ   1000000000ULL
#define SPIN_LIMIT    100000000U

static uint64_t hz;    /* [I] */
static uint64_t mult;  /* [I] */
static uint64_t start; /* [I] TSC at tsc_init() */

/* One measurement: TSC counts while the PIT makes MEASURE_TICKS, and how many of
 * them are uncertain.  False: the PIT does not count. */
static bool
measure(uint64_t *counts, uint64_t *uncertain)
{
	uint64_t start_low = rdtsc();
	uint64_t start_high;
	uint64_t end_low;
	uint64_t end_high;

	pit_wait_start(MEASURE_TICKS);
	start_high = rdtsc();
	end_high = start_high;
	for (unsigned spins = 0;; spins++) {
		bool done;

		end_low = end_high;
		done = pit_wait_done();
		end_high = rdtsc();
		if (done)
			break;
		if (spins == SPIN_LIMIT)
			return false;
	}
	*counts = (end_low + end_high) / 2 - (start_low + start_high) / 2;
	*uncertain = (end_high - end_low) + (start_high - start_low);
	return true;
}

void
tsc_init(void)
{
	uint64_t best = UINT64_MAX;
	uint64_t counts;
	uint64_t uncertain;

	start = rdtsc();
	for (int i = 0; i < MEASURE_TRIES; i++) {
		if (!measure(&counts, &uncertain))
			break;
		if (uncertain < best) {
			best = uncertain;
			hz = counts * PIT_HZ / MEASURE_TICKS;
		}
		if (best < counts / EXACT_ENOUGH)
			break;
	}
	if (hz == 0) {
		pr_warn("tsc: the PIT does not count; times are guessed");
		hz = FALLBACK_HZ;
	}
	mult = (NS_PER_SECOND << TSC_SHIFT) / hz;
}

uint64_t
tsc_hz(void)
{
	return hz;
}

uint64_t
tsc_ns(void)
{
	return (uint64_t)((unsigned __int128)(rdtsc() - start) * mult >> TSC_SHIFT);
}

void
tsc_delay_ns(uint64_t ns)
{
	uint64_t end = tsc_ns() + ns;

	while (tsc_ns() < end)
		cpu_relax();
}
