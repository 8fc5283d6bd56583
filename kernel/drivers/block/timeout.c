/* timeout.c - disks that do not answer.
 *
 * Layer: drivers   Called by: queue.c (watch), device.c (resets)
 *
 * One timer a disk looks after its transfers: while there are some, it fires
 * CHECKS times within the time limit, and if it finds the same one as the
 * oldest so often, that one is overdue.  So a transfer that is done in time
 * costs nothing; and if it is us who did not run for seconds (the emulator's
 * host is busy, or virtual time jumps), the disk is not blamed for it.  From
 * the second such check on the driver looks itself, so a lost interrupt costs
 * little.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/block/queue.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "sched/clock.h"

/* Resets that help nothing, one after the other, before the disk is given up:
 * else each of many requests would wait for its own time limit. */
#define RESETS_MAX 3

#define CHECKS 50

struct waitq disk_reset_waitq = WAITQ_INIT(disk_reset_waitq, "disk reset");

/* The oldest transfer that the driver has taken, or NULL.  One that waits for
 * another disk of the controller is not late: the other may be. */
static struct disk_transfer *
oldest_started(const struct disk_queue *q)
{
	struct disk_transfer *t =
	    list_first(&q->active, struct disk_transfer, link);

	return t != q->stalled ? t : NULL;
}

void
disk_queue_watch(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	uint64_t limit_ns = disk->timeout_ns != 0 ? disk->timeout_ns
	    : DISK_TIMEOUT_NS;

	if (q->timer_set || q->state != QUEUE_RUNNING ||
	    oldest_started(q) == NULL)
		return;
	q->timer_set = true;
	timer_start(&q->timer, clock_ns() + limit_ns / CHECKS);
}

/* Is the oldest transfer overdue?  Called by each check. */
static bool
is_stuck(struct disk_queue *q)
{
	const struct disk_transfer *oldest = oldest_started(q);
	unsigned limit = CHECKS;

	if (oldest == NULL || oldest->started_ns != q->watched_ns)
		q->checks = 0;
	if (oldest == NULL)
		return false;
	if (oldest->op == BLOCK_FLUSH)
		limit *= DISK_FLUSH_PATIENCE;
	q->watched_ns = oldest->started_ns;
	q->checks++;
	return q->checks > limit;
}

/* The oldest transfer is the same as at the last check: ask the driver to look
 * whether it is done. */
static void
poll_driver(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	const struct disk_transfer *oldest = oldest_started(q);

	disk->ops->poll(disk);
	if (oldest_started(q) != oldest)
		disk_queue_tell(disk, "was done, but no interrupt came");
}

/* The timer's function: a check. */
static void
check_overdue(void *arg)
{
	struct disk *disk = arg;
	struct disk_queue *q = disk->queue;
	uint64_t flags = disk_lock(disk);
	bool stuck = is_stuck(q);

	if (stuck)
		q->state = QUEUE_STUCK;
	else if (q->checks > 1 && disk->ops->poll != NULL)
		poll_driver(disk);
	q->timer_set = false; /* disk_unlock() sets it again */
	disk_unlock(disk, flags);
	if (stuck)
		waitq_wake_all(&disk_reset_waitq);
}

bool
disk_queue_stuck(const struct disk *disk)
{
	return atomic_load(&disk->queue->state) == QUEUE_STUCK;
}

void
disk_queue_reset(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	struct disk_transfer *t;
	uint64_t flags;
	int err;

	pr_warn("%s: no answer; resetting it", disk->name);
	err = disk->ops->reset(disk);
	flags = disk_lock(disk);
	kassert(q->state == QUEUE_STUCK);
	if (err == 0 && ++q->resets == RESETS_MAX)
		err = -ETIMEDOUT;
	q->state = err != 0 ? QUEUE_DEAD : QUEUE_RUNNING;
	if (err != 0)
		q->stalled = NULL; /* it fails as well */
	while ((t = list_first(&q->active, struct disk_transfer, link)) !=
	    q->stalled)
		disk_transfer_done(disk, t, -EIO);
	if (err != 0)
		disk_queue_fail(disk);
	disk_unlock(disk, flags);
	if (err != 0)
		pr_err("%s: given up: error %d", disk->name, -err);
}

void
disk_queue_watch_init(struct disk *disk)
{
	timer_init(&disk->queue->timer, check_overdue, disk);
}
