/* assert.h - what must be true, checked in every build.
 *
 * Layer: debug (may be included by everyone)   Called by: everyone
 *
 * A failed kassert is our own bug, never a user's: bad input is an error.
 * SPDX-License-Identifier: MIT */
#pragma once

#if __STDC_HOSTED__
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#define kassert(expr) assert(expr)
#define panic(...)    (fprintf(stderr, __VA_ARGS__), abort())
#else

struct trapframe;

/* Stop the machine: say what and where on all outputs, and end the emulator.
 * Any context, any locks held.  Does not return. */
void panic_at(const char *file, int line, const char *fmt, ...)
    __attribute__((noreturn, cold, format(printf, 3, 4)));

/* The same for an exception in the kernel, whose registers are in frame. */
void panic_trap(const struct trapframe *frame, const char *fmt, ...)
    __attribute__((noreturn, cold, format(printf, 2, 3)));

#define panic(...) panic_at(__FILE__, __LINE__, __VA_ARGS__)
#define kassert(expr)                                   \
	do {                                            \
		if (__builtin_expect(!(expr), 0))       \
			panic("assertion failed: %s", #expr); \
	} while (0)

#endif
