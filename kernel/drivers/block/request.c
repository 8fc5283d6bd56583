/* request.c - making requests, and waiting for them.
 *
 * Layer: drivers   Called by: fs, device.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "drivers/block/internal.h"
#include "mm/slab.h"
#include "x86/paging.h"

/* A request that somebody waits for, on his stack. */
struct waiting {
	bool done; /* [a] */
	int err;   /* [a] before done */
};

struct block_request *
block_request_alloc(struct block_device *dev, enum block_op op,
    uint64_t sector, unsigned max_segments)
{
	struct block_request *req = kmalloc(sizeof(*req) +
	    max_segments * sizeof(struct block_segment));

	if (req == NULL)
		return NULL;
	req->dev = dev;
	req->op = op;
	req->flags = 0;
	req->sector = sector;
	req->segment_count = 0;
	req->segments = (struct block_segment *)(req + 1);
	req->done = NULL;
	req->priv = NULL;
	return req;
}

void
block_request_free(struct block_request *req)
{
	kfree(req);
}

void
block_request_add(struct block_request *req, paddr_t pa, uint32_t bytes)
{
	struct block_segment *s = &req->segments[req->segment_count];

	if (req->segment_count > 0 && s[-1].pa + s[-1].bytes == pa) {
		s[-1].bytes += bytes;
		return;
	}
	s->pa = pa;
	s->bytes = bytes;
	req->segment_count++;
}

/* done() of a request that somebody waits for.  When done is set he may go on,
 * and *w is no more; the queue of waiters is the disk's and stays. */
static void
wake_waiting(struct block_request *req, int err)
{
	struct waitq *waiters = disk_queue_waiters(req->dev->disk);
	struct waiting *w = req->priv;

	w->err = err;
	atomic_store(&w->done, true);
	waitq_wake_all(waiters);
}

int
block_execute(struct block_request *req)
{
	struct waiting w = {0};

	req->priv = &w;
	req->done = wake_waiting;
	block_submit(req);
	block_kick(req->dev);
	wait_event(disk_queue_waiters(req->dev->disk), atomic_load(&w.done));
	return w.err;
}

int
block_transfer(struct block_device *dev, enum block_op op, uint64_t sector,
    void *va, size_t bytes, unsigned flags)
{
	struct block_segment segment = {va_to_pa(va), (uint32_t)bytes};
	struct block_request req = {
	    .dev = dev,
	    .op = op,
	    .flags = flags,
	    .sector = sector,
	    .segment_count = 1,
	    .segments = &segment,
	};

	kassert(IS_ALIGNED(segment.pa | bytes, SECTOR_BYTES));
	kassert(bytes > 0 && bytes <= UINT32_MAX);
	return block_execute(&req);
}

int
block_flush(struct block_device *dev)
{
	struct block_request req = {.dev = dev, .op = BLOCK_FLUSH};

	return block_execute(&req);
}
