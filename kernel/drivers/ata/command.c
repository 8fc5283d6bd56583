/* command.c - one ATA command that moves sectors or flushes, step by step.
 *
 * Layer: drivers   Called by: channel.c
 * Source: [ATA] "48-bit Address feature set", "Parallel interface
 *         protocol"; [BMIDE] 3.1 "Standard Programming Sequence"
 *
 *	DMA       command -> the controller moves all -> interrupt
 *	PIO in    command -> (interrupt -> we move a block) for each block
 *	PIO out   command -> no interrupt, DRQ: first block -> interrupt ->
 *	          next block ... -> interrupt after the last
 *	flush     command -> interrupt
 *
 * A block is a sector, with READ MULTIPLE up to drive->multiple of them.
 * The drive is not trusted: DRQ tells that it has data or wants some; that must
 * agree with what we have left to move, or the command has failed.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/ata/internal.h"

#include "debug/assert.h"
#include "sched/clock.h"
#include "x86/paging.h"

#define LBA28_SECTORS BIT(28)
#define LBA28_COUNT   256 /* sectors of a command; written as 0 */
#define LBA_BITS_24_27 0xf
#define SELECT_READS  4   /* of 100 ns: 400 ns until the status is valid */
#define BUSY_READS    256 /* of the status, at most, with a lock held */
#define DMA_LIMIT     BIT(32)

void
ata_select(struct ata_channel *ch, unsigned unit)
{
	kassert(spin_held(&ch->lock) || ch->polled);
	if (ch->selected == unit)
		return;
	ata_write(ch, ATA_DEVICE,
	    DEVICE_ONES | DEVICE_LBA | (unit != 0 ? DEVICE_1 : 0));
	for (unsigned i = 0; i < SELECT_READS; i++)
		ata_read(ch, ATA_ALT_STATUS);
	ch->selected = unit;
}

/* ---- Beginning ------------------------------------------------------- */

/* Describe the transfer to the bus master.  False: it cannot reach the
 * memory. */
static bool
dma_prepare(struct ata_channel *ch)
{
	const struct disk_transfer *t = ch->transfer;
	volatile struct ata_prd *prd = ch->prds;

	kassert(t->segment_count > 0 && t->segment_count <= PRDS);
	for (unsigned i = 0; i < t->segment_count; i++) {
		const struct block_segment *s = &t->segments[i];

		if (s->pa + s->bytes > DMA_LIMIT)
			return false;
		kassert(s->pa / PRD_BOUNDARY ==
		    (s->pa + s->bytes - 1) / PRD_BOUNDARY);
		prd[i].pa = (uint32_t)s->pa;
		prd[i].bytes = (uint16_t)s->bytes;
		prd[i].flags = i + 1 == t->segment_count ? PRD_LAST : 0;
	}
	ch->ports->set_prds(ch, (uint32_t)image_to_pa(ch->prds));
	ata_write(ch, ATA_BM_COMMAND, t->op == BLOCK_READ ? BM_TO_MEMORY : 0);
	ata_write(ch, ATA_BM_STATUS, BM_CAPABLE | BM_ERROR | BM_INTERRUPT);
	return true;
}

/* Must the address, or the count, have 48 bits? */
static bool
needs_ext(const struct disk_transfer *t)
{
	return t->sector + t->sectors > LBA28_SECTORS ||
	    t->sectors > LBA28_COUNT || (t->flags & BLOCK_FUA) != 0;
}

/* The command for a transfer. */
static enum ata_command
choose_command(const struct ata_drive *drive, const struct disk_transfer *t,
    bool dma, bool ext)
{
	if (t->op == BLOCK_FLUSH)
		return drive->flush_ext ? FLUSH_CACHE_EXT : FLUSH_CACHE;
	if (t->op == BLOCK_READ) {
		if (dma)
			return ext ? READ_DMA_EXT : READ_DMA;
		if (drive->multiple != 0)
			return ext ? READ_MULTIPLE_EXT : READ_MULTIPLE;
		return ext ? READ_SECTORS_EXT : READ_SECTORS;
	}
	if ((t->flags & BLOCK_FUA) != 0)
		return dma ? WRITE_DMA_FUA_EXT : WRITE_MULTIPLE_FUA_EXT;
	if (dma)
		return ext ? WRITE_DMA_EXT : WRITE_DMA;
	if (drive->multiple != 0)
		return ext ? WRITE_MULTIPLE_EXT : WRITE_MULTIPLE;
	return ext ? WRITE_SECTORS_EXT : WRITE_SECTORS;
}

/* Byte n of v, as a register takes it. */
static uint64_t
byte_of(uint64_t v, unsigned n)
{
	return v >> (8 * n);
}

