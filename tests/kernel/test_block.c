/* test_block.c - the queue of a disk: order, merging, splitting, errors, time
 * limits.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "fake_disk.h"
#include "lib/string.h"
#include "mm_test.h"
#include "sched/clock.h"
#include "sched/waitq.h"

#define MANY 32

/* Requests of a test, and how they end. */
struct batch {
	struct block_request *req[MANY];
	int err[MANY];
	unsigned count;
	unsigned done; /* [a] */
};

/* Not in the batch: who is woken may end before the waking does. */
static struct waitq batch_waitq = WAITQ_INIT(batch_waitq, "test");

static void
batch_init(struct batch *b)
{
	memset(b, 0, sizeof(*b));
}

static void
batch_done(struct block_request *req, int err)
{
	struct batch *b = req->priv;

	for (unsigned i = 0; i < b->count; i++)
		if (b->req[i] == req)
			b->err[i] = err;
	atomic_add(&b->done, 1);
	waitq_wake_all(&batch_waitq);
}

/* Submit a request of bytes at va in pieces of segment_bytes, each a segment
 * even where it continues the last. */
static struct block_request *
batch_submit(struct batch *b, struct block_device *dev, enum block_op op,
    uint64_t sector, void *va, size_t bytes, size_t segment_bytes,
    unsigned flags)
{
	struct block_request *req = block_request_alloc(dev, op, sector,
	    (unsigned)(bytes / segment_bytes));

	kassert(req != NULL && b->count < MANY);
	for (size_t at = 0; at < bytes; at += segment_bytes)
		req->segments[req->segment_count++] = (struct block_segment){
		    va_to_pa((char *)va + at), (uint32_t)segment_bytes};
	req->flags = flags;
	req->done = batch_done;
	req->priv = b;
	b->req[b->count++] = req;
	block_submit(req);
	return req;
}

static void
batch_flush(struct batch *b, struct block_device *dev)
{
	struct block_request *req = block_request_alloc(dev, BLOCK_FLUSH, 0, 0);

	kassert(req != NULL && b->count < MANY);
	req->done = batch_done;
	req->priv = b;
	b->req[b->count++] = req;
	block_submit(req);
}

/* Wait for all, and forget them.  Returns how many failed. */
static unsigned
batch_wait(struct batch *b)
{
	unsigned failed = 0;

	wait_event(&batch_waitq, atomic_load(&b->done) == b->count);
	for (unsigned i = 0; i < b->count; i++) {
		failed += b->err[i] != 0;
		block_request_free(b->req[i]);
	}
	b->count = 0;
	b->done = 0;
	return failed;
}

static char *
pages_alloc(unsigned order)
{
	struct page *page = page_alloc(order, PAGE_ZERO);

	kassert(page != NULL);
	return page_va(page);
}

static void
pages_free(char *va)
{
	page_free(page_from_va(va));
}

static void
fill_sectors(char *p, size_t sectors, uint32_t first)
{
	for (size_t i = 0; i < sectors; i++)
		memset(p + i * SECTOR_BYTES, (int)(first + i), SECTOR_BYTES);
}

