/* stats.c - how much each disk and partition has done.
 *
 * Layer: drivers   Called by: queue.c; procfs
 * Source: Linux Documentation "I/O statistics fields"
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/block/internal.h"

#include "abi/stat.h"
#include "lib/format.h"
#include "sched/clock.h"

static void
count_begin(struct block_stats *s, uint64_t now_ns)
{
	if (s->in_flight == 0)
		s->busy_since_ns = now_ns;
	s->in_flight++;
}

static void
count_end(struct block_stats *s, const struct block_request *req,
    uint64_t now_ns)
{
	s->requests[req->op]++;
	s->sectors[req->op] += req->sectors;
	s->wait_ns[req->op] += now_ns - req->submitted_ns;
	s->errors += req->err != 0;
	s->in_flight--;
	if (s->in_flight == 0)
		s->busy_ns += now_ns - s->busy_since_ns;
}

void
block_stats_begin(struct block_request *req)
{
	count_begin(&req->dev->stats, req->submitted_ns);
	if (req->dev->partition != 0)
		count_begin(&req->dev->disk->device->stats, req->submitted_ns);
}

void
block_stats_merge(struct block_request *req)
{
	req->dev->stats.merged[req->op]++;
	if (req->dev->partition != 0)
		req->dev->disk->device->stats.merged[req->op]++;
}

void
block_stats_end(struct block_request *req, uint64_t now_ns)
{
	count_end(&req->dev->stats, req, now_ns);
	if (req->dev->partition != 0)
		count_end(&req->dev->disk->device->stats, req, now_ns);
}

/* A copy of the counters that fit together, with busy_ns up to now. */
static struct block_stats
take_stats(struct block_device *dev)
{
	uint64_t flags = spin_lock_irq(&dev->disk->lock);
	struct block_stats s = dev->stats;

	spin_unlock_irq(&dev->disk->lock, flags);
	if (s.in_flight > 0)
		s.busy_ns += clock_ns() - s.busy_since_ns;
	return s;
}

void
block_stats_line(struct block_device *dev, char *buf, size_t size)
{
	struct block_stats s = take_stats(dev);
	unsigned long ms[BLOCK_OPS];

	for (unsigned op = 0; op < BLOCK_OPS; op++)
		ms[op] = s.wait_ns[op] / NS_PER_MSEC;
	/* Reads, writes, requests at the driver, busy time, time of all
	 * requests; discards, which we have not; flushes. */
	snprintf(buf, size, "%4u %7u %s %lu %lu %lu %lu %lu %lu %lu %lu "
	    "%lu %lu %lu 0 0 0 0 %lu %lu",
	    ABI_MAJOR(dev->number), ABI_MINOR(dev->number), dev->name,
	    s.requests[BLOCK_READ], s.merged[BLOCK_READ],
	    s.sectors[BLOCK_READ], ms[BLOCK_READ],
	    s.requests[BLOCK_WRITE], s.merged[BLOCK_WRITE],
	    s.sectors[BLOCK_WRITE], ms[BLOCK_WRITE],
	    s.in_flight, (unsigned long)(s.busy_ns / NS_PER_MSEC),
	    ms[BLOCK_READ] + ms[BLOCK_WRITE] + ms[BLOCK_FLUSH],
	    s.requests[BLOCK_FLUSH], ms[BLOCK_FLUSH]);
}
