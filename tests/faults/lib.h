/* lib.h - what the hostile programs share: memory that must come back.
 *
 * Layer: tests/faults   Called by: every tests/faults program
 *
 * These programs put load on a kernel and print what must be true after it,
 * in lines that do not depend on chance; lines that begin with '#' tell more
 * and may differ.  The exit status is 0 if all was well.  They are written for
 * Nestling in a small machine; there is no reference from the host, whose
 * memory is too large to exhaust and too busy to be measured.
 *
 * A load is run twice.  The first time fills caches that stay; after the
 * second free memory must be what it was before it.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "../user/lib.h"

/* More than this may not be lost by the second run of a load, in KiB: some
 * slab and page-table caches are not emptied at once. */
#define MEMORY_TOLERANCE_KIB	256

/* Runs LOAD twice and prints whether its memory came back.  Counts a failure
 * if not. */
void load_run(const char *name, void (*load)(void));

/* Prints "NAME: ok" or "NAME: FAILED", and counts a failure. */
void expect(const char *name, bool good);

/* How many failures there were: the exit status for main. */
int failures(void);

/* MemFree, or MemTotal, of /proc/meminfo in KiB; -1 if it cannot be read. */
long memory_free_kib(void);
long memory_total_kib(void);

/* Ends the program if this is not a small machine that may be exhausted. */
void small_machine_only(void);

/* A good generator of numbers that are the same for the same seed. */
uint64_t random_next(uint64_t *state);
