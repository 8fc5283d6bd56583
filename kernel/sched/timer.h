/* timer.h - call a function at a point in time.
 *
 * Layer: sched   Called by: waitq, proc (itimers), drivers
 *
 * Each CPU has a list of timers in the order of their deadlines; its hardware
 * timer is set to the first, or to the end of the running time slice.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"

struct timer {
	struct list link;     /* [timer lock of cpu] */
	uint64_t deadline_ns; /* [timer lock of cpu] clock_ns() */
	void (*fn)(void *arg); /* [I] */
	void *arg;             /* [I] */
	unsigned cpu;          /* [timer lock of cpu] */
	bool pending;          /* [timer lock of cpu] */
	bool running;          /* [timer lock of cpu] fn is being called */
};

/* fn runs in interrupt context, on the CPU that started the timer, with
 * interrupts off; it may start the timer again. */
void timer_init(struct timer *timer, void (*fn)(void *arg), void *arg);

/* Start, or move to a new deadline (past: at once).  Any context. */
void timer_start(struct timer *timer, uint64_t deadline_ns);

/* Stop it.  Returns true if it was pending.  When it returns, fn does not run and
 * will not (unless fn starts it again).  Not from fn itself; no lock may be held
 * that fn takes. */
bool timer_cancel(struct timer *timer);

/* For sched: run what is due on this CPU; deadline of the next, or UINT64_MAX. */
void timer_run_due(uint64_t now_ns);
uint64_t timer_next_deadline(void);
