/* disk.c - the block layer of the kernel's world: a disk that is an array.
 *
 * Layer: tests/host/fs   Called by: kernel/fs (bdev, buffer, journal, ext2)
 *
 * A request is done at once, or (deferred) when somebody waits, in any order,
 * so that code which relies on an order that it did not ask for is found out.
 * done() is called as if by an interrupt: it may not sleep.
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "drivers/block/block.h"
#include "host.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/waitq.h"
#include "world.h"


static struct world_disk disk;
static struct block_device device = {.name = "td"};
static struct list pending = LIST_INIT(pending);
static unsigned pending_count;
static uint64_t random_state;
static uint64_t requests;
static struct waitq executed = WAITQ_INIT(executed, "block request");

void
world_disk_init(void)
{
	device.number = (dev_t)WORLD_DISK_MAJOR << 8;
}

void
world_disk_set(const struct world_disk *new)
{
	kassert(pending_count == 0);
	disk = *new;
	device.sectors = disk.size >> SECTOR_SHIFT;
	device.read_only = disk.read_only;
	random_state = disk.seed;
}

uint64_t
world_disk_requests(void)
{
	return requests;
}

/* Is it allowed, and does it work? */
static int
check(enum block_op op, uint64_t sector, uint64_t bytes)
{
	if (bytes % SECTOR_BYTES != 0)
		panic("a request of %lu bytes", bytes);
	if (sector > device.sectors ||
	    bytes > (device.sectors - sector) << SECTOR_SHIFT)
		return -ENXIO;
	if (op == BLOCK_WRITE && device.read_only)
		return -EROFS;
	if (disk.fault != NULL && op != BLOCK_FLUSH)
		return disk.fault(op == BLOCK_WRITE, sector << SECTOR_SHIFT,
		    bytes);
	return 0;
}

/* Move bytes between the disk and va. */
static void
move(enum block_op op, uint64_t at, void *va, size_t n, unsigned flags)
{
	if (op == BLOCK_READ) {
		memcpy(va, disk.bytes + at, n);
		return;
	}
	memcpy(disk.bytes + at, va, n);
	if (disk.wrote != NULL)
		disk.wrote(at, disk.bytes + at, n, flags & BLOCK_FUA);
}

/* Carry out a request; returns its error. */
static int
carry_out(struct block_request *req)
{
	uint64_t at = req->sector << SECTOR_SHIFT;
	uint64_t bytes = 0;
	int err;

	if (req->op == BLOCK_FLUSH) {
		if (disk.flush != NULL)
			disk.flush();
		return 0;
	}
	for (unsigned i = 0; i < req->segment_count; i++)
		bytes += req->segments[i].bytes;
	kassert(bytes > 0);
	req->sectors = bytes >> SECTOR_SHIFT;
	err = check(req->op, req->sector, bytes);
	if (err != 0)
		return err;
	for (unsigned i = 0; i < req->segment_count; i++) {
		const struct block_segment *s = &req->segments[i];

		kassert(s->pa % SECTOR_BYTES == 0);
		move(req->op, at, pa_to_va(s->pa), s->bytes, req->flags);
		at += s->bytes;
	}
	return 0;
}

static void
finish(struct block_request *req)
{
	int err = carry_out(req);
	uint64_t irq_flags = irq_save();

	requests++;
	host_cpu.irq_depth++;
	req->done(req, err);
	host_cpu.irq_depth--;
	irq_restore(irq_flags);
}

/* The next number of a sequence that the seed decides. */
static unsigned
next_random(unsigned limit)
{
	random_state = random_state * 6364136223846793005ull +
	    1442695040888963407ull;
	return (unsigned)(random_state >> 33) % limit;
}

/* Must req wait for an earlier one, to the same sectors? */
static bool
must_wait(const struct block_request *req)
{
	uint64_t end = req->sector;

	for (unsigned i = 0; i < req->segment_count; i++)
		end += req->segments[i].bytes >> SECTOR_SHIFT;
	list_for_each(r, &pending, struct block_request, link) {
		uint64_t r_end = r->sector;

		if (r == req)
			return false;
		for (unsigned i = 0; i < r->segment_count; i++)
			r_end += r->segments[i].bytes >> SECTOR_SHIFT;
		if (r->sector < end && req->sector < r_end)
			return true;
	}
	return false;
}

/* Take any request that was put off.  A flush may come before writes that were
 * submitted earlier and nobody waited for: it does not mean them. */
bool
world_disk_complete(void)
{
	struct block_request *chosen = NULL;
	unsigned n = 0;

	if (pending_count == 0)
		return false;
	list_for_each(req, &pending, struct block_request, link) {
		if (!must_wait(req) && next_random(++n) == 0)
			chosen = req;
	}
	list_remove(&chosen->link);
	pending_count--;
	finish(chosen);
	return true;
}

/* ---- block.h ---------------------------------------------------------- */

struct block_request *
block_request_alloc(struct block_device *dev, enum block_op op,
    uint64_t sector, unsigned max_segments)
{
	struct block_request *req = kzalloc(sizeof(*req) +
	    max_segments * sizeof(struct block_segment));

	if (req == NULL)
		return NULL;
	req->dev = dev;
	req->op = op;
	req->sector = sector;
	req->segments = (struct block_segment *)(req + 1);
	list_init(&req->link);
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
	struct block_segment *last = &req->segments[req->segment_count];

	if (req->segment_count > 0 && last[-1].pa + last[-1].bytes == pa)
		last[-1].bytes += bytes;
	else
		req->segments[req->segment_count++] =
		    (struct block_segment){pa, bytes};
}

void
block_submit(struct block_request *req)
{
	kassert(req->dev == &device && req->done != NULL);
	if (!disk.deferred) {
		finish(req);
		return;
	}
	list_init(&req->link);
	list_add_tail(&pending, &req->link);
	pending_count++;
}

void
block_kick(struct block_device *dev)
{
	(void)dev;
}

/* Where block_execute() waits. */
struct execution {
	bool done;
	int err;
};

static void
execution_done(struct block_request *req, int err)
{
	struct execution *e = req->priv;

	e->err = err;
	e->done = true;
	waitq_wake_all(&executed);
}

int
block_execute(struct block_request *req)
{
	struct execution e = {0};

	req->done = execution_done;
	req->priv = &e;
	block_submit(req);
	wait_event(&executed, e.done);
	return e.err;
}

int
block_transfer(struct block_device *dev, enum block_op op, uint64_t sector,
    void *va, size_t bytes, unsigned flags)
{
	int err;

	kassert(dev == &device && may_sleep());
	err = check(op, sector, bytes);
	requests++;
	if (err == 0)
		move(op, sector << SECTOR_SHIFT, va, bytes, flags);
	return err;
}

int
block_flush(struct block_device *dev)
{
	struct block_request req = {.dev = dev, .op = BLOCK_FLUSH};

	list_init(&req.link);
	return block_execute(&req);
}

struct block_device *
block_find(dev_t number)
{
	return number == device.number ? &device : NULL;
}

struct block_device *
block_find_name(const char *name)
{
	return strcmp(name, device.name) == 0 ? &device : NULL;
}

struct block_device *
block_next(struct block_device *dev)
{
	return dev == NULL ? &device : NULL;
}

/* The disk has no partitions. */
int
block_rescan(struct block_device *dev)
{
	(void)dev;
	return 0;
}

void
block_announce(struct block_device *dev)
{
	(void)dev;
}
