/* ktest.h - tests that run inside the kernel.
 *
 * Layer: debug   Called by: tests/kernel (tests), main.c (ktest_run)
 *
 *	KTEST(page_alloc_gives_distinct_pages)
 *	{
 *		ktest_check(a != b);
 *	}
 *
 * A test is a function in a section of its own; the kernel argument
 * test=PATTERN runs those whose name contains PATTERN (test=all: every one; but
 * crash_*, which panic, only by their full names), prints TAP on the log and
 * powers off.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct ktest {
	const char *name;
	void (*run)(void);
};

#define KTEST(name_)                                                      \
	static void ktest_##name_(void);                                  \
	static const struct ktest ktest_entry_##name_                     \
	    __attribute__((used, section(".ktest"), aligned(16))) = {#name_, \
		ktest_##name_};                                           \
	static void ktest_##name_(void)

/* Fail the running test, with the expression and its place, and go on. */
#define ktest_check(expr)                                          \
	do {                                                       \
		if (!(expr))                                       \
			ktest_fail(__FILE__, __LINE__, #expr);     \
	} while (0)

void ktest_fail(const char *file, int line, const char *expr);

/* Run the tests that match pattern in the calling thread; prints TAP lines
 * "ok N - name" and "not ok N - name", first "1..N".  Returns how many failed.
 * Locks: none.  May sleep, as the tests do. */
unsigned ktest_run(const char *pattern);
