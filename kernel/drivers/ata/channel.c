/* channel.c - who uses an ATA channel, and what when a command does not end.
 *
 * Layer: drivers   Called by: the block layer (struct disk_ops), interrupts,
 *                  pci.c
 *
 * Two disks, each with a queue of its own, share one channel, which does one
 * command at a time.  So start() refuses a transfer while the other drive has
 * the channel, notes that (stalled), and the channel is kept for that drive
 * when it is free (turn): otherwise the longer queue would have it for ever.
 *
 *	start(A) -> A is active          start(B) -> -EBUSY, B is stalled
 *	interrupt: A is done, it is B's turn
 *	           A's queue starts its next -> -EBUSY, A is stalled
 *	           B's queue tries again -> B is active
 *
 * Lock order: disk->lock, channel->lock.  An interrupt finds the disk by
 * ch->active, takes both and looks again.
 *
 * What may go wrong, and who notices:
 *	the drive says so              the interrupt: EIO, a message
 *	an interrupt gets lost         the timer, after LOST_NS: goes on
 *	DMA fails                      tried again; after DMA_FAILURES, with PIO
 *	no answer, or never ready      the queue, after its time: ata_reset
 *
 * Invariants:
 * (1) The channel has an active command, or is polled by a thread, or neither.
 * (2) It is somebody's turn only while nobody uses the channel.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/ata/internal.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/format.h"
#include "sched/clock.h"

#define LOST_NS      NS_PER_SEC          /* an interrupt that late is lost */
#define POLL_NS      (10 * NS_PER_MSEC)
#define MESSAGE_NS   NS_PER_SEC          /* between messages of a drive */
#define DMA_FAILURES 3                   /* in a row, then PIO */

#define MINORS       64                  /* of a disk: it and its partitions */
#define MAX_SECTORS  2048
#define MAX_SECTORS_28 256
#define MAX_SEGMENTS 256

/* ---- Messages -------------------------------------------------------- */

/* May a message about this drive be printed now?  Counts those that not. */
static bool
may_say(struct ata_drive *drive)
{
	uint64_t now_ns = clock_ns();

	kassert(spin_held(&drive->channel->lock));
	if (now_ns < drive->quiet_ns) {
		drive->unsaid++;
		return false;
	}
	drive->quiet_ns = now_ns + MESSAGE_NS;
	if (drive->unsaid > 0)
		pr_warn("%s: %u messages left out", drive->disk.name,
		    drive->unsaid);
	drive->unsaid = 0;
	return true;
}

/* Say what has failed.  Locks: ch->lock held. */
static void
say_failed(struct ata_channel *ch, uint8_t status, uint8_t error)
{
	const struct disk_transfer *t = ch->transfer;

	if (may_say(ch->active))
		pr_err("%s: %s, %lu sectors at %lu: failed, status %02x, "
		    "error %02x", ch->active->disk.name,
		    ata_command_name(ch->command), (unsigned long)t->sectors,
		    (unsigned long)t->sector, status, error);
}

/* ---- Commands -------------------------------------------------------- */

/* Have the drive looked at when an interrupt should have come, or when it may
 * be ready.  Locks: ch->lock held. */
static void
watch(struct ata_channel *ch)
{
	bool polled = ata_command_polled(ch);

	kassert(spin_held(&ch->lock) && ch->active != NULL);
	ch->check_ns = clock_ns() + (polled ? POLL_NS : LOST_NS);
	if (ch->timer_set && !polled)
		return; /* when it fires, it will be set for check_ns */
	ch->timer_set = true;
	timer_start(&ch->timer, ch->check_ns);
}

/* A DMA has failed: after several, do without.  Locks: ch->lock held. */
static void
dma_failed(struct ata_drive *drive)
{
	if (++drive->dma_failures < DMA_FAILURES || !drive->dma)
		return;
	drive->dma = false;
	pr_warn("%s: DMA does not work: using PIO", drive->disk.name);
}

/* Go on with the active command.  Returns true if it has ended, with *err.
 * progress: something has happened.  Locks: ch->lock held. */
