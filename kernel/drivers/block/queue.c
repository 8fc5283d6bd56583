/* queue.c - the queue of a disk: merging, splitting, what is done when.
 *
 * Layer: drivers   Called by: request.c (submit, kick), the disk drivers
 *
 *	block_submit
 *	  |  overlaps an earlier one
 *	  +---------------------------> held, first come first served
 *	  v                               |  the earlier one is done
 *	pending: a tree by sector  <------+
 *	  |  dispatch: the next upwards from where the last transfer
 *	  v  ended, and its neighbours
 *	active: transfers at the driver ---> flushes: emulated FUA too
 *	  |  disk_transfer_done                |
 *	  v                                    v
 *	finished: done() is called when the lock has been dropped
 *
 * Invariants:
 * (1), (2) See pending.c.
 * (3) A request is finished when it is in no list or tree of the queue and no
 *     transfer has a part of it (parts == 0).
 * (4) A transfer is either idle, being built, or active.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/block/queue.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sched/clock.h"

/* Messages about a disk. */
#define MESSAGES_MAX 10

/* ---- Building transfers ---------------------------------------------- */

/* Add bytes at pa to t, to its last segment if they continue it.
 * False: it has no room for one more. */
static bool
add_segment(const struct disk *disk, struct disk_transfer *t, paddr_t pa,
    uint32_t bytes)
{
	uint32_t boundary = disk->segment_boundary;
	struct block_segment *s = &t->segments[t->segment_count];

	if (t->segment_count > 0 && s[-1].pa + s[-1].bytes == pa &&
	    (boundary == 0 || !IS_ALIGNED(pa, boundary))) {
		s[-1].bytes += bytes;
	} else {
		if (t->segment_count == disk->max_segments)
			return false;
		s->pa = pa;
		s->bytes = bytes;
		t->segment_count++;
	}
	t->sectors += bytes >> SECTOR_SHIFT;
	return true;
}

/* Append what is left of req to t, as far as the disk's limits allow.
 * True: that was all of it. */
static bool
take_request(const struct disk *disk, struct disk_transfer *t,
    struct block_request *req)
{
	while (req->next_segment < req->segment_count) {
		const struct block_segment *s =
		    &req->segments[req->next_segment];
		paddr_t pa = s->pa + req->segment_done;
		uint64_t room = (disk->max_sectors - t->sectors) <<
		    SECTOR_SHIFT;
		uint32_t bytes = s->bytes - req->segment_done;

		if (disk->segment_boundary != 0)
			bytes = MIN(bytes, (uint32_t)(disk->segment_boundary -
			    (pa & (disk->segment_boundary - 1))));
		bytes = (uint32_t)MIN(bytes, room);
		if (bytes == 0 || !add_segment(disk, t, pa, bytes))
			return false;
		req->segment_done += bytes;
		if (req->segment_done == s->bytes) {
			req->next_segment++;
			req->segment_done = 0;
		}
	}
	return true;
}

/* Make req, or a part of it, the next piece of t. */
static void
append_request(struct disk *disk, struct disk_transfer *t,
    struct block_request *req)
{
	struct disk_queue *q = disk->queue;

	req->parts++;
	if (take_request(disk, t, req)) {
		q->partial = NULL;
		pending_remove(q, req);
		list_add_tail(&t->requests, &req->link);
	} else {
		q->partial = req;
		t->partial = req;
	}
}

/* The request behind t on the disk, if it may join it, or NULL.
 * node: of the request behind. */
static struct block_request *
neighbour(const struct disk *disk, const struct disk_transfer *t,
    const struct block_request *first, struct rb_node *node)
{
	struct block_request *req = node != NULL ? pending_entry(node) : NULL;

	if (req == NULL || req->disk_sector != t->sector + t->sectors ||
	    req->op != t->op || req->flags != first->flags ||
	    (req->flags & BLOCK_ALONE) != 0 ||
	    t->sectors + req->sectors > disk->max_sectors ||
	    t->segment_count + req->segment_count > disk->max_segments)
		return NULL;
	return req;
}

/* Build a transfer of first and its neighbours. */
static void
build_transfer(struct disk *disk, struct disk_transfer *t,
    struct block_request *first)
{
	struct block_request *req = first;

	t->op = first->op;
	t->flags = disk->can_fua ? first->flags & BLOCK_FUA : 0;
	t->sector = first->disk_sector;
	for (unsigned i = 0; i < first->next_segment; i++)
		t->sector += first->segments[i].bytes >> SECTOR_SHIFT;
	t->sector += first->segment_done >> SECTOR_SHIFT;
	do {
		struct rb_node *next = rb_next(&req->node);

		append_request(disk, t, req);
		if (t->partial != NULL)
			break;
		req = neighbour(disk, t, first, next);
		if (req != NULL)
			block_stats_merge(req);
	} while (req != NULL);
	disk->queue->head = t->sector + t->sectors;
}

