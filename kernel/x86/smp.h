/* smp.h - the other CPUs: start them, call a function on them, stop them.
 *
 * Layer: x86   Called by: main, mm (TLB), sched (kick), debug (panic)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Start the CPUs that the MADT lists (at most limit in all, 0: no limit); each
 * runs entry() and never returns from it.  stack(id) gives the top of its stack.
 * Returns when all run, or gave no sign within a second (a line in the log). */
void smp_start(unsigned limit, vaddr_t (*stack)(unsigned id), void (*entry)(void));

/* Run fn(arg) on each other CPU in mask (bit n: CPU n), in an interrupt handler,
 * and wait until all have.  Interrupts must be on: two callers serve each other
 * meanwhile. */
void smp_call(uint64_t mask, void (*fn)(void *arg), void *arg);

/* Let CPU look at its run queue.  Any context. */
void smp_kick(unsigned cpu);

/* Stop all other CPUs for ever, by NMI.  For panic().  Any context. */
void smp_stop_others(void);

/* Called by trap.c: VECTOR_CALL and NMI. */
void smp_call_irq(void);
void smp_nmi(void);
