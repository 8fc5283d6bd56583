/* test_block_random.c - random requests that overlap, to a disk whose behaviour
 * changes at random.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * Requests to the same sectors are done in the order of submission.  So, while
 * the disk makes no errors, each read gives what the writes before it have
 * left, whatever is merged, split, refused and turned around on the way.
 * With errors and time limits, each request is at least done, and once.
 *
 * SPDX-License-Identifier: MIT */
#include "fake_disk.h"
#include "lib/string.h"
#include "mm_test.h"
#include "sched/clock.h"
#include "sched/waitq.h"

#define SECTORS     96
#define SECTORS_MAX 24 /* of a request */
#define SLOTS       24 /* requests at a time */
#define ROUNDS      8

/* A request, and for a read what it must find. */
struct slot {
	struct block_request *req;
	char *bytes;
	char *expected;
	uint32_t done; /* [a] how often */
	int err;
};

static struct slot slots[SLOTS];
static unsigned slots_done; /* [a] */
static struct waitq slots_waitq = WAITQ_INIT(slots_waitq, "test");
static char *model;

static void
slot_done(struct block_request *req, int err)
{
	struct slot *s = req->priv;

	s->err = err;
	atomic_add(&s->done, 1);
	atomic_add(&slots_done, 1);
	waitq_wake_all(&slots_waitq);
}

/* Fill a request with random things, and bring the model up to date. */
static void
submit_random(struct slot *s, struct block_device *dev, uint32_t *random)
{
	enum block_op op = test_random(random) % 16 == 0 ? BLOCK_FLUSH
	    : test_random(random) % 2 != 0 ? BLOCK_WRITE : BLOCK_READ;
	uint64_t sector = test_random(random) % (SECTORS - SECTORS_MAX);
	size_t bytes = (1 + test_random(random) % SECTORS_MAX) * SECTOR_BYTES;
	size_t piece = (1 + test_random(random) % 8) * SECTOR_BYTES;
	char *at = model + sector * SECTOR_BYTES;

	s->req = block_request_alloc(dev, op, sector, SECTORS_MAX);
	kassert(s->req != NULL);
	for (size_t i = 0; op != BLOCK_FLUSH && i < bytes; i += piece)
		s->req->segments[s->req->segment_count++] =
		    (struct block_segment){va_to_pa(s->bytes + i),
			(uint32_t)MIN(piece, bytes - i)};
	if (op == BLOCK_WRITE) {
		for (size_t i = 0; i < bytes; i += SECTOR_BYTES) {
			uint32_t value = test_random(random);

			memset(s->bytes + i, (int)value, SECTOR_BYTES);
			memcpy(s->bytes + i, &value, sizeof(value));
		}
		memcpy(at, s->bytes, bytes);
		s->req->flags = test_random(random) % 8 == 0 ? BLOCK_FUA : 0;
	} else if (op == BLOCK_READ) {
		memcpy(s->expected, at, bytes);
		memset(s->bytes, 0, bytes);
	}
	s->done = 0;
	s->req->done = slot_done;
	s->req->priv = s;
	block_submit(s->req);
}

/* Did the request end as it must?  Frees it. */
static void
check_slot(struct slot *s, bool errors)
{
	size_t bytes = s->req->sectors * SECTOR_BYTES;

	ktest_check(s->done == 1);
	ktest_check(errors || s->err == 0);
	ktest_check(errors || s->req->op != BLOCK_READ ||
	    memcmp(s->bytes, s->expected, bytes) == 0);
	block_request_free(s->req);
}

static void
behave_randomly(struct fake_disk *f, bool errors, bool mute, uint32_t *random)
{
	struct fake_behaviour how = {
	    .delay_ns = test_random(random) % (30 * NS_PER_USEC),
	    .busy_above = test_random(random) % 4,
	    .backwards = test_random(random) % 2 != 0,
	    .mute = mute,
	    .reset_heals = true,
	    .bad_sector = errors ? test_random(random) % SECTORS : 0,
	    .writes_fail = errors && test_random(random) % 8 == 0,
	};

	/* Nothing is under way. */
	f->how = how;
	f->disk.can_fua = test_random(random) % 2 != 0;
}

static void
run_random(struct fake_disk *f, bool errors, uint32_t seed)
{
	struct block_device *dev = fake_disk_register(f);
	uint32_t random = seed;

	model = kzalloc(SECTORS * SECTOR_BYTES);
	for (unsigned round = 0; round < ROUNDS; round++) {
		behave_randomly(f, errors, errors && round % 8 == 3,
		    &random);
		slots_done = 0;
		for (unsigned i = 0; i < SLOTS; i++) {
			submit_random(&slots[i], dev, &random);
			if (test_random(&random) % 8 == 0)
				block_kick(dev);
		}
		block_kick(dev);
		wait_event(&slots_waitq, atomic_load(&slots_done) >= SLOTS);
		for (unsigned i = 0; i < SLOTS; i++)
			check_slot(&slots[i], errors);
	}
	ktest_check(errors ||
	    memcmp(model, f->bytes, SECTORS * SECTOR_BYTES) == 0);
	ktest_check(f->broken_limits == 0 && dev->stats.in_flight == 0);
	ktest_check(errors == (f->resets > 0));
	kfree(model);
	fake_disk_end(f);
}

KTEST(block_random_requests_in_order)
{
	static const struct {
		unsigned depth, segments, sectors;
		uint32_t boundary;
	} limits[] = {{1, 64, 256, 0}, {8, 64, 256, 65536}, {3, 1, 8, 0},
	    {4, 5, 11, 4096}, {8, 2, 8, 512}};
	struct page *pages = page_alloc(7, 0);
	char *va = page_va(pages);
	struct fake_disk *f;

	for (unsigned i = 0; i < SLOTS; i++) {
		slots[i].bytes = va;
		va += SECTORS_MAX * SECTOR_BYTES;
		slots[i].expected = kmalloc(SECTORS_MAX * SECTOR_BYTES);
		kassert(slots[i].expected != NULL);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(limits); i++) {
		for (unsigned errors = 0; errors <= i % 2; errors++) {
			f = fake_disk_create(SECTORS);
			f->disk.depth = limits[i].depth;
			f->disk.max_segments = limits[i].segments;
			f->disk.max_sectors = limits[i].sectors;
			f->disk.segment_boundary = limits[i].boundary;
			if (errors)
				f->disk.timeout_ns = FAKE_TIMEOUT_NS / 8;
			run_random(f, errors, i + 1);
		}
	}
	for (unsigned i = 0; i < SLOTS; i++)
		kfree(slots[i].expected);
	page_free(pages);
}