KTEST(block_reads_what_it_wrote)
{
	struct fake_disk *f = fake_disk_create(128);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(1);

	fill_sectors(buf, 8, 1);
	ktest_check(block_transfer(dev, BLOCK_WRITE, 3, buf, PAGE_SIZE, 0) ==
	    0);
	ktest_check(block_transfer(dev, BLOCK_READ, 2, buf + PAGE_SIZE,
	    PAGE_SIZE, 0) == 0);
	ktest_check(buf[PAGE_SIZE] == 0);
	ktest_check(memcmp(buf + PAGE_SIZE + SECTOR_BYTES, buf,
	    PAGE_SIZE - SECTOR_BYTES) == 0);
	ktest_check(memcmp(f->bytes + 3 * SECTOR_BYTES, buf, PAGE_SIZE) == 0);
	ktest_check(block_find(dev->number) == dev);
	ktest_check(block_find_name(dev->name) == dev);
	ktest_check(dev->stats.requests[BLOCK_WRITE] == 1);
	ktest_check(dev->stats.sectors[BLOCK_WRITE] == 8);
	ktest_check(dev->stats.in_flight == 0 && dev->stats.errors == 0);

	/* The end, and beyond. */
	ktest_check(block_transfer(dev, BLOCK_READ, 127, buf, SECTOR_BYTES,
	    0) == 0);
	ktest_check(block_transfer(dev, BLOCK_READ, 127, buf, 2 * SECTOR_BYTES,
	    0) == -ENXIO);
	ktest_check(block_transfer(dev, BLOCK_READ, 128, buf, SECTOR_BYTES,
	    0) == -ENXIO);
	ktest_check(block_transfer(dev, BLOCK_READ, UINT64_MAX, buf,
	    SECTOR_BYTES, 0) == -ENXIO);
	dev->read_only = true;
	ktest_check(block_transfer(dev, BLOCK_WRITE, 0, buf, SECTOR_BYTES,
	    0) == -EROFS);
	ktest_check(f->broken_limits == 0);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_neighbours_become_one_transfer)
{
	static const uint8_t order[] = {3, 0, 7, 1, 6, 2, 5, 4};
	struct fake_disk *f = fake_disk_create(1024);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(4);
	struct batch b;

	batch_init(&b);
	fill_sectors(f->bytes, 1024, 0);
	for (unsigned i = 0; i < 8; i++)
		batch_submit(&b, dev, BLOCK_READ, 16 + order[i] * 8,
		    buf + order[i] * PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, 0);
	ktest_check(f->started == 0);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->started == 1 && f->log[0].sectors == 64);
	ktest_check(dev->stats.merged[BLOCK_READ] == 7);
	ktest_check(memcmp(buf, f->bytes + 16 * SECTOR_BYTES,
	    8 * PAGE_SIZE) == 0);
	/* The memory continues as well: one segment. */
	ktest_check(f->log[0].segment_count == 1);

	/* Not: another operation, another flag, a gap. */
	f->started = 0;
	f->disk.can_fua = true;
	batch_submit(&b, dev, BLOCK_READ, 0, buf, 512, 512, 0);
	batch_submit(&b, dev, BLOCK_WRITE, 1, buf, 512, 512, 0);
	batch_submit(&b, dev, BLOCK_WRITE, 2, buf, 512, 512, BLOCK_FUA);
	batch_submit(&b, dev, BLOCK_WRITE, 4, buf, 512, 512, BLOCK_FUA);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->started == 4 && f->log[2].flags == BLOCK_FUA);

	/* Not more than the disk can. */
	f->started = 0;
	f->disk.max_sectors = 16;
	for (unsigned i = 0; i < 16; i++)
		batch_submit(&b, dev, BLOCK_WRITE, 80 + i * 8, buf, PAGE_SIZE,
		    PAGE_SIZE, 0);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->started == 8 && f->broken_limits == 0);
	pages_free(buf);
	fake_disk_end(f);
}

/* Write and read count sectors in one request, with a disk of such limits. */
static void
check_limits(unsigned max_segments, unsigned max_sectors, uint32_t boundary,
    unsigned depth)
{
	struct fake_disk *f = fake_disk_create(1024);
	char *out = pages_alloc(6);
	char *in = pages_alloc(6);
	size_t bytes = 300 * SECTOR_BYTES;
	struct block_device *dev;
	struct batch b;

	f->disk.max_segments = max_segments;
	f->disk.max_sectors = max_sectors;
	f->disk.segment_boundary = boundary;
	f->disk.depth = depth;
	dev = fake_disk_register(f);
	f->how.backwards = true;
	batch_init(&b);
	for (size_t i = 0; i < bytes / 4; i++)
		((uint32_t *)out)[i] = (uint32_t)i * 2654435761u;
	batch_submit(&b, dev, BLOCK_WRITE, 7, out, bytes, 1536, 0);
	batch_submit(&b, dev, BLOCK_WRITE, 307, out, bytes, bytes, 0);
	batch_submit(&b, dev, BLOCK_WRITE, 607, out, bytes, 512, 0);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	for (unsigned i = 0; i < 3; i++) {
		ktest_check(memcmp(f->bytes + (7 + i * 300) * SECTOR_BYTES,
		    out, bytes) == 0);
		memset(in, 0, bytes);
		batch_submit(&b, dev, BLOCK_READ, 7 + i * 300, in, bytes,
		    (i + 1) * 512, 0);
		block_kick(dev);
		ktest_check(batch_wait(&b) == 0);
		ktest_check(memcmp(in, out, bytes) == 0);
	}
	ktest_check(f->broken_limits == 0 && f->bytes[0] == 0 &&
	    f->bytes[907 * SECTOR_BYTES] == 0);
	pages_free(out);
	pages_free(in);
	fake_disk_end(f);
}

KTEST(block_large_requests_are_split)
{
	check_limits(1, 8, 0, 1);
	check_limits(1, 8, 0, 4);
	check_limits(2, 1024, 65536, 2);
	check_limits(3, 17, 4096, 3);
	check_limits(64, 256, 65536, 8);
}

/* The disk turns the order of its transfers around.  Writes to the same sectors
 * must not notice, nor reads between them. */
