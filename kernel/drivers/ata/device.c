/* device.c - which drives an ATA channel has, and resetting them.
 *
 * Layer: drivers   Called by: channel.c
 * Source: [ATA] "IDENTIFY DEVICE", "Software reset protocol",
 *         "Signature and persistence"
 *
 * Commands here are polled, with the drives' interrupts off, by a thread that
 * has the channel for itself.  Every wait is bounded.  The transfer mode (the
 * timing on the cable) stays as the firmware has set it.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/ata/internal.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "sched/clock.h"
#include "sched/waitq.h"

#define PROBE_NS     NS_PER_SEC       /* firmware has waited for spin-up */
#define RESET_NS     (3 * NS_PER_SEC)
#define SRST_HOLD_NS (5 * NS_PER_USEC)
#define SRST_WAIT_NS (2 * NS_PER_MSEC)
#define SETTLE_READS 4                /* 400 ns */
#define SPINS        256              /* before we sleep between looks */
#define POLL_NS      NS_PER_MSEC

/* What ATA_LBA_MID and _HIGH hold when a packet device refuses IDENTIFY. */
#define SIGNATURE_PACKET_MID  0x14
#define SIGNATURE_PACKET_HIGH 0xeb

/* Words of IDENTIFY DEVICE. */
#define IDENTIFY_WORDS 256
#define ID_MODEL       27
#define ID_MODEL_WORDS 20
#define ID_MULTIPLE    47
#define ID_MULTIPLE_MAX 0xff
#define ID_CAPS        49
#define CAPS_DMA       BIT(8)
#define CAPS_LBA       BIT(9)
#define ID_LBA28       60
#define ID_FEATURES    83
#define FEATURES_VALID (BIT(15) | BIT(14)) /* 01: the word holds something */
#define FEATURES_LBA48 BIT(10)
#define FEATURES_FLUSH BIT(12)
#define FEATURES_FLUSH_EXT BIT(13)
#define ID_FEATURES2   84
#define FEATURES2_FUA  BIT(6)
#define ID_LBA48       100
#define ID_SECTOR      106
#define SECTOR_LONG    BIT(12)

#define MULTIPLE_MAX   16

enum what {
	NOTHING,
	DISK,
	PACKET, /* a CD drive or such */
};

/* ---- Polled commands ------------------------------------------------- */

/* Wait until the selected drive is not busy.  May sleep.
 * Returns 0, *status; -ENXIO: there is none; -ETIMEDOUT. */
static int
wait_ready(struct ata_channel *ch, uint64_t limit_ns, uint8_t *status)
{
	uint64_t deadline_ns = clock_ns() + limit_ns;

	for (unsigned i = 0;; i++) {
		*status = ata_read(ch, ATA_ALT_STATUS);
		if (*status == STATUS_NONE)
			return -ENXIO;
		if ((*status & STATUS_BUSY) == 0)
			return 0;
		if (clock_ns() > deadline_ns)
			return -ETIMEDOUT;
		if (i >= SPINS)
			thread_sleep_until(clock_ns() + POLL_NS,
			    WAIT_UNINTERRUPTIBLE);
	}
}

/* Do a command with that count; words: room for the sector that it answers, or
 * NULL: it has no data.  May sleep.
 * Returns 0; -ENXIO: no drive; -ETIMEDOUT; -EIO: refused. */
static int
poll_command(struct ata_drive *drive, enum ata_command command, uint8_t count,
    uint16_t *words)
{
	struct ata_channel *ch = drive->channel;
	uint8_t status;
	int err;

	kassert(ch->polled && may_sleep());
	ata_select(ch, drive->unit);
	err = wait_ready(ch, PROBE_NS, &status);
	if (err != 0)
		return err;
	ata_write(ch, ATA_COUNT, count);
	ata_write(ch, ATA_STATUS, command);
	for (unsigned i = 0; i < SETTLE_READS; i++)
		ata_read(ch, ATA_ALT_STATUS);
	err = wait_ready(ch, PROBE_NS, &status);
	if (err != 0)
		return err;
	if (status == 0)
		return -ENXIO;
	if ((status & (STATUS_ERROR | STATUS_FAULT)) != 0 ||
	    ((status & STATUS_DRQ) != 0) != (words != NULL))
		return -EIO;
	if (words != NULL)
		ch->ports->read_data(ch, words, 1);
	ata_read(ch, ATA_STATUS);
	return 0;
}

/* ---- What is there --------------------------------------------------- */

/* Ask the drive what it is; words: its answer.  May sleep.
 * Returns 0, *what; -ETIMEDOUT: it stays busy. */
static int
identify(struct ata_drive *drive, uint16_t *words, enum what *what)
{
	struct ata_channel *ch = drive->channel;
	int err;

	*what = NOTHING;
	ata_select(ch, drive->unit);
	if (ata_read(ch, ATA_ALT_STATUS) == 0)
		return 0;
	err = poll_command(drive, IDENTIFY_DEVICE, 0, words);
	if (err == 0)
		*what = DISK;
	if (err == -EIO && ata_read(ch, ATA_LBA_MID) == SIGNATURE_PACKET_MID &&
	    ata_read(ch, ATA_LBA_HIGH) == SIGNATURE_PACKET_HIGH) {
		err = poll_command(drive, IDENTIFY_PACKET_DEVICE, 0, words);
		if (err == 0)
			*what = PACKET;
	}
	return err == -ETIMEDOUT ? err : 0;
}

/* Does word i of features have this bit, and hold something at all? */
static bool
has_feature(const uint16_t *words, unsigned i, uint64_t bit)
{
	return (words[i] & FEATURES_VALID) == BIT(14) && (words[i] & bit) != 0;
}

