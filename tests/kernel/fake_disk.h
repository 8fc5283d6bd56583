/* fake_disk.h - a disk of memory that does what a test tells it to.
 *
 * Layer: tests   Called by: test_block.c, test_partition.c, test_bdev.c
 *
 * It is a disk driver like the others: transfers are done in an interrupt (of
 * a timer), it checks that none breaks the disk's limits, and it writes down
 * what it was given.  The last FAKE_LOG transfers can be looked at.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/disk.h"
#include "sched/timer.h"

#define FAKE_MAJOR   240
#define FAKE_MINORS  16
#define FAKE_DEPTH   8
#define FAKE_LOG     64

/* The time limit for a disk that is mute; too short for one that only has to
 * share its host with others. */
#define FAKE_TIMEOUT_NS (20 * 1000000ull)

/* How it behaves; a test may change it at any time. */
struct fake_behaviour {
	uint64_t delay_ns;     /* from the start of a transfer */
	unsigned busy_above;   /* -EBUSY when it has so many; 0: never */
	bool backwards;        /* the newest transfer is done first */
	bool mute;             /* no transfer is ever done */
	bool reset_heals;      /* ... but after a reset */
	bool no_interrupt;     /* they are done, but nobody is told */
	int start_error;       /* what start returns */
	int reset_error;       /* what reset returns */
	uint64_t bad_sector;   /* transfers with it fail; 0: none */
	bool writes_fail;      /* all of them */
};

struct fake_log {
	enum block_op op;
	unsigned flags;
	uint64_t sector;
	uint64_t sectors;
	unsigned segment_count;
};

struct fake_disk {
	struct disk disk;
	struct fake_behaviour how;
	char *bytes;
	struct timer timer;
	struct disk_transfer *has[FAKE_DEPTH]; /* [disk.lock] oldest first */
	unsigned count;                        /* [disk.lock] of has[] */
	unsigned started;
	unsigned flushes;
	unsigned resets;
	unsigned broken_limits; /* transfers that should not have been */
	struct fake_log log[FAKE_LOG];
};

/* A disk of zeroes, not yet registered: the test may change f->disk and fill
 * f->bytes.  Panics if there is no memory. */
struct fake_disk *fake_disk_create(uint64_t sectors);

/* disk_register() it.  Returns the whole disk's device. */
struct block_device *fake_disk_register(struct fake_disk *f);

/* The test is over: free the bytes.  The disk stays known, and dead. */
void fake_disk_end(struct fake_disk *f);
