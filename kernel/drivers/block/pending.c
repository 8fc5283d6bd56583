/* pending.c - requests that wait for the driver, and their order.
 *
 * Layer: drivers   Called by: queue.c
 *
 * The head of a disk moves upwards and starts again below, so a transfer is
 * rarely far from the last; but a request that has waited for WAIT_MAX_NS
 * goes first, or a stream of requests just above the head would starve it.
 *
 * Invariants:
 * (1) Requests in the tree do not overlap each other.
 * (2) Nor does one of them overlap a transfer at the driver, unless both read,
 *     or it is q->partial, whose first part the transfer is.
 * So requests to the same sectors are done in the order of submission: who
 * would break (1) or (2) is held back, and so is who overlaps one held back.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/block/queue.h"

#include "sched/clock.h"

#define WAIT_MAX_NS (100 * NS_PER_MSEC)

static uint64_t
end_of(const struct block_request *req)
{
	return req->disk_sector + req->sectors;
}

/* Must req wait until the transfer t is done? (2) */
static bool
conflicts(const struct block_request *req, const struct disk_transfer *t)
{
	return (req->op != BLOCK_READ || t->op != BLOCK_READ) &&
	    req->disk_sector < t->sector + t->sectors &&
	    t->sector < end_of(req);
}

/* Put req into the tree.  False: it overlaps something, (1) or (2). */
static bool
insert_pending(struct disk_queue *q, struct block_request *req)
{
	struct rb_node **link = &q->pending.root;
	struct rb_node *parent = NULL;

	list_for_each(t, &q->active, struct disk_transfer, link)
		if (conflicts(req, t))
			return false;
	while (*link != NULL) {
		struct block_request *other = pending_entry(*link);

		parent = *link;
		if (end_of(req) <= other->disk_sector)
			link = &parent->left;
		else if (end_of(other) <= req->disk_sector)
			link = &parent->right;
		else
			return false;
	}
	rb_insert(&q->pending, &req->node, parent, link);
	list_add_tail(&q->fifo, &req->link);
	return true;
}

void
pending_remove(struct disk_queue *q, struct block_request *req)
{
	rb_remove(&q->pending, &req->node);
	list_remove(&req->link);
}

/* Does req overlap one that is held? */
static bool
overlaps_held(const struct disk_queue *q, const struct block_request *req)
{
	list_for_each(other, &q->held, struct block_request, link)
		if (req->disk_sector < end_of(other) &&
		    other->disk_sector < end_of(req))
			return true;
	return false;
}

void
pending_add(struct disk_queue *q, struct block_request *req)
{
	if ((!list_empty(&q->held) && overlaps_held(q, req)) ||
	    !insert_pending(q, req))
		list_add_tail(&q->held, &req->link);
}

void
pending_release(struct disk_queue *q)
{
	struct block_request *req;

	while ((req = list_first(&q->held, struct block_request, link)) !=
	    NULL) {
		list_remove(&req->link);
		if (!insert_pending(q, req)) {
			list_add(&q->held, &req->link);
			break;
		}
	}
}

struct block_request *
pending_next(struct disk_queue *q, uint64_t now_ns)
{
	struct block_request *oldest =
	    list_first(&q->fifo, struct block_request, link);
	struct block_request *best = NULL;
	struct rb_node *node = q->pending.root;

	if (q->partial != NULL)
		return q->partial;
	if (oldest == NULL || oldest->link.next == &q->fifo ||
	    now_ns - oldest->submitted_ns >= WAIT_MAX_NS)
		return oldest;
	while (node != NULL) {
		struct block_request *req = pending_entry(node);

		if (req->disk_sector < q->head) {
			node = node->right;
		} else {
			best = req;
			node = node->left;
		}
	}
	return best != NULL ? best : pending_entry(rb_first(&q->pending));
}