static bool
command_advance(struct ata_channel *ch, int *err, bool *progress)
{
	struct ata_drive *drive = ch->active;
	uint8_t status;
	uint8_t error;
	enum ata_outcome outcome = ata_command_advance(ch, &status, &error);

	*progress = outcome != ATA_WAIT;
	*err = 0;
	switch (outcome) {
	case ATA_WAIT:
		return false;
	case ATA_PROGRESS:
		watch(ch);
		return false;
	case ATA_DONE:
		if (ch->dma)
			drive->dma_failures = 0;
		return true;
	case ATA_DMA_FAILED:
		say_failed(ch, status, error);
		dma_failed(drive);
		ata_command_issue(ch);
		watch(ch);
		return false;
	case ATA_FAILED:
		break;
	}
	say_failed(ch, status, error);
	*err = -EIO;
	return true;
}

/* Nobody uses the channel any more; last did.  Locks: ch->lock held. */
static void
channel_free(struct ata_channel *ch, struct ata_drive *last)
{
	struct ata_drive *other = &ch->drives[last->unit ^ 1];

	kassert(spin_held(&ch->lock) && ch->turn == NULL); /* (2) */
	ch->transfer = NULL;
	ch->turn = other->stalled ? other : NULL;
	atomic_store(&ch->active, NULL);
}

/* Have the queue of the drive whose turn it is try again.  Called when the
 * channel has become free; last had it.  Locks: none held. */
static void
channel_pass_on(struct ata_channel *ch, struct ata_drive *last)
{
	struct ata_drive *other = &ch->drives[last->unit ^ 1];
	uint64_t flags;
	bool unused;

	if (atomic_load(&ch->turn) != other)
		return;
	disk_unlock(&other->disk, disk_lock(&other->disk));
	/* It may want nothing now: what had waited has failed. */
	flags = spin_lock_irq(&ch->lock);
	unused = ch->turn == other;
	if (unused) {
		ch->turn = NULL;
		other->stalled = false;
	}
	spin_unlock_irq(&ch->lock, flags);
	if (unused)
		disk_unlock(&last->disk, disk_lock(&last->disk));
}

/* See how the active command gets on, and end it if it has.
 * Returns true if something had happened.  Any context. */
static bool
channel_service(struct ata_channel *ch)
{
	struct ata_drive *drive = atomic_load(&ch->active);
	struct disk_transfer *done = NULL;
	bool progress = false;
	int err = 0;
	uint64_t flags;

	if (drive == NULL) {
		ata_read(ch, ATA_STATUS); /* takes the interrupt back */
		return false;
	}
	flags = disk_lock(&drive->disk);
	spin_lock_irqs_off(&ch->lock);
	if (ch->active == drive && command_advance(ch, &err, &progress)) {
		done = ch->transfer;
		channel_free(ch, drive);
	}
	spin_unlock_irqs_off(&ch->lock);
	if (done != NULL)
		disk_transfer_done(&drive->disk, done, err);
	disk_unlock(&drive->disk, flags);
	if (done != NULL)
		channel_pass_on(ch, drive);
	return progress;
}

void
ata_channel_irq(void *arg)
{
	channel_service(arg);
}

/* The timer's function: has an interrupt been lost? */
static void
channel_check(void *arg)
{
	struct ata_channel *ch = arg;
	uint64_t flags = spin_lock_irq(&ch->lock);
	struct ata_drive *drive = ch->active;
	bool due = drive != NULL && clock_ns() >= ch->check_ns;
	bool lost = due && !ata_command_polled(ch);

	ch->timer_set = false;
	if (due)
		watch(ch); /* if it has nothing to say this time either */
	spin_unlock_irq(&ch->lock, flags);
	lost = due && channel_service(ch) && lost;
	flags = spin_lock_irq(&ch->lock);
	if (lost && may_say(drive))
		pr_warn("%s: an interrupt was lost", drive->disk.name);
	if (ch->active != NULL && !ch->timer_set) {
		ch->timer_set = true;
		timer_start(&ch->timer, ch->check_ns);
	}
	spin_unlock_irq(&ch->lock, flags);
}

/* ---- Operations of a disk -------------------------------------------- */

