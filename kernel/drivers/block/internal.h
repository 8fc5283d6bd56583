/* internal.h - what the files of drivers/block share among themselves only.
 *
 * Layer: drivers   Called by: drivers/block
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/disk.h"
#include "sched/waitq.h"

/* queue.c: the queue of a disk that is about to be registered.  Returns 0 or
 * -ENOMEM.  destroy: nothing was ever submitted to it. */
int disk_queue_create(struct disk *disk);
void disk_queue_destroy(struct disk *disk);

/* queue.c: where block_execute() waits for requests to this disk. */
struct waitq *disk_queue_waiters(struct disk *disk);

/* timeout.c: is a transfer overdue, so that the disk wants disk_queue_reset()?
 * Any context. */
bool disk_queue_stuck(const struct disk *disk);

/* timeout.c: reset the stuck disk; what the driver had fails.  May sleep. */
void disk_queue_reset(struct disk *disk);

/* timeout.c: wakes the thread that calls disk_queue_reset(). */
extern struct waitq disk_reset_waitq;

/* stats.c: count a request that begins, that joins another's transfer, or that
 * ends at now_ns.  Locks: disk->lock held. */
void block_stats_begin(struct block_request *req);
void block_stats_merge(struct block_request *req);
void block_stats_end(struct block_request *req, uint64_t now_ns);
