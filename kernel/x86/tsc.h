/* tsc.h - the time-stamp counter as a clock.
 *
 * Layer: x86   Called by: sched/clock.c, apic.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Measure the TSC against HPET, ACPI's timer or the PIT, whichever is there. */
void tsc_init(void);

uint64_t tsc_hz(void);
/* Nanoseconds since tsc_init().  Any context. */
uint64_t tsc_ns(void);

/* Wait busily; for hardware that wants a pause.  Any context. */
void tsc_delay_ns(uint64_t ns);
