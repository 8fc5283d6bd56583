/* workloads.h - what the power is cut in the middle of.
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "ops.h"

/* A file system, and a script that is made for it from a seed.  Cuts begin
 * behind its first reboot, or at once if it has none. */
struct workload {
	const char *name;
	void (*make)(struct script *s, unsigned *seed);
	unsigned kib;            /* size of the image */
	unsigned block_bytes;
	unsigned inodes;         /* 0: as mke2fs wants */
	const char *mke2fs;      /* more options of it, or NULL */
	const char *options;     /* of the mount, or NULL */
	bool deferred;           /* requests late and in any order */
};

extern const struct workload workloads[];
extern const unsigned workload_count;
