/* sched.h - the scheduler: run queues, preemption, balancing.
 *
 * Layer: sched   Called by: main, x86's hooks, procfs
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sched/thread.h"

/* Called with interrupts off at each switch between threads of different
 * address spaces; mm fills it in.  to may be NULL: a kernel thread. */
extern void (*sched_switch_aspace)(struct aspace *from, struct aspace *to);

/* Make the running code the idle thread of this CPU. */
void sched_init_this_cpu(void);

/* The life of an idle thread.  Never returns. */
void __attribute__((noreturn)) sched_idle(void);

/* For trap_hooks: the timer interrupt and the kick. */
void sched_timer_irq(bool from_user);
void sched_kick_irq(void);

/* For trap_hooks.user_return: yield if the slice is over. */
void sched_user_return(void);

/* In long loops of the kernel: yield if the slice is over.  May sleep. */
void sched_cond_yield(void);

/* For /proc/stat and /proc/loadavg. */
struct sched_stats {
	uint64_t switches;
	uint64_t idle_ns;
	uint64_t user_ns;
	uint64_t system_ns;
	unsigned ready; /* on the queue or running */
};
void sched_cpu_stats(unsigned cpu, struct sched_stats *out);

/* Load averages over 1, 5 and 15 minutes, in 1/2048. */
void sched_loadavg(unsigned avg[3]);