/* Is a flush to be the next transfer?  Not always: data must not starve. */
static bool
flush_is_next(const struct disk_queue *q)
{
	return !list_empty(&q->flushes) && !q->flushing &&
	    (!q->flushed_last || q->pending.root == NULL);
}

/* The next transfer, active, or NULL: nothing to do, or all are in use. */
static struct disk_transfer *
next_transfer(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	struct disk_transfer *t =
	    list_first(&q->idle, struct disk_transfer, link);
	struct block_request *req;

	if (t == NULL || (q->pending.root == NULL && !flush_is_next(q)))
		return NULL;
	list_remove(&t->link);
	list_add_tail(&q->active, &t->link);
	kassert(list_empty(&t->requests) && !t->active); /* (4) */
	t->active = true;
	t->partial = NULL;
	t->sectors = 0;
	t->segment_count = 0;
	t->started_ns = clock_ns();
	q->flushed_last = flush_is_next(q);
	if (!q->flushed_last) {
		req = pending_next(q, t->started_ns);
		build_transfer(disk, t, req);
		return t;
	}
	t->op = BLOCK_FLUSH;
	t->flags = 0;
	t->sector = 0;
	q->flushing = true;
	list_splice(&t->requests, &q->flushes);
	list_for_each(r, &t->requests, struct block_request, link)
		r->parts = 1;
	return t;
}

/* ---- Done ------------------------------------------------------------ */

/* All of req has come back: done() is due, or a flush for an emulated FUA.
 * op: of the transfer that ended it. */
static void
finish(struct disk *disk, struct block_request *req, enum block_op op,
    uint64_t now_ns)
{
	struct disk_queue *q = disk->queue;

	if (op == BLOCK_WRITE && (req->flags & BLOCK_FUA) != 0 &&
	    req->err == 0 && !disk->can_fua && disk->can_flush &&
	    q->state != QUEUE_DEAD) {
		list_add_tail(&q->flushes, &req->link);
		return;
	}
	block_stats_end(req, now_ns);
	list_add_tail(&q->finished, &req->link);
}

/* A transfer with a part of req has come back. */
static void
finish_part(struct disk *disk, struct block_request *req,
    const struct disk_transfer *t, int err, uint64_t now_ns)
{
	if (err != 0)
		req->err = err;
	req->parts--;
	if (req->parts == 0 && disk->queue->partial != req) /* (3) */
		finish(disk, req, t->op, now_ns);
}

void
disk_queue_tell(const struct disk *disk, const char *text)
{
	struct disk_queue *q = disk->queue;

	if (q->messages == MESSAGES_MAX)
		return;
	q->messages++;
	pr_warn("%s: %s%s", disk->name, text,
	    q->messages == MESSAGES_MAX ? "; no more will be told" : "");
}

/* Tell that t has failed. */
static NOINLINE void
tell_error(const struct disk *disk, const struct disk_transfer *t, int err)
{
	static const char *const names[] = {"read", "write", "flush"};
	char text[80];

	snprintf(text, sizeof(text), "%s of %lu sectors at %lu: error %d",
	    names[t->op], t->sectors, t->sector, -err);
	disk_queue_tell(disk, text);
}

void
disk_transfer_done(struct disk *disk, struct disk_transfer *t, int err)
{
	struct disk_queue *q = disk->queue;
	uint64_t now_ns = clock_ns();
	struct block_request *req;

	kassert(spin_held(&disk->lock) && t->active);
	t->active = false;
	list_remove(&t->link);
	if (likely(err == 0))
		q->resets = 0;
	else
		tell_error(disk, t, err);
	if (t->op == BLOCK_FLUSH)
		q->flushing = false;
	while ((req = list_first(&t->requests, struct block_request, link)) !=
	    NULL) {
		list_remove(&req->link);
		finish_part(disk, req, t, err, now_ns);
	}
	if (t->partial != NULL)
		finish_part(disk, t->partial, t, err, now_ns);
	list_add(&q->idle, &t->link);
	if (!list_empty(&q->held))
		pending_release(q);
}

void
disk_queue_fail(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	uint64_t now_ns = clock_ns();
	struct list all = LIST_INIT(all);
	struct block_request *req;

	kassert(list_empty(&q->active));
	list_splice(&all, &q->fifo);
	list_splice(&all, &q->held);
	list_splice(&all, &q->flushes);
	q->pending.root = NULL;
	q->partial = NULL;
	while ((req = list_first(&all, struct block_request, link)) != NULL) {
		list_remove(&req->link);
		req->err = -EIO;
		finish(disk, req, req->op, now_ns);
	}
}

/* ---- The driver's side ----------------------------------------------- */

