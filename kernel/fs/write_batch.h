/* write_batch.h - writes that are on their way together.
 *
 * Layer: fs   Called by: buffer.c, journal
 *
 * Pieces of memory go to places on a device, and somebody waits for all of
 * them: what continues the piece before joins its request, and the requests
 * stand in the device's queue together.  Needs no memory: when there is none,
 * one request that was made before does the work, slower.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "sched/waitq.h"
#include "sync/spinlock.h"

struct block_device;
struct block_request;

/* [I] immutable, [l] lock; the others: who has the batch. */
struct write_batch {
	struct block_device *dev;      /* [I] */
	struct block_request *filling; /* not yet submitted */
	uint64_t next_sector;          /* behind its end */
	struct block_request *reserve; /* [I] for when there is no memory */
	unsigned pending;              /* [l] submitted, not yet done */
	int error;                     /* [l] the first */
	struct spinlock lock;
	struct waitq done;
};

/* Prepare one.  Returns 0 or -ENOMEM.  fini: nothing is on its way. */
int write_batch_init(struct write_batch *wb, struct block_device *dev);
void write_batch_fini(struct write_batch *wb);

/* bytes at va (of the direct map or the heap) go to a sector; they stay as they
 * are until write_batch_wait().  May sleep. */
void write_batch_add(struct write_batch *wb, uint64_t sector, const void *va,
    uint32_t bytes);

/* Wait until all are done.  Returns the first error since the last wait. */
int write_batch_wait(struct write_batch *wb);
