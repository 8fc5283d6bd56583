/* partition.h - what a partition table says, as numbers.
 *
 * Layer: drivers (pure: also a host program, tests/host/test_partition.c)
 *	Called by: device.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct partition {
	unsigned number; /* from 1: vda1 */
	uint64_t first_sector;
	uint64_t sectors; /* > 0 */
};

/*
 * A disk to look at, and where to put what was found.
 *   read - Sectors [sector, sector + count) into buf; count: 1..
 *          PARTITION_BUF_BYTES / 512.  Returns 0 or an error, which ends the
 *          search.
 *   warn - Something is wrong with the table: text names it.  number: of the
 *          partition, or 0: the table as a whole.
 *   buf  - PARTITION_BUF_BYTES to work in.
 */
#define PARTITION_BUF_BYTES 4096
struct partition_scan {
	int (*read)(struct partition_scan *scan, uint64_t sector,
	    unsigned count, void *buf);
	void (*warn)(struct partition_scan *scan, unsigned number,
	    const char *text);
	uint64_t sectors;        /* the disk's */
	void *buf;
	void *arg;               /* the caller's, */
	unsigned warnings;       /* and this */
	struct partition *found; /* room for max */
	unsigned max;
	unsigned count;          /* out */
	const char *kind;        /* out: "MBR", "GPT", or NULL: no table */
};

/* Find the partitions of a disk: found[0..count), each inside the disk, numbers
 * rising and not above max.  Trusts nothing on the disk.
 * Returns 0 (also: no table, or a damaged one), or the error of read. */
int partition_find(struct partition_scan *scan);
