/* fake_disk.c - a disk of memory that does what a test tells it to.
 *
 * Layer: tests   Called by: test_block.c, test_partition.c, test_bdev.c
 *
 * SPDX-License-Identifier: MIT */
#include "fake_disk.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "drivers/chardev.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/clock.h"
#include "sched/waitq.h"
#include "x86/paging.h"

#define MAX_SECTORS 256

static unsigned disks; /* [t] tests run one after the other */

static struct fake_disk *
fake(struct disk *disk)
{
	return container_of(disk, struct fake_disk, disk);
}

/* Is t what this disk may be given? */
static bool
is_legal(const struct disk *disk, const struct disk_transfer *t)
{
	uint64_t bytes = 0;
	uint64_t boundary = disk->segment_boundary;

	if (t->op == BLOCK_FLUSH)
		return disk->can_flush && t->sectors == 0;
	for (unsigned i = 0; i < t->segment_count; i++) {
		const struct block_segment *s = &t->segments[i];

		bytes += s->bytes;
		if (s->bytes == 0 || !IS_ALIGNED(s->bytes, SECTOR_BYTES))
			return false;
		if (boundary != 0 && s->pa / boundary !=
		    (s->pa + s->bytes - 1) / boundary)
			return false;
	}
	return t->segment_count > 0 && t->segment_count <= disk->max_segments &&
	    t->sectors <= disk->max_sectors &&
	    bytes == t->sectors * SECTOR_BYTES &&
	    t->sector + t->sectors <= disk->sectors &&
	    (disk->can_fua || (t->flags & BLOCK_FUA) == 0);
}

static int
fake_start(struct disk *disk, struct disk_transfer *t)
{
	struct fake_disk *f = fake(disk);

	kassert(spin_held(&disk->lock));
	if (f->count == FAKE_DEPTH ||
	    (f->how.busy_above != 0 && f->count >= f->how.busy_above))
		return -EBUSY;
	if (!is_legal(disk, t))
		f->broken_limits++;
	f->log[f->started % FAKE_LOG] = (struct fake_log){t->op, t->flags,
	    t->sector, t->sectors, t->segment_count};
	f->started++;
	f->flushes += t->op == BLOCK_FLUSH;
	if (f->how.start_error != 0)
		return f->how.start_error;
	f->has[f->count++] = t;
	if (!f->how.mute && !f->how.no_interrupt && f->count == 1)
		timer_start(&f->timer, clock_ns() + f->how.delay_ns);
	return 0;
}

/* Move the bytes.  Returns the result of the transfer. */
static int
execute(struct fake_disk *f, const struct disk_transfer *t)
{
	char *at = f->bytes + t->sector * SECTOR_BYTES;
	uint64_t bad = f->how.bad_sector;

	if (bad != 0 && bad >= t->sector && bad < t->sector + t->sectors)
		return -EIO;
	if (t->op == BLOCK_WRITE && f->how.writes_fail)
		return -EIO;
	for (unsigned i = 0; i < t->segment_count; i++) {
		const struct block_segment *s = &t->segments[i];

		if (t->op == BLOCK_READ)
			memcpy(pa_to_va(s->pa), at, s->bytes);
		else
			memcpy(at, pa_to_va(s->pa), s->bytes);
		at += s->bytes;
	}
	return 0;
}

/* One transfer is done.  Locks: disk->lock held. */
static void
finish_one(struct fake_disk *f)
{
	unsigned i = f->how.backwards ? f->count - 1 : 0;
	struct disk_transfer *t = f->has[i];

	f->count--;
	memmove(&f->has[i], &f->has[i + 1],
	    (f->count - i) * sizeof(f->has[0]));
	disk_transfer_done(&f->disk, t, execute(f, t));
}

/* The timer's function, as an interrupt handler. */
static void
fake_irq(void *arg)
{
	struct fake_disk *f = arg;
	uint64_t flags = disk_lock(&f->disk);

	if (f->count > 0 && !f->how.mute) {
		finish_one(f);
		if (f->count > 0)
			timer_start(&f->timer, clock_ns() + f->how.delay_ns);
	}
	disk_unlock(&f->disk, flags);
}

static void
fake_poll(struct disk *disk)
{
	struct fake_disk *f = fake(disk);

	kassert(spin_held(&disk->lock));
	while (f->count > 0 && f->how.no_interrupt)
		finish_one(f);
}

static int
fake_reset(struct disk *disk)
{
	struct fake_disk *f = fake(disk);
	uint64_t flags;

	timer_cancel(&f->timer);
	flags = spin_lock_irq(&disk->lock);
	f->count = 0;
	f->resets++;
	if (f->how.reset_heals)
		f->how.mute = false;
	spin_unlock_irq(&disk->lock, flags);
	thread_sleep_until(clock_ns() + NS_PER_MSEC, WAIT_UNINTERRUPTIBLE);
	return f->how.reset_error;
}

static const struct disk_ops fake_ops = {
    .start = fake_start,
    .reset = fake_reset,
    .poll = fake_poll,
};

struct fake_disk *
fake_disk_create(uint64_t sectors)
{
	struct fake_disk *f = kzalloc(sizeof(*f));
	size_t bytes = sectors * SECTOR_BYTES;

	if (f == NULL || (f->bytes = kzalloc(bytes)) == NULL)
		panic("no memory for a disk of the tests");
	snprintf(f->disk.name, sizeof(f->disk.name), "td%c",
	    (int)('a' + disks));
	f->disk.number = DEV_MAKE(FAKE_MAJOR, disks * FAKE_MINORS);
	f->disk.max_partitions = FAKE_MINORS - 1;
	f->disk.sectors = sectors;
	f->disk.can_flush = true;
	f->disk.max_segments = FAKE_LOG;
	f->disk.max_sectors = MAX_SECTORS;
	f->disk.depth = FAKE_DEPTH;
	f->disk.ops = &fake_ops;
	timer_init(&f->timer, fake_irq, f);
	disks++;
	return f;
}

struct block_device *
fake_disk_register(struct fake_disk *f)
{
	if (disk_register(&f->disk) != 0)
		panic("no memory to register a disk of the tests");
	f->started = 0;
	return f->disk.device;
}

void
fake_disk_end(struct fake_disk *f)
{
	/* From now on it answers nothing, and is given up at the first try. */
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	f->how.mute = true;
	f->how.reset_error = -EIO;
	kfree(f->bytes);
	f->bytes = NULL;
}