/* Give the driver what it can take. */
static void
dispatch(struct disk *disk)
{
	struct disk_queue *q = disk->queue;
	struct disk_transfer *t;

	while (q->state == QUEUE_RUNNING) {
		int err;

		t = q->stalled != NULL ? q->stalled : next_transfer(disk);
		if (t == NULL)
			break;
		err = disk->ops->start(disk, t);
		if (err == -EBUSY) {
			q->stalled = t;
			break;
		}
		if (q->stalled != NULL)
			t->started_ns = clock_ns(); /* not when it was built */
		q->stalled = NULL;
		if (err != 0)
			disk_transfer_done(disk, t, err);
	}
	disk_queue_watch(disk);
}

uint64_t
disk_lock(struct disk *disk)
{
	return spin_lock_irq(&disk->lock);
}

void
disk_unlock(struct disk *disk, uint64_t irq_flags)
{
	struct disk_queue *q = disk->queue;
	struct list finished = LIST_INIT(finished);
	struct block_request *req;

	dispatch(disk);
	list_splice(&finished, &q->finished);
	spin_unlock_irq(&disk->lock, irq_flags);
	while ((req = list_first(&finished, struct block_request, link)) !=
	    NULL) {
		list_remove(&req->link);
		req->done(req, req->err);
	}
}

/* ---- The requester's side -------------------------------------------- */

/* May this request be made at all?  Counts its sectors. */
static int
check_request(struct block_request *req)
{
	const struct block_device *dev = req->dev;

	req->sectors = 0;
	if (req->op == BLOCK_FLUSH)
		return 0;
	for (unsigned i = 0; i < req->segment_count; i++)
		req->sectors += req->segments[i].bytes >> SECTOR_SHIFT;
	kassert(req->sectors > 0);
	if (req->sector > dev->sectors ||
	    req->sectors > dev->sectors - req->sector)
		return -ENXIO;
	if (req->op == BLOCK_WRITE && dev->read_only)
		return -EROFS;
	return 0;
}

void
block_submit(struct block_request *req)
{
	struct disk *disk = req->dev->disk;
	struct disk_queue *q = disk->queue;
	int err = check_request(req);
	uint64_t flags;

	if (err != 0 || (req->op == BLOCK_FLUSH && !disk->can_flush)) {
		req->done(req, err);
		return;
	}
	req->disk_sector = req->dev->first_sector + req->sector;
	req->submitted_ns = clock_ns();
	req->next_segment = 0;
	req->segment_done = 0;
	req->parts = 0;
	req->err = 0;
	flags = spin_lock_irq(&disk->lock);
	if (q->state == QUEUE_DEAD) {
		spin_unlock_irq(&disk->lock, flags);
		req->done(req, -EIO);
		return;
	}
	block_stats_begin(req);
	if (req->op == BLOCK_FLUSH)
		list_add_tail(&q->flushes, &req->link);
	else
		pending_add(q, req);
	spin_unlock_irq(&disk->lock, flags);
}

void
block_kick(struct block_device *dev)
{
	disk_unlock(dev->disk, disk_lock(dev->disk));
}

struct waitq *
disk_queue_waiters(struct disk *disk)
{
	return &disk->queue->waiters;
}

void
disk_queue_destroy(struct disk *disk)
{
	struct disk_queue *q = disk->queue;

	kfree(q->transfers);
	kfree(q->segments);
	kfree(q);
	disk->queue = NULL;
}

int
disk_queue_create(struct disk *disk)
{
	struct disk_queue *q = kzalloc(sizeof(*q));
	size_t bytes = disk->max_segments * sizeof(struct block_segment);

	kassert(disk->depth > 0 && disk->max_segments > 0);
	kassert((disk->segment_boundary & (disk->segment_boundary - 1)) == 0);
	if (q == NULL)
		return -ENOMEM;
	q->transfers = kzalloc(disk->depth * sizeof(*q->transfers));
	q->segments = kzalloc(disk->depth * bytes);
	disk->queue = q;
	if (q->transfers == NULL || q->segments == NULL) {
		disk_queue_destroy(disk);
		return -ENOMEM;
	}
	list_init(&q->fifo);
	list_init(&q->held);
	list_init(&q->flushes);
	list_init(&q->active);
	list_init(&q->idle);
	list_init(&q->finished);
	for (unsigned i = 0; i < disk->depth; i++) {
		struct disk_transfer *t = &q->transfers[i];

		t->segments = &q->segments[i * disk->max_segments];
		list_init(&t->requests);
		list_add_tail(&q->idle, &t->link);
	}
	disk_queue_watch_init(disk);
	waitq_init(&q->waiters, "disk");
	spin_init(&disk->lock, disk->name, RANK_DEVICE);
	return 0;
}