KTEST(block_same_sectors_keep_their_order)
{
	struct fake_disk *f = fake_disk_create(64);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(2);
	struct batch b;

	batch_init(&b);
	f->how.backwards = true;
	f->how.delay_ns = NS_PER_MSEC / 4;
	for (unsigned round = 0; round < 4; round++) {
		char *p = buf;

		for (unsigned i = 0; i < 10; i++, p += 3 * SECTOR_BYTES) {
			memset(p, (int)(i + 1), 2 * SECTOR_BYTES);
			batch_submit(&b, dev, BLOCK_WRITE, 8 + i % 2, p,
			    2 * SECTOR_BYTES, SECTOR_BYTES, 0);
			batch_submit(&b, dev, BLOCK_READ, 9,
			    p + 2 * SECTOR_BYTES, SECTOR_BYTES, SECTOR_BYTES,
			    0);
			if (i % 3 == round % 3)
				block_kick(dev);
		}
		block_kick(dev);
		ktest_check(batch_wait(&b) == 0);
		p = buf;
		for (unsigned i = 0; i < 10; i++, p += 3 * SECTOR_BYTES)
			ktest_check(p[2 * SECTOR_BYTES] == (char)(i + 1));
		ktest_check(f->bytes[8 * SECTOR_BYTES] == 9);
		ktest_check(f->bytes[9 * SECTOR_BYTES] == 10);
		ktest_check(f->bytes[10 * SECTOR_BYTES] == 10);
	}

	/* The disk gets each at once, if it may. */
	for (unsigned i = 0; i < 6; i++) {
		memset(buf + i * SECTOR_BYTES, (int)i, SECTOR_BYTES);
		batch_submit(&b, dev, BLOCK_WRITE, 20, buf + i * SECTOR_BYTES,
		    SECTOR_BYTES, SECTOR_BYTES, 0);
		block_kick(dev);
	}
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->bytes[20 * SECTOR_BYTES] == 5);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_errors_reach_their_requests_only)
{
	struct fake_disk *f = fake_disk_create(256);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(1);
	struct batch b;

	batch_init(&b);
	f->how.bad_sector = 20;
	for (unsigned i = 0; i < 4; i++)
		batch_submit(&b, dev, BLOCK_READ, i * 16, buf, 8 * 512,
		    8 * 512, 0);
	block_kick(dev);
	wait_event(&batch_waitq, atomic_load(&b.done) == b.count);
	ktest_check(b.err[0] == 0 && b.err[1] == -EIO && b.err[2] == 0 &&
	    b.err[3] == 0);
	ktest_check(batch_wait(&b) == 1);
	ktest_check(dev->stats.errors == 1);

	/* One part of a large request fails: so does the request, once. */
	f->disk.max_sectors = 2;
	batch_submit(&b, dev, BLOCK_READ, 16, buf, 8 * 512, 512, 0);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 1);
	f->how.bad_sector = 0;
	f->how.start_error = -EIO;
	ktest_check(block_transfer(dev, BLOCK_READ, 0, buf, 512, 0) == -EIO);
	f->how.start_error = 0;
	ktest_check(block_transfer(dev, BLOCK_READ, 0, buf, 512, 0) == 0);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_busy_driver_is_asked_again)
{
	struct fake_disk *f = fake_disk_create(1024);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(0);
	struct batch b;

	batch_init(&b);
	f->how.busy_above = 1;
	f->how.delay_ns = NS_PER_MSEC / 10;
	for (unsigned i = 0; i < MANY; i++)
		batch_submit(&b, dev, BLOCK_READ, (MANY - i) * 20, buf, 512,
		    512, 0);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->started == MANY);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_flush_and_fua)
{
	struct fake_disk *f = fake_disk_create(256);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(0);
	struct batch b;

	batch_init(&b);
	ktest_check(block_flush(dev) == 0 && f->flushes == 1);
	/* Those that wait while one is at work share the next. */
	f->how.delay_ns = 5 * NS_PER_MSEC;
	for (unsigned i = 0; i < 10; i++) {
		batch_flush(&b, dev);
		block_kick(dev);
	}
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->flushes == 3);
	f->how.delay_ns = 0;

	/* Write and flush, if the disk has no FUA; one flush for all. */
	f->started = 0;
	f->flushes = 0;
	batch_submit(&b, dev, BLOCK_WRITE, 8, buf, 512, 512, BLOCK_FUA);
	batch_submit(&b, dev, BLOCK_WRITE, 9, buf, 512, 512, BLOCK_FUA);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->started == 2 && f->log[0].op == BLOCK_WRITE &&
	    f->log[0].flags == 0 && f->log[1].op == BLOCK_FLUSH);
	f->how.writes_fail = true;
	ktest_check(block_transfer(dev, BLOCK_WRITE, 0, buf, 512, BLOCK_FUA) ==
	    -EIO);
	f->how.writes_fail = false;
	ktest_check(f->flushes == 1);

	f->disk.can_fua = true;
	ktest_check(block_transfer(dev, BLOCK_WRITE, 0, buf, 512, BLOCK_FUA) ==
	    0);
	ktest_check(f->flushes == 1);

	/* No cache: nothing to do. */
	f->disk.can_fua = false;
	f->disk.can_flush = false;
	f->started = 0;
	ktest_check(block_flush(dev) == 0 && f->started == 0);
	ktest_check(block_transfer(dev, BLOCK_WRITE, 0, buf, 512, BLOCK_FUA) ==
	    0 && f->started == 1);
	ktest_check(f->broken_limits == 0);
	pages_free(buf);
	fake_disk_end(f);
}

