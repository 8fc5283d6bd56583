/* bench.h - what the parts of the benchmark share.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/common.h"

#include <stdint.h>

enum {
	PAGE = 4096,
	KIB = 1024,
	MIB = 1024 * KIB,
};

static inline uint64_t
now(void)
{
	return __builtin_ia32_rdtsc();
}

/* The benchmark means nothing if CALL did not do what it should. */
long must(long result, const char *call);

/* Wait for a child that must succeed. */
void wait_for(pid_t pid);

/* Is the row one of those asked for? */
bool wanted(const char *name, char **words);

/* Measure a disk: its file system of that type, or (NULL) the device. */
void run_disk(const char *device, const char *type, char **words);
