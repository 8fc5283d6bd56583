/* thread.h - in front of kernel/sched/thread.h: who is running.
 *
 * Layer: tests/host/fs
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#define thread_current kernel_thread_current
#include_next "sched/thread.h"
#undef thread_current

extern struct thread *host_thread; /* sched.c's */

static inline struct thread *
thread_current(void)
{
	return host_thread;
}
