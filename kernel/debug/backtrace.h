/* backtrace.h - who called whom, by the chain of frame pointers.
 *
 * Layer: debug   Called by: panic.c, /proc/PID/stack
 * Source: [ELF64] 3.2.2 "The Stack Frame"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Collect up to n return addresses, starting at the frame that rbp points to.
 * rip, if not 0, becomes the first.  Reads only memory that is mapped for the
 * kernel; stops at a frame that is not above the last one.  Returns how many.
 * Any context. */
unsigned backtrace_collect(uint64_t rip, uint64_t rbp, uint64_t *pcs,
    unsigned n);

/* Print the backtrace from there, one line a frame: address and function.
 * rip, rsp: of an interrupted function, or 0.  Any context. */
void backtrace_print(uint64_t rip, uint64_t rsp, uint64_t rbp);

/* The caller's own frame pointer. */
#define backtrace_here() ((uint64_t)__builtin_frame_address(0))
