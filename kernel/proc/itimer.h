/* itimer.h - interval timers and limits of CPU time.
 *
 * Layer: proc   Called by: syscall (setitimer, alarm), exit, the timer interrupt
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/time.h"
#include "sched/timer.h"

struct proc;

/* One timer that counts CPU time: expires when the process has used so much. */
struct cpu_timer {
	uint64_t expires_ns;  /* 0: off */
	uint64_t interval_ns;
};

/* All [p] proc_lock but timer, which has its own rules (sched/timer.h). */
struct itimers {
	struct timer timer;       /* ITIMER_REAL */
	uint64_t real_deadline_ns; /* 0: off */
	uint64_t real_interval_ns;
	struct cpu_timer cpu[2];  /* ITIMER_VIRTUAL, ITIMER_PROF */
	uint64_t cpu_warned_s;    /* RLIMIT_CPU: second of the last SIGXCPU */
};

void itimer_init(struct proc *p);

/* Stop all timers for ever: the process exits.  Locks: none held. */
void itimer_fini(struct proc *p);

/* Read (old) and set (new) timer which of p, ITIMER_*; either may be NULL.
 * Returns 0 or -EINVAL: which, or a value that is no time. */
int itimer_set(struct proc *p, int which, const struct abi_itimerval *new,
    struct abi_itimerval *old);

/* The timer interrupt hit a task of the running process: check its CPU timers
 * and RLIMIT_CPU. */
void itimer_tick_irq(void);
