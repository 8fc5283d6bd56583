/* write_batch.c - writes that are on their way together.
 *
 * Layer: fs   Called by: buffer.c, journal
 *
 * SPDX-License-Identifier: MIT */
#include "fs/write_batch.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "drivers/block/block.h"
#include "mm/page.h"

#define BATCH_SEGMENTS 32 /* of a request */

int
write_batch_init(struct write_batch *wb, struct block_device *dev)
{
	*wb = (struct write_batch){.dev = dev};
	wb->reserve = block_request_alloc(dev, BLOCK_WRITE, 0, BATCH_SEGMENTS);
	if (wb->reserve == NULL)
		return -ENOMEM;
	spin_init(&wb->lock, "write batch", RANK_WRITE_BATCH);
	waitq_init(&wb->done, "write");
	return 0;
}

/* In the lock, so that the last interrupt has left it: see batch_done(). */
static unsigned
batch_pending(struct write_batch *wb)
{
	uint64_t flags = spin_lock_irq(&wb->lock);
	unsigned pending = wb->pending;

	spin_unlock_irq(&wb->lock, flags);
	return pending;
}

void
write_batch_fini(struct write_batch *wb)
{
	kassert(wb->filling == NULL && batch_pending(wb) == 0);
	block_request_free(wb->reserve);
}

/* A request is done.  The waiter sees pending == 0 only when we have let go of
 * the lock, and may then free the batch: nothing is touched after that. */
static void
batch_done(struct block_request *req, int err)
{
	struct write_batch *wb = req->priv;
	bool reserve = req == wb->reserve;
	uint64_t flags = spin_lock_irq(&wb->lock);

	if (err != 0 && wb->error == 0)
		wb->error = err;
	if (--wb->pending == 0)
		waitq_wake_all(&wb->done);
	spin_unlock_irq(&wb->lock, flags);
	if (!reserve)
		block_request_free(req);
}

/* Hand over the request that was being filled. */
static void
batch_submit(struct write_batch *wb)
{
	uint64_t flags;

	if (wb->filling == NULL)
		return;
	flags = spin_lock_irq(&wb->lock);
	wb->pending++;
	spin_unlock_irq(&wb->lock, flags);
	block_submit(wb->filling);
	wb->filling = NULL;
}

static void
batch_wait_pending(struct write_batch *wb)
{
	batch_submit(wb);
	block_kick(wb->dev);
	wait_event(&wb->done, batch_pending(wb) == 0);
}

void
write_batch_add(struct write_batch *wb, uint64_t sector, const void *va,
    uint32_t bytes)
{
	struct block_request *req = wb->filling;

	if (req != NULL && (sector != wb->next_sector ||
	    req->segment_count == BATCH_SEGMENTS)) {
		batch_submit(wb);
		req = NULL;
	}
	if (req == NULL) {
		req = block_request_alloc(wb->dev, BLOCK_WRITE, sector,
		    BATCH_SEGMENTS);
		if (req == NULL) {
			/* It is free when nothing is on its way. */
			batch_wait_pending(wb);
			req = wb->reserve;
			req->sector = sector;
			req->segment_count = 0;
		}
		req->done = batch_done;
		req->priv = wb;
		wb->filling = req;
	}
	block_request_add(req, va_to_pa(va), bytes);
	wb->next_sector = sector + (bytes >> SECTOR_SHIFT);
}

int
write_batch_wait(struct write_batch *wb)
{
	int err;

	batch_wait_pending(wb);
	err = wb->error;
	wb->error = 0;
	return err;
}