/* Two readers who read just above the head of the disk by turns, so that there
 * is always a request there; one below must not wait for their end. */
static uint64_t stream_sector; /* [a] */
static bool stream_stop;       /* [a] */
static unsigned streams_ended; /* [a] */

#define STREAM_END 4096

static void
stream_next(struct block_request *req, int err)
{
	req->sector = atomic_fetch_add(&stream_sector, 1);
	if (err != 0 || atomic_load(&stream_stop) ||
	    req->sector >= STREAM_END) {
		atomic_add(&streams_ended, 1);
		waitq_wake_all(&batch_waitq);
		return;
	}
	block_submit(req);
	block_kick(req->dev);
}

KTEST(block_streams_do_not_starve_others)
{
	struct fake_disk *f = fake_disk_create(STREAM_END);
	struct block_request *req[2];
	char *buf = pages_alloc(0);
	struct block_device *dev;

	f->disk.depth = 1;
	dev = fake_disk_register(f);
	f->how.delay_ns = NS_PER_MSEC / 2;
	stream_sector = 100;
	stream_stop = false;
	streams_ended = 0;
	for (unsigned i = 0; i < 2; i++) {
		req[i] = block_request_alloc(dev, BLOCK_READ, 98 + i, 1);
		block_request_add(req[i], va_to_pa(buf), SECTOR_BYTES);
		req[i]->done = stream_next;
		block_submit(req[i]);
		block_kick(dev);
	}
	ktest_check(block_transfer(dev, BLOCK_READ, 5, buf + 2048, 512, 0) ==
	    0);
	ktest_check(atomic_load(&stream_sector) < STREAM_END);
	atomic_store(&stream_stop, true);
	wait_event(&batch_waitq, atomic_load(&streams_ended) == 2);
	for (unsigned i = 0; i < 2; i++)
		block_request_free(req[i]);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_mute_disk_is_reset)
{
	struct fake_disk *f = fake_disk_create(256);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(0);
	uint64_t begin = clock_ns();
	struct batch b;

	batch_init(&b);
	f->how.mute = true;
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	f->how.busy_above = 2;
	for (unsigned i = 0; i < 4; i++)
		batch_submit(&b, dev, BLOCK_READ, i * 8, buf, 512, 512, 0);
	block_kick(dev);
	/* The two at the driver fail; the others are tried again. */
	wait_event(&batch_waitq, atomic_load(&b.done) == 2);
	ktest_check(clock_ns() - begin >= f->disk.timeout_ns);
	ktest_check(f->resets == 1);
	f->how.mute = false;
	f->how.busy_above = 0;
	(void)batch_wait(&b); /* it ends, one way or the other */
	f->disk.timeout_ns = 0;
	ktest_check(block_transfer(dev, BLOCK_READ, 0, buf, 512, 0) == 0);
	ktest_check(dev->stats.in_flight == 0);

	/* Flushes, and parts of a large request, end as well. */
	f->how.mute = true;
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	f->disk.max_sectors = 1;
	batch_flush(&b, dev);
	batch_submit(&b, dev, BLOCK_WRITE, 0, buf, 8 * 512, 512, BLOCK_FUA);
	batch_submit(&b, dev, BLOCK_WRITE, 4, buf, 512, 512, 0);
	f->how.reset_error = -EIO;
	block_kick(dev);
	ktest_check(batch_wait(&b) == 3);
	ktest_check(dev->stats.in_flight == 0);

	/* It is dead now: nothing is even tried. */
	f->started = 0;
	ktest_check(block_transfer(dev, BLOCK_READ, 0, buf, 512, 0) == -EIO);
	ktest_check(block_flush(dev) == -EIO);
	ktest_check(f->started == 0);
	pages_free(buf);
	fake_disk_end(f);
}

