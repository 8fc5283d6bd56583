/* disk.h - what a disk driver implements, and what it is given.
 *
 * Layer: drivers   Called by: ata, virtio; tests with disks of their own
 *
 * A driver fills a struct disk and registers it.  The queue hands it
 * transfers: one or more requests that are neighbours on the disk, as one list
 * of segments.  The driver starts it and returns; its interrupt handler calls
 * disk_transfer_done().
 *
 * A transfer that is not done after disk->timeout_ns makes a kernel thread
 * call ops->reset, and all that the driver had fails with EIO.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/block.h"
#include "sync/spinlock.h"

#define DISK_TIMEOUT_NS (5 * 1000000000ull)
#define DISK_FLUSH_PATIENCE 6 /* times as long: a whole cache is written */

/* A piece of work for the driver.  The queue's memory: good until the driver
 * says that it is done. */
struct disk_transfer {
	enum block_op op;
	unsigned flags;         /* BLOCK_FUA, only if the disk can */
	uint64_t sector;        /* on the disk */
	uint64_t sectors;       /* 0 for BLOCK_FLUSH */
	unsigned segment_count; /* at most max_segments */
	struct block_segment *segments;
	uint64_t started_ns;
	struct list requests;   /* the queue's: those that end in it */
	struct block_request *partial; /* the queue's: one that does not */
	struct list link;       /* the queue's: those at the driver, or free */
	bool active;            /* the queue's: at the driver */
	void *driver;           /* the driver's own, for this transfer */
};

/*
 * Operations of a driver.
 *
 *   start - Begin a transfer.  Returns 0; -EBUSY: no more at a time; it is
 *           started again at the next disk_unlock(), so where another disk has
 *           the controller, the driver locks and unlocks this one when that is
 *           done.  Other errors: the transfer fails with it.
 *           Interrupts off, disk->lock held; must not sleep, nor call
 *           disk_transfer_done() from here.
 *   reset - Something took too long: stop the device, so that it touches no
 *           memory of any transfer any more, and make it ready again.
 *           Transfers that it had are failed by the caller; the driver must
 *           not call disk_transfer_done() for one of them once it has returned.
 *           Thread context; may sleep; disk->lock is not held, and start is
 *           not called meanwhile.  Returns 0; an error: the disk is dead, every
 *           request fails from now on.
 *   poll  - A transfer takes long: has an interrupt been lost?  Look for those
 *           that are done, as the interrupt handler does, but between
 *           disk_lock() and disk_unlock() of the caller; and tell the device
 *           again that there is work.  Any context.  NULL: nothing to look at.
 */
struct disk_ops {
	int (*start)(struct disk *disk, struct disk_transfer *t);
	int (*reset)(struct disk *disk);
	void (*poll)(struct disk *disk);
};

/*
 * What protects the members: [I] immutable after disk_register(), filled by the
 * driver; [l] lock.
 */
struct disk {
	char name[BLOCK_NAME_MAX]; /* [I] "vda" */
	dev_t number;              /* [I] partitions follow: number + n */
	unsigned max_partitions;   /* [I] */
	uint64_t sectors;          /* [I] */
	bool read_only;            /* [I] */
	bool can_fua;              /* [I] else the queue flushes after it */
	bool can_flush;            /* [I] else it has no cache */
	unsigned max_segments;     /* [I] of a transfer, at least 1 */
	unsigned max_sectors;      /* [I] of a transfer, at least 8 */
	unsigned depth;            /* [I] transfers at a time */
	uint32_t segment_boundary; /* [I] a segment may not cross a multiple of
				    * it (65536 for ATA); 0: may */
	uint64_t timeout_ns;       /* [l] 0: DISK_TIMEOUT_NS */
	const struct disk_ops *ops; /* [I] */
	void *priv;                /* [I] the driver's */

	/* Set by disk_register(). */
	struct spinlock lock;      /* the queue, and the driver's registers */
	struct disk_queue *queue;  /* [I] queue.c's */
	struct block_device *device; /* [I] the whole disk */
};

/* Make a disk known: prepares its lock, and reads its partition table (MBR,
 * GPT), so interrupts must work already.  disk: stays the caller's, for ever;
 * zeroed but for what the driver fills.  May sleep; no mutex held.
 * Returns 0 or -ENOMEM. */
int disk_register(struct disk *disk);

/* The transfer is done.  err: 0 or -EIO.  Locks: disk->lock held, interrupts
 * off.  The callers of its requests are told, and the next is started, when
 * the lock is dropped with disk_unlock(). */
void disk_transfer_done(struct disk *disk, struct disk_transfer *t, int err);

/* Take the disk's lock in an interrupt handler or elsewhere; drop it and do
 * what became due: done() of requests, start of transfers. */
uint64_t disk_lock(struct disk *disk);
void disk_unlock(struct disk *disk, uint64_t irq_flags);
