/* internal.h - what the files of sched/ share among themselves.
 *
 * Layer: sched   Called by: sched only
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* A timer of this CPU became the first: set the hardware timer.  Any context. */
void sched_timer_changed(void);