KTEST(block_lost_interrupts_are_noticed)
{
	struct fake_disk *f = fake_disk_create(256);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(0);
	struct batch b;

	batch_init(&b);
	f->how.no_interrupt = true;
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	for (unsigned i = 0; i < 2 * FAKE_DEPTH; i++)
		batch_submit(&b, dev, BLOCK_READ, i * 8, buf, 512, 512, 0);
	batch_flush(&b, dev);
	block_kick(dev);
	ktest_check(batch_wait(&b) == 0);
	ktest_check(f->resets == 0);
	pages_free(buf);
	fake_disk_end(f);
}

/* A disk that lets itself be reset, and then says nothing again. */
KTEST(block_disk_that_stays_mute_is_given_up)
{
	struct fake_disk *f = fake_disk_create(256);
	struct block_device *dev = fake_disk_register(f);
	char *buf = pages_alloc(0);
	struct batch b;

	batch_init(&b);
	f->how.mute = true;
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	for (unsigned i = 0; i < MANY; i++)
		batch_submit(&b, dev, BLOCK_READ, i, buf, 512, 512,
		    BLOCK_ALONE);
	block_kick(dev);
	ktest_check(batch_wait(&b) == MANY);
	ktest_check(f->resets == 3 && f->started == 3 * FAKE_DEPTH);
	ktest_check(block_transfer(dev, BLOCK_READ, 0, buf, 512, 0) == -EIO);
	pages_free(buf);
	fake_disk_end(f);
}

/* ---- Several threads against a model --------------------------------- */

#define STRIPE     3 /* sectors */
#define STRIPES    80
#define THREADS    4
#define OPERATIONS 150

struct worker {
	struct block_device *dev;
	unsigned number;
	uint32_t random;
	unsigned wrong;
	uint8_t model[STRIPES]; /* what the stripe is full of */
	bool ended;             /* [a] */
};

static struct waitq workers_ended = WAITQ_INIT(workers_ended, "test");

/* Stripe n of a worker: they lie side by side, so that requests of several
 * workers merge, and never overlap. */
static uint64_t
stripe_sector(const struct worker *w, unsigned n)
{
	return 1 + (n * THREADS + w->number) * STRIPE;
}

static void
work(void *arg)
{
	struct worker *w = arg;
	char *buf = pages_alloc(0);

	for (unsigned i = 0; i < OPERATIONS; i++) {
		unsigned n = test_random(&w->random) % STRIPES;
		bool writes = test_random(&w->random) % 2 != 0;
		uint8_t value = (uint8_t)test_random(&w->random);
		size_t bytes = STRIPE * SECTOR_BYTES;

		memset(buf, value, bytes);
		w->wrong += block_transfer(w->dev,
		    writes ? BLOCK_WRITE : BLOCK_READ, stripe_sector(w, n),
		    buf, bytes, i % 16 == 0 ? BLOCK_FUA : 0) != 0;
		if (writes)
			w->model[n] = value;
		for (size_t k = 0; k < bytes; k++)
			w->wrong += (uint8_t)buf[k] != w->model[n];
	}
	pages_free(buf);
	atomic_store(&w->ended, true);
	waitq_wake_all(&workers_ended);
}

static void
check_workers(struct fake_disk *f)
{
	static struct worker w[THREADS];
	struct block_device *dev = fake_disk_register(f);

	for (unsigned i = 0; i < THREADS; i++) {
		memset(&w[i], 0, sizeof(w[i]));
		w[i].dev = dev;
		w[i].number = i;
		w[i].random = i + 1;
		ktest_check(kthread_create("worker", work, &w[i]) != NULL);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		wait_event(&workers_ended, atomic_load(&w[i].ended));
		ktest_check(w[i].wrong == 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		for (unsigned n = 0; n < STRIPES; n++)
			ktest_check((uint8_t)f->bytes[stripe_sector(&w[i], n) *
			    SECTOR_BYTES] == w[i].model[n]);
	ktest_check(f->broken_limits == 0 && dev->stats.in_flight == 0);
	fake_disk_end(f);
}

KTEST(block_threads_agree_with_a_model)
{
	struct fake_disk *f = fake_disk_create(1024);

	check_workers(f);
	f = fake_disk_create(1024);
	f->how.backwards = true;
	f->how.delay_ns = 20 * NS_PER_USEC;
	f->disk.max_sectors = 8;
	f->disk.max_segments = 2;
	f->disk.can_fua = true;
	check_workers(f);
}