/* Write where and how much.  A register for 48 bits is two deep: the high half
 * is written first. */
static void
write_address(struct ata_channel *ch, const struct ata_drive *drive, bool ext)
{
	const struct disk_transfer *t = ch->transfer;
	uint64_t device = DEVICE_ONES | DEVICE_LBA |
	    (drive->unit != 0 ? DEVICE_1 : 0);

	if (ext) {
		ata_write(ch, ATA_COUNT, byte_of(t->sectors, 1));
		ata_write(ch, ATA_LBA_LOW, byte_of(t->sector, 3));
		ata_write(ch, ATA_LBA_MID, byte_of(t->sector, 4));
		ata_write(ch, ATA_LBA_HIGH, byte_of(t->sector, 5));
	} else {
		device |= byte_of(t->sector, 3) & LBA_BITS_24_27;
	}
	ata_write(ch, ATA_COUNT, byte_of(t->sectors, 0));
	ata_write(ch, ATA_LBA_LOW, byte_of(t->sector, 0));
	ata_write(ch, ATA_LBA_MID, byte_of(t->sector, 1));
	ata_write(ch, ATA_LBA_HIGH, byte_of(t->sector, 2));
	ata_write(ch, ATA_DEVICE, device);
}

/* Move the next block of PIO. */
static void
move_block(struct ata_channel *ch)
{
	const struct disk_transfer *t = ch->transfer;
	unsigned block = MAX(ch->active->multiple, 1);
	unsigned count = (unsigned)MIN(ch->left, block);

	ch->left -= count;
	while (count > 0) {
		const struct block_segment *s = &t->segments[ch->segment];
		char *va = (char *)pa_to_va(s->pa) + ch->offset;
		unsigned n = MIN(count, (s->bytes - ch->offset) >>
		    SECTOR_SHIFT);

		kassert(ch->segment < t->segment_count && n > 0);
		if (t->op == BLOCK_READ)
			ch->ports->read_data(ch, va, n);
		else
			ch->ports->write_data(ch, va, n);
		count -= n;
		ch->offset += n << SECTOR_SHIFT;
		if (ch->offset == s->bytes) {
			ch->segment++;
			ch->offset = 0;
		}
	}
}

/* The status when the drive is no longer busy, or has been for so long that it
 * is not worth waiting. */
static uint8_t
status_settled(struct ata_channel *ch)
{
	uint8_t status = ata_read(ch, ATA_ALT_STATUS);

	for (unsigned i = 0; i < BUSY_READS && (status & STATUS_BUSY) != 0; i++)
		status = ata_read(ch, ATA_ALT_STATUS);
	return status;
}

/* The first block of PIO out: the drive says by DRQ alone that it wants it.
 * If that takes long, the timer looks for it. */
static void
first_block_out(struct ata_channel *ch)
{
	uint8_t status = status_settled(ch);

	ch->waits_for_drq = (status & (STATUS_BUSY | STATUS_DRQ)) != STATUS_DRQ;
	if (!ch->waits_for_drq)
		move_block(ch);
}

void
ata_command_issue(struct ata_channel *ch)
{
	struct ata_drive *drive = ch->active;
	const struct disk_transfer *t = ch->transfer;
	bool ext = needs_ext(t);

	kassert(spin_held(&ch->lock));
	ata_select(ch, drive->unit);
	ch->issued = (status_settled(ch) & (STATUS_BUSY | STATUS_DRQ)) == 0;
	ch->left = t->sectors;
	ch->segment = 0;
	ch->offset = 0;
	ch->waits_for_drq = false;
	ch->dma = t->op != BLOCK_FLUSH && drive->dma && ch->issued &&
	    dma_prepare(ch);
	ch->command = choose_command(drive, t, ch->dma, ext);
	if (!ch->issued)
		return;
	if (t->op != BLOCK_FLUSH)
		write_address(ch, drive, ext);
	ata_write(ch, ATA_STATUS, ch->command);
	if (ch->dma) {
		ata_write(ch, ATA_BM_COMMAND, BM_START |
		    (t->op == BLOCK_READ ? BM_TO_MEMORY : 0));
		return;
	}
	for (unsigned i = 0; i < SELECT_READS; i++)
		ata_read(ch, ATA_ALT_STATUS); /* until BUSY can be trusted */
	if (t->op == BLOCK_WRITE)
		first_block_out(ch);
}

/* ---- Going on -------------------------------------------------------- */

/* Has the DMA come to its end, and a good one?
 * The bus master tells first: its interrupt bit is set when the drive's
 * interrupt has come and all data is in memory. */
