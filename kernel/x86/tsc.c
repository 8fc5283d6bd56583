/* tsc.c - the time-stamp counter as a clock.
 *
 * Layer: x86   Called by: main.c, apic.c, sched/clock.c
 *
 * The TSC is measured against the PIT, which every PC has, three times for 3 ms;
 * the middle value is taken, so that one disturbed measurement does not count.
 * ns = cycles * mult >> TSC_SHIFT, with 128 bits in between.
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "x86/cpu.h"
#include "x86/pic.h"
#include "x86/tsc.h"

#define MEASURE_TICKS (PIT_HZ * 3 / 1000)
#define NS_PER_SECOND 1000000000ULL
#define TSC_SHIFT     32
#define FALLBACK_HZ   1000000000ULL
#define SPIN_LIMIT    100000000U

static uint64_t hz;    /* [I] */
static uint64_t mult;  /* [I] */
static uint64_t start; /* [I] TSC at tsc_init() */

/* One measurement: TSC counts a second. */
static uint64_t
measure(void)
{
	uint64_t begin;
	uint64_t end;
	unsigned spins = 0;

	pit_wait_start(MEASURE_TICKS);
	begin = rdtsc();
	while (!pit_wait_done()) {
		if (spins++ == SPIN_LIMIT)
			return 0;
	}
	end = rdtsc();
	return (end - begin) * PIT_HZ / MEASURE_TICKS;
}

static uint64_t
median(uint64_t a, uint64_t b, uint64_t c)
{
	return MAX(MIN(a, b), MIN(MAX(a, b), c));
}

void
tsc_init(void)
{
	start = rdtsc();
	hz = median(measure(), measure(), measure());
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
