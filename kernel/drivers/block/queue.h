/* queue.h - the queue of a disk, as its files share it.
 *
 * Layer: drivers   Called by: queue.c, pending.c, timeout.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/internal.h"
#include "sched/timer.h"

enum queue_state {
	QUEUE_RUNNING,
	QUEUE_STUCK, /* a transfer is overdue: nothing is started */
	QUEUE_DEAD,  /* the reset failed: every request fails */
};

/* What protects the members: [I] immutable, [l] disk->lock. */
struct disk_queue {
	enum queue_state state;        /* [l] */
	struct rb_tree pending;        /* [l] by sector (1) */
	struct list fifo;              /* [l] the same, oldest first */
	struct list held;              /* [l] oldest first */
	struct list flushes;           /* [l] wait for the next flush */
	struct list active;            /* [l] transfers, oldest first */
	struct list idle;              /* [l] transfers */
	struct list finished;          /* [l] requests: done() is due */
	struct block_request *partial; /* [l] pending, a part is on its way */
	struct disk_transfer *stalled; /* [l] active, but the driver was busy */
	uint64_t head;                 /* [l] where the last transfer ended */
	bool flushing;                 /* [l] a flush is at the driver */
	bool flushed_last;             /* [l] the last transfer was a flush */
	unsigned resets;               /* [l] since the last good transfer */
	unsigned messages;             /* [l] that were told */
	bool timer_set;                /* [l] */
	uint64_t watched_ns;           /* [l] when the oldest one was started */
	unsigned checks;               /* [l] how often it was the oldest */
	struct timer timer;
	struct waitq waiters;
	struct disk_transfer *transfers; /* [I] disk->depth */
	struct block_segment *segments;  /* [I] max_segments for each */
};

static inline struct block_request *
pending_entry(struct rb_node *node)
{
	return rb_entry(node, struct block_request, node);
}

/* pending.c: put a request into the tree, or with those held if it must wait
 * for an earlier one.  Locks, of all these: disk->lock held. */
void pending_add(struct disk_queue *q, struct block_request *req);
void pending_remove(struct disk_queue *q, struct block_request *req);

/* pending.c: something was done: let those held in, as far as the first that
 * must wait. */
void pending_release(struct disk_queue *q);

/* pending.c: the request to begin the next transfer with, or NULL. */
struct block_request *pending_next(struct disk_queue *q, uint64_t now_ns);

/* queue.c: fail everything that waits.  The driver has nothing. */
void disk_queue_fail(struct disk *disk);

/* queue.c: put a message about the disk into the log, if it is one of the
 * first. */
void disk_queue_tell(const struct disk *disk, const char *text);

/* timeout.c: look after what the driver has; prepare that. */
void disk_queue_watch(struct disk *disk);
void disk_queue_watch_init(struct disk *disk);