/* How many sectors the drive has, addressed as is best. */
static uint64_t
sectors_of(const uint16_t *words)
{
	if (has_feature(words, ID_FEATURES, FEATURES_LBA48))
		return words[ID_LBA48] | (uint64_t)words[ID_LBA48 + 1] << 16 |
		    (uint64_t)words[ID_LBA48 + 2] << 32;
	return words[ID_LBA28] | (uint64_t)words[ID_LBA28 + 1] << 16;
}

/* The model: two characters a word, the first in the high byte, padded with
 * spaces. */
static void
model_of(const uint16_t *words, char model[2 * ID_MODEL_WORDS + 1])
{
	unsigned end = 0;

	for (unsigned i = 0; i < 2 * ID_MODEL_WORDS; i++) {
		uint16_t word = words[ID_MODEL + i / 2];
		char c = (char)(i % 2 == 0 ? word >> 8 : word);

		model[i] = c > ' ' && c <= '~' ? c : ' ';
		if (model[i] != ' ')
			end = i + 1;
	}
	model[end] = '\0';
}

/* Why we cannot use a disk, or NULL. */
static const char *
unusable(const uint16_t *words)
{
	if ((words[ID_CAPS] & CAPS_LBA) == 0)
		return "has no LBA";
	if (has_feature(words, ID_SECTOR, SECTOR_LONG))
		return "its sectors are longer than 512 bytes";
	if (sectors_of(words) == 0)
		return "has no sectors";
	return NULL;
}

/* Let an interrupt of PIO stand for several sectors, if the drive can. */
static void
set_multiple(struct ata_drive *drive, const uint16_t *words)
{
	unsigned multiple = MIN(words[ID_MULTIPLE] & ID_MULTIPLE_MAX,
	    MULTIPLE_MAX);

	if (multiple > 0 && poll_command(drive, SET_MULTIPLE_MODE,
	    (uint8_t)multiple, NULL) != 0)
		multiple = 0;
	drive->multiple = multiple;
}

/* Fill drive and disk from what the drive says. */
static void
describe(struct ata_drive *drive, const uint16_t *words, bool may_dma)
{
	struct disk *disk = &drive->disk;
	bool flush = has_feature(words, ID_FEATURES, FEATURES_FLUSH);

	drive->lba48 = has_feature(words, ID_FEATURES, FEATURES_LBA48);
	drive->flush_ext = has_feature(words, ID_FEATURES, FEATURES_FLUSH_EXT);
	drive->dma = may_dma && (words[ID_CAPS] & CAPS_DMA) != 0;
	disk->sectors = sectors_of(words);
	disk->can_flush = flush || drive->flush_ext;
	/* PIO may be needed for any transfer, and can it only so. */
	disk->can_fua = drive->lba48 && drive->multiple > 0 &&
	    has_feature(words, ID_FEATURES2, FEATURES2_FUA);
}

bool
ata_drive_probe(struct ata_drive *drive, bool may_dma)
{
	struct ata_channel *ch = drive->channel;
	const char *name = drive->disk.name;
	uint16_t words[IDENTIFY_WORDS];
	char model[2 * ID_MODEL_WORDS + 1];
	enum what what;

	ata_write(ch, ATA_ALT_STATUS, CONTROL_NIEN);
	if (identify(drive, words, &what) != 0)
		pr_warn("%s: busy all the time: left alone", name);
	if (what != NOTHING)
		model_of(words, model);
	if (what == PACKET)
		pr_info("%s: %s: a packet device, not used", name, model);
	if (what == DISK && unusable(words) != NULL) {
		pr_warn("%s: %s: not used: %s", name, model, unusable(words));
		what = NOTHING;
	}
	if (what == DISK) {
		set_multiple(drive, words);
		describe(drive, words, may_dma);
		pr_info("%s: %s, %s, %s%s", name, model, drive->lba48 ? "LBA48"
		    : "LBA28", drive->dma ? "DMA" : "PIO",
		    drive->disk.can_fua ? ", FUA" : "");
	}
	ata_write(ch, ATA_ALT_STATUS, 0);
	return what == DISK;
}

/* ---- Reset ----------------------------------------------------------- */

/* Is this drive, just reset, still what it was?  Makes it ready. */
static int
drive_revive(struct ata_drive *drive)
{
	uint16_t words[IDENTIFY_WORDS];
	uint8_t status;
	enum what what;

	ata_select(drive->channel, drive->unit);
	if (wait_ready(drive->channel, RESET_NS, &status) != 0 ||
	    identify(drive, words, &what) != 0 || what != DISK ||
	    sectors_of(words) != drive->disk.sectors)
		return -EIO;
	if (drive->multiple > 0)
		set_multiple(drive, words);
	return 0;
}

int
ata_channel_reset(struct ata_channel *ch, struct ata_drive *drive)
{
	int result = -EIO;

	ata_write(ch, ATA_ALT_STATUS, CONTROL_NIEN | CONTROL_SRST);
	tsc_delay_ns(SRST_HOLD_NS);
	ata_write(ch, ATA_ALT_STATUS, CONTROL_NIEN);
	thread_sleep_until(clock_ns() + SRST_WAIT_NS, WAIT_UNINTERRUPTIBLE);
	ch->selected = ATA_DRIVES;
	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		int err;

		if (!ch->drives[i].present)
			continue;
		err = drive_revive(&ch->drives[i]);
		if (&ch->drives[i] == drive)
			result = err;
	}
	ata_write(ch, ATA_ALT_STATUS, 0);
	ata_read(ch, ATA_STATUS);
	return result;
}