static int
ata_start(struct disk *disk, struct disk_transfer *t)
{
	struct ata_drive *drive = disk->priv;
	struct ata_channel *ch = drive->channel;
	int err = 0;

	kassert(spin_held(&disk->lock) && drive->present);
	spin_lock_irqs_off(&ch->lock);
	kassert(!ch->polled || ch->active == NULL); /* (1) */
	if (ch->active != NULL || ch->polled ||
	    (ch->turn != NULL && ch->turn != drive)) {
		drive->stalled = true;
		err = -EBUSY;
	} else {
		drive->stalled = false;
		ch->turn = NULL;
		ch->transfer = t;
		atomic_store(&ch->active, drive);
		ata_command_issue(ch);
		watch(ch);
	}
	spin_unlock_irqs_off(&ch->lock);
	return err;
}

/* Take the channel away from the active drive for polled commands.
 * Returns false if drive does not have it: it only waits for its turn. */
static bool
channel_take(struct ata_channel *ch, struct ata_drive *drive)
{
	uint64_t flags = spin_lock_irq(&ch->lock);
	bool take = ch->active == drive;

	if (take) {
		pr_warn("%s: %s, %lu sectors at %lu: no answer, status %02x",
		    drive->disk.name, ata_command_name(ch->command),
		    (unsigned long)ch->transfer->sectors,
		    (unsigned long)ch->transfer->sector,
		    ata_read(ch, ATA_ALT_STATUS));
		ata_write(ch, ATA_BM_COMMAND, 0); /* touches no memory now */
		if (ch->dma)
			dma_failed(drive);
		ch->polled = true;
		ch->transfer = NULL;
		atomic_store(&ch->active, NULL);
	}
	drive->stalled = false;
	spin_unlock_irq(&ch->lock, flags);
	return take;
}

/* Polled commands are over; drive had wanted them. */
static void
channel_give_back(struct ata_channel *ch, struct ata_drive *drive)
{
	uint64_t flags = spin_lock_irq(&ch->lock);

	ch->polled = false;
	channel_free(ch, drive);
	spin_unlock_irq(&ch->lock, flags);
}

static int
ata_reset(struct disk *disk)
{
	struct ata_drive *drive = disk->priv;
	struct ata_channel *ch = drive->channel;
	int err;

	kassert(may_sleep());
	if (!channel_take(ch, drive))
		return 0;
	err = ata_channel_reset(ch, drive);
	channel_give_back(ch, drive);
	channel_pass_on(ch, drive);
	return err;
}

static const struct disk_ops ata_disk_ops = {
	.start = ata_start,
	.reset = ata_reset,
};

/* ---- Bringing up ----------------------------------------------------- */

/* Fill what does not depend on the drive. */
static void
disk_prepare(struct ata_channel *ch, unsigned unit, const char *first,
    unsigned major)
{
	struct ata_drive *drive = &ch->drives[unit];
	struct disk *disk = &drive->disk;

	drive->channel = ch;
	drive->unit = unit;
	snprintf(disk->name, sizeof(disk->name), "%.2s%c", first,
	    first[2] + (int)unit);
	disk->number = ABI_MKDEV(major, unit * MINORS);
	disk->max_partitions = MINORS - 1;
	disk->max_segments = MAX_SEGMENTS;
	disk->depth = 1;
	disk->segment_boundary = PRD_BOUNDARY;
	disk->ops = &ata_disk_ops;
	disk->priv = drive;
}

void
ata_channel_start(struct ata_channel *ch, const char *first, unsigned major,
    bool may_dma)
{
	spin_init(&ch->lock, "ata channel", RANK_ATA);
	timer_init(&ch->timer, channel_check, ch);
	ch->selected = ATA_DRIVES;
	ch->polled = true;
	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		struct ata_drive *drive = &ch->drives[i];

		disk_prepare(ch, i, first, major);
		drive->present = ata_drive_probe(drive, may_dma);
		drive->disk.max_sectors = drive->lba48 ? MAX_SECTORS
						       : MAX_SECTORS_28;
	}
	channel_give_back(ch, &ch->drives[0]);
	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		struct disk *disk = &ch->drives[i].disk;

		if (ch->drives[i].present && disk_register(disk) != 0)
			pr_err("%s: no memory for its queue", disk->name);
	}
}