static enum ata_outcome
dma_advance(struct ata_channel *ch, uint8_t *status, uint8_t *error)
{
	uint8_t bm = ata_read(ch, ATA_BM_STATUS);

	if ((bm & BM_INTERRUPT) == 0) {
		*status = ata_read(ch, ATA_ALT_STATUS);
		return *status == STATUS_NONE ? ATA_FAILED : ATA_WAIT;
	}
	ata_write(ch, ATA_BM_COMMAND, 0);
	*status = ata_read(ch, ATA_STATUS);
	ata_write(ch, ATA_BM_STATUS, BM_CAPABLE | BM_ERROR | BM_INTERRUPT);
	if (likely((bm & (BM_ACTIVE | BM_ERROR)) == 0 && (*status &
	    (STATUS_BUSY | STATUS_DRQ | STATUS_FAULT | STATUS_ERROR)) == 0))
		return ATA_DONE;
	*error = ata_read(ch, ATA_ERROR);
	if (*status == STATUS_NONE ||
	    ((*status & STATUS_ERROR) != 0 && (*error & ERROR_CRC) == 0))
		return ATA_FAILED;
	/* It wanted to move more than we asked for (DRQ), or less (ACTIVE). */
	return ATA_DMA_FAILED;
}

/* PIO: move a block, if the drive is ready for it. */
static enum ata_outcome
pio_advance(struct ata_channel *ch, uint8_t *status, uint8_t *error)
{
	*status = ata_read(ch, ATA_STATUS);
	if (*status == STATUS_NONE)
		return ATA_FAILED;
	if ((*status & STATUS_BUSY) != 0)
		return ATA_WAIT;
	if ((*status & (STATUS_ERROR | STATUS_FAULT)) != 0 ||
	    ((*status & STATUS_DRQ) != 0) != (ch->left != 0)) {
		*error = ata_read(ch, ATA_ERROR);
		return ATA_FAILED;
	}
	if (ch->left == 0)
		return ATA_DONE;
	ch->waits_for_drq = false;
	move_block(ch);
	if (ch->left > 0 || ch->transfer->op == BLOCK_WRITE)
		return ATA_PROGRESS;
	ata_read(ch, ATA_ALT_STATUS); /* the status is valid at the second */
	*status = ata_read(ch, ATA_ALT_STATUS);
	return (*status & (STATUS_BUSY | STATUS_DRQ)) == STATUS_DRQ
	    ? ATA_FAILED : ATA_DONE;
}

enum ata_outcome
ata_command_advance(struct ata_channel *ch, uint8_t *status, uint8_t *error)
{
	kassert(spin_held(&ch->lock) && ch->active != NULL);
	*error = 0;
	if (!ch->issued) {
		*status = ata_read(ch, ATA_STATUS);
		if (*status == STATUS_NONE)
			return ATA_FAILED;
		ata_command_issue(ch);
		return ch->issued ? ATA_PROGRESS : ATA_WAIT;
	}
	return ch->dma ? dma_advance(ch, status, error)
		       : pio_advance(ch, status, error);
}

const char *
ata_command_name(enum ata_command command)
{
	switch (command) {
	case READ_SECTORS: return "READ SECTORS";
	case READ_SECTORS_EXT: return "READ SECTORS EXT";
	case READ_DMA_EXT: return "READ DMA EXT";
	case READ_MULTIPLE_EXT: return "READ MULTIPLE EXT";
	case WRITE_SECTORS: return "WRITE SECTORS";
	case WRITE_SECTORS_EXT: return "WRITE SECTORS EXT";
	case WRITE_DMA_EXT: return "WRITE DMA EXT";
	case WRITE_MULTIPLE_EXT: return "WRITE MULTIPLE EXT";
	case WRITE_DMA_FUA_EXT: return "WRITE DMA FUA EXT";
	case IDENTIFY_PACKET_DEVICE: return "IDENTIFY PACKET DEVICE";
	case READ_MULTIPLE: return "READ MULTIPLE";
	case WRITE_MULTIPLE: return "WRITE MULTIPLE";
	case SET_MULTIPLE_MODE: return "SET MULTIPLE MODE";
	case READ_DMA: return "READ DMA";
	case WRITE_DMA: return "WRITE DMA";
	case WRITE_MULTIPLE_FUA_EXT: return "WRITE MULTIPLE FUA EXT";
	case FLUSH_CACHE: return "FLUSH CACHE";
	case FLUSH_CACHE_EXT: return "FLUSH CACHE EXT";
	case IDENTIFY_DEVICE: return "IDENTIFY DEVICE";
	}
	return "?";
}
