/* test_ata.c - the ATA driver with a channel that misbehaves on demand.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * The channel is a struct fake: registers, two drives in memory, a bus master.
 * It works at a command for a moment, then calls the driver's interrupt
 * handler from a timer, as hardware does.
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/ktest.h"
#include "drivers/ata/internal.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "sched/clock.h"
#include "sched/waitq.h"

#define MEMORY_ORDER   4                  /* pages of a drive */
#define MEMORY_SECTORS (8u << MEMORY_ORDER) /* the rest repeats them */
#define SECTORS        BIT(40)
#define OLD_SECTORS    1000
#define READY          BIT(6)             /* in the status */
#define ANSWER_NS      (50 * NS_PER_USEC)
#define TIMEOUT_NS     (300 * NS_PER_MSEC)
#define SLACK_NS       (2 * NS_PER_SEC)   /* for slow emulators */
#define MAJOR          241

/* Which fake is for what. */
enum { USUAL, WITHOUT_DRIVE, WITHOUT_USE, WITH_LOSSES, OF_OLD, FAKES };

enum trouble {
	NONE,
	REFUSES,     /* every command but IDENTIFY ends with an error */
	HANGS,       /* stays busy until it is reset */
	SILENT,      /* the next command ends without an interrupt */
	NO_DATA,     /* PIO ends without DRQ */
	MUCH_DATA,   /* wants to transfer more, until it is reset */
	DMA_STOPS,   /* the bus master reports an error */
	DMA_SHORT,   /* the drive is content with less than was asked for */
	VANISHES,    /* nobody drives the bus */
	BUSY_ALWAYS,
	IS_PACKET,
	IS_ABSENT,
	HAS_NO_LBA,
	IS_OLD,      /* knows only LBA28, and a sector an interrupt */
};

struct fake {
	struct ata_channel ch;
	struct timer timer;
	enum trouble trouble;
	char *memory[ATA_DRIVES];
	uint8_t regs[ATA_STATUS]; /* as written last, */
	uint8_t before[ATA_STATUS]; /* and before that */
	uint8_t status;
	uint8_t error;
	uint8_t control;
	uint8_t bm;
	uint8_t bm_command;
	enum ata_command command;
	unsigned unit;            /* that the command is for */
	uint64_t lba;             /* of the next sector */
	uint64_t left;            /* sectors */
	uint16_t words[256];      /* IDENTIFY's answer, */
	bool identifying;         /* which is read next */
	unsigned commands;        /* all that were given */
	uint64_t slow_ns;         /* more than usual */
	uint64_t first_lba;       /* of the last command */
};

static struct ata_prd prds[FAKES][PRDS] __attribute__((aligned(PAGE_SIZE)));
static struct fake fakes[FAKES];

static struct fake *
fake_of(struct ata_channel *ch)
{
	return container_of(ch, struct fake, ch);
}

/* ---- The fake -------------------------------------------------------- */

static char *
sector_va(struct fake *f, uint64_t lba)
{
	return f->memory[f->unit] + lba % MEMORY_SECTORS * SECTOR_BYTES;
}

static void
fill_words(struct fake *f)
{
	memset(f->words, 0, sizeof(f->words));
	f->words[27] = 'F' << 8 | 'a';
	f->words[28] = 'k' << 8 | 'e';
	f->words[47] = 4;
	f->words[49] = BIT(8) | (f->trouble == HAS_NO_LBA ? 0 : BIT(9));
	f->words[83] = BIT(14) | BIT(13) | BIT(12) | BIT(10);
	f->words[84] = BIT(14) | BIT(6);
	f->words[102] = SECTORS >> 32;
	if (f->trouble == IS_OLD) {
		f->words[47] = 0;
		f->words[60] = OLD_SECTORS;
		f->words[83] = BIT(14) | BIT(12);
	}
	f->identifying = true;
}

static bool
is_ext(enum ata_command c)
{
	return c == READ_DMA_EXT || c == WRITE_DMA_EXT ||
	    c == WRITE_DMA_FUA_EXT || c == READ_MULTIPLE_EXT ||
	    c == WRITE_MULTIPLE_EXT || c == WRITE_MULTIPLE_FUA_EXT;
}

static bool
is_write(enum ata_command c)
{
	return c == WRITE_DMA || c == WRITE_DMA_EXT || c == WRITE_SECTORS ||
	    c == WRITE_MULTIPLE || c == WRITE_MULTIPLE_EXT || c == WRITE_DMA_FUA_EXT ||
	    c == WRITE_MULTIPLE_FUA_EXT;
}

static bool
is_dma(enum ata_command c)
{
	return c == READ_DMA || c == READ_DMA_EXT || c == WRITE_DMA ||
	    c == WRITE_DMA_EXT || c == WRITE_DMA_FUA_EXT;
}

/* Where and how much a command is for. */
static void
decode_address(struct fake *f)
{
	bool ext = is_ext(f->command);

	f->lba = f->regs[ATA_LBA_LOW] | f->regs[ATA_LBA_MID] << 8 |
	    (uint64_t)f->regs[ATA_LBA_HIGH] << 16;
	f->left = f->regs[ATA_COUNT];
	if (ext) {
		f->lba |= (uint64_t)f->before[ATA_LBA_LOW] << 24 |
		    (uint64_t)f->before[ATA_LBA_MID] << 32 |
		    (uint64_t)f->before[ATA_LBA_HIGH] << 40;
		f->left |= f->before[ATA_COUNT] << 8;
	} else {
		f->lba |= (uint64_t)(f->regs[ATA_DEVICE] & 0xf) << 24;
	}
	if (f->left == 0)
		f->left = ext ? 65536 : 256;
	f->first_lba = f->lba;
}

static void
end_with_error(struct fake *f)
{
	f->status = READY | STATUS_ERROR;
	f->error = BIT(2);
}

/* A command for a drive that works or nearly so. */
static void
begin_command(struct fake *f)
{
	f->status = READY;
	f->error = 0;
	f->left = 0;
	if (f->command == SET_MULTIPLE_MODE)
		return;
	if (f->command == IDENTIFY_DEVICE && f->trouble == IS_PACKET) {
		end_with_error(f);
		f->regs[ATA_LBA_MID] = 0x14;
		f->regs[ATA_LBA_HIGH] = 0xeb;
		return;
	}
	if (f->command == IDENTIFY_DEVICE ||
	    f->command == IDENTIFY_PACKET_DEVICE) {
		fill_words(f);
		f->status |= STATUS_DRQ;
		return;
	}
	if (f->command != FLUSH_CACHE_EXT && f->command != FLUSH_CACHE)
		decode_address(f);
	f->status = STATUS_BUSY;
	if (f->trouble == HANGS)
		return;
	if (is_write(f->command) && !is_dma(f->command) &&
	    f->trouble != REFUSES)
		f->status = READY | STATUS_DRQ; /* the first block */
	else if (!is_dma(f->command))
		timer_start(&f->timer, clock_ns() + ANSWER_NS + f->slow_ns);
}

/* Move all by DMA, as the descriptors say. */
static void
move_all(struct fake *f)
{
	const struct ata_prd *prd = f->ch.prds;

	for (;; prd++) {
		char *va = pa_to_va(prd->pa);
		unsigned bytes = prd->bytes != 0 ? prd->bytes : PRD_BOUNDARY;

		for (unsigned i = 0; i < bytes; i += SECTOR_BYTES, f->left--) {
			if (is_write(f->command))
				memcpy(sector_va(f, f->lba++), va + i,
				    SECTOR_BYTES);
			else
				memcpy(va + i, sector_va(f, f->lba++),
				    SECTOR_BYTES);
		}
		if ((prd->flags & PRD_LAST) != 0)
			break;
	}
	ktest_check(f->left == 0);
}

/* The end of DMA, with the bus master's interrupt. */
static void
end_dma(struct fake *f)
{
	f->status = READY;
	f->bm |= BM_INTERRUPT;
	if (f->trouble == REFUSES)
		end_with_error(f);
	else if (f->trouble == DMA_STOPS)
		f->bm |= BM_ERROR;
	else if (f->trouble == DMA_SHORT)
		return; /* still active */
	else
		move_all(f);
	f->bm &= ~BM_ACTIVE;
}

/* The timer's function: the drive has done what it had to do. */
static void
answer(void *arg)
{
	struct fake *f = arg;
	uint64_t flags = spin_lock_irq(&f->ch.lock);
	bool silent = f->trouble == SILENT;

	if (is_dma(f->command))
		end_dma(f);
	else if (f->trouble == REFUSES)
		end_with_error(f);
	else if ((f->left > 0 && f->trouble != NO_DATA) ||
	    f->trouble == MUCH_DATA)
		f->status = READY | STATUS_DRQ;
	else
		f->status = READY;
	if (silent)
		f->trouble = NONE;
	spin_unlock_irq(&f->ch.lock, flags);
	if (!silent && (f->control & CONTROL_NIEN) == 0)
		ata_channel_irq(&f->ch);
}

static uint8_t
fake_read(struct ata_channel *ch, enum ata_reg reg)
{
	struct fake *f = fake_of(ch);

	if (f->trouble == VANISHES)
		return STATUS_NONE;
	if (f->trouble == IS_ABSENT)
		return 0;
	switch (reg) {
	case ATA_STATUS:
	case ATA_ALT_STATUS:
		return f->trouble == BUSY_ALWAYS ? STATUS_BUSY : f->status;
	case ATA_ERROR:
		return f->error;
	case ATA_BM_STATUS:
		return f->bm;
	case ATA_BM_COMMAND:
		return f->bm_command;
	default:
		return f->regs[reg];
	}
}

static void
fake_write(struct ata_channel *ch, enum ata_reg reg, uint8_t v)
{
	struct fake *f = fake_of(ch);

	if (reg < ATA_STATUS) {
		f->before[reg] = f->regs[reg];
		f->regs[reg] = v;
	} else if (reg == ATA_STATUS) {
		ktest_check((f->status & (STATUS_BUSY | STATUS_DRQ)) == 0);
		f->command = v;
		f->unit = (f->regs[ATA_DEVICE] & DEVICE_1) != 0;
		f->commands++;
		begin_command(f);
	} else if (reg == ATA_ALT_STATUS) {
		if ((v & CONTROL_SRST) != 0) {
			f->status = STATUS_BUSY;
			f->trouble = f->trouble == VANISHES ? VANISHES : NONE;
		} else if ((f->control & CONTROL_SRST) != 0) {
			f->status = READY;
		}
		f->control = v;
	} else if (reg == ATA_BM_STATUS) {
		f->bm &= ~(v & (BM_ERROR | BM_INTERRUPT));
	} else {
		f->bm_command = v;
		if ((v & BM_START) == 0)
			f->bm &= ~BM_ACTIVE;
		else if (f->trouble != HANGS)
			timer_start(&f->timer, clock_ns() + ANSWER_NS);
		if ((v & BM_START) != 0)
			f->bm |= BM_ACTIVE;
	}
}

/* A block has been moved: the drive is busy until the next. */
static void
moved(struct fake *f, unsigned sectors)
{
	f->lba += sectors;
	f->left -= MIN(f->left, sectors);
	f->status = READY;
	if (f->left > 0 || is_write(f->command)) {
		f->status = STATUS_BUSY;
		timer_start(&f->timer, clock_ns() + ANSWER_NS);
	} else if (f->trouble == MUCH_DATA) {
		f->status |= STATUS_DRQ;
	}
}

static void
fake_read_data(struct ata_channel *ch, void *va, unsigned sectors)
{
	struct fake *f = fake_of(ch);

	ktest_check((f->status & STATUS_DRQ) != 0);
	if (f->identifying) {
		memcpy(va, f->words, sizeof(f->words));
		f->identifying = false;
		f->status = READY;
		return;
	}
	for (unsigned i = 0; i < sectors; i++)
		memcpy((char *)va + i * SECTOR_BYTES, sector_va(f, f->lba + i),
		    SECTOR_BYTES);
	moved(f, sectors);
}

static void
fake_write_data(struct ata_channel *ch, const void *va, unsigned sectors)
{
	struct fake *f = fake_of(ch);

	ktest_check((f->status & STATUS_DRQ) != 0);
	for (unsigned i = 0; i < sectors; i++)
		memcpy(sector_va(f, f->lba + i),
		    (const char *)va + i * SECTOR_BYTES, SECTOR_BYTES);
	moved(f, sectors);
}

static void
fake_set_prds(struct ata_channel *ch, uint32_t pa)
{
	ktest_check(pa == image_to_pa(ch->prds));
}

static const struct ata_ports fake_ports = {
	.read = fake_read,
	.write = fake_write,
	.read_data = fake_read_data,
	.write_data = fake_write_data,
	.set_prds = fake_set_prds,
};

/* Fake n with its drives registered, and with DMA; in good health.  The first
 * call makes it, with that trouble.  WITH_LOSSES has the usual time limit. */
static struct fake *
fake_get(unsigned n, enum trouble at_start)
{
	static const char *const first[] = {"hdq", "hds", "hdu", "hdw",
	    "hdi"};
	struct fake *f = &fakes[n];

	if (f->ch.ports == NULL) {
		for (unsigned i = 0; i < ATA_DRIVES; i++) {
			f->memory[i] = page_va(page_alloc(MEMORY_ORDER, 0));
			f->ch.drives[i].disk.timeout_ns =
			    n == WITH_LOSSES ? 0 : TIMEOUT_NS;
		}
		timer_init(&f->timer, answer, f);
		f->ch.ports = &fake_ports;
		f->ch.prds = prds[n];
		f->status = READY;
		f->trouble = at_start;
		ata_channel_start(&f->ch, first[n], MAJOR + n, true);
	}
	f->trouble = NONE;
	for (unsigned i = 0; i < ATA_DRIVES; i++) {
		f->ch.drives[i].dma = true;
		f->ch.drives[i].dma_failures = 0;
	}
	return f;
}

/* ---- Tests ----------------------------------------------------------- */

/* Read, write or flush with a page of memory.  Returns the error. */
static int
transfer(struct fake *f, unsigned unit, enum block_op op, uint64_t sector,
    void *va, unsigned sectors)
{
	struct block_device *dev = f->ch.drives[unit].disk.device;

	if (op == BLOCK_FLUSH)
		return block_flush(dev);
	return block_transfer(dev, op, sector, va, sectors * SECTOR_BYTES, 0);
}

/* Does a read work, and how long did it take? */
static int
read_timed(struct fake *f, uint64_t *ns)
{
	struct page *page = page_alloc(0, 0);
	uint64_t start_ns = clock_ns();
	int err = transfer(f, 0, BLOCK_READ, 8, page_va(page), 8);

	*ns = clock_ns() - start_ns;
	page_free(page);
	return err;
}

static void
check_write_and_read(struct fake *f, unsigned unit, uint64_t sector)
{
	enum { COUNT = 64 };
	struct page *page = page_alloc(3, 0);
	char *va = page_va(page);
	char seed = (char)(sector + unit);

	for (unsigned i = 0; i < COUNT * SECTOR_BYTES; i++)
		va[i] = (char)(seed + i + i / SECTOR_BYTES);
	ktest_check(transfer(f, unit, BLOCK_WRITE, sector, va, COUNT) == 0);
	ktest_check(f->first_lba == sector);
	memset(va, 0, COUNT * SECTOR_BYTES);
	ktest_check(transfer(f, unit, BLOCK_READ, sector, va, COUNT) == 0);
	for (unsigned i = 0; i < COUNT * SECTOR_BYTES; i++) {
		if (va[i] != (char)(seed + i + i / SECTOR_BYTES)) {
			ktest_check(!"what was written is read");
			break;
		}
	}
	page_free(page);
}

KTEST(ata_reads_what_it_wrote_at_any_address)
{
	static const uint64_t sectors[] = {0, 1, BIT(28) - 65, BIT(28) - 64,
	    BIT(28) - 1, BIT(28), BIT(32) + 7, SECTORS - 64};
	struct fake *f = fake_get(USUAL, NONE);

	for (unsigned dma = 0; dma < 2; dma++) {
		for (unsigned i = 0; i < ARRAY_SIZE(sectors); i++) {
			f->ch.drives[i % 2].dma = dma != 0;
			check_write_and_read(f, i % 2, sectors[i]);
			ktest_check(is_dma(f->command) == (dma != 0));
		}
	}
	ktest_check(transfer(f, 1, BLOCK_FLUSH, 0, NULL, 0) == 0);
	ktest_check(f->command == FLUSH_CACHE_EXT && f->unit == 1);
}

KTEST(ata_drive_of_old_is_served)
{
	struct fake *f = fake_get(OF_OLD, IS_OLD);
	struct disk *disk = &f->ch.drives[1].disk;

	ktest_check(disk->sectors == OLD_SECTORS && !disk->can_fua);
	for (unsigned dma = 0; dma < 2; dma++) {
		f->ch.drives[1].dma = dma != 0;
		check_write_and_read(f, 1, OLD_SECTORS - 64);
		ktest_check(f->command == (dma ? READ_DMA : READ_SECTORS));
	}
	ktest_check(transfer(f, 1, BLOCK_FLUSH, 0, NULL, 0) == 0);
	ktest_check(f->command == FLUSH_CACHE);
}

KTEST(ata_writes_through_with_fua)
{
	struct fake *f = fake_get(USUAL, NONE);
	struct page *page = page_alloc(0, PAGE_ZERO);
	struct disk *disk = &f->ch.drives[0].disk;

	ktest_check(disk->can_fua && disk->can_flush);
	ktest_check(block_transfer(disk->device, BLOCK_WRITE, 3, page_va(page),
	    PAGE_SIZE, BLOCK_FUA) == 0);
	ktest_check(f->command == WRITE_DMA_FUA_EXT);
	f->ch.drives[0].dma = false;
	ktest_check(block_transfer(disk->device, BLOCK_WRITE, 3, page_va(page),
	    PAGE_SIZE, BLOCK_FUA) == 0);
	ktest_check(f->command == WRITE_MULTIPLE_FUA_EXT);
	page_free(page);
}

#define ROUNDS 100

static int read_error;        /* [a] of late_read() */
static unsigned workers_done; /* [a] */
static struct waitq workers = WAITQ_INIT(workers, "test ata");

/* Write and read at a place of one's own; arg: 2 * place + unit. */
static void
work(void *arg)
{
	struct fake *f = &fakes[USUAL];
	struct page *page = page_alloc(0, 0);
	unsigned unit = (uintptr_t)arg % 2;
	uint64_t sector = (uintptr_t)arg / 2 * 8;
	char *va = page_va(page);

	for (unsigned i = 0; i < ROUNDS; i++) {
		memset(va, (int)(sector + i), PAGE_SIZE);
		ktest_check(transfer(f, unit, BLOCK_WRITE, sector, va, 8) == 0);
		memset(va, 0, PAGE_SIZE);
		ktest_check(transfer(f, unit, BLOCK_READ, sector, va, 8) == 0);
		ktest_check(va[0] == (char)(sector + i) &&
		    va[PAGE_SIZE - 1] == (char)(sector + i));
	}
	page_free(page);
	atomic_add(&workers_done, 1);
	waitq_wake_all(&workers);
}

KTEST(ata_two_drives_take_turns)
{
	enum { WORKERS = 6 };

	fake_get(USUAL, NONE)->ch.drives[1].dma = false;
	atomic_store(&workers_done, 0);
	for (uintptr_t i = 0; i < WORKERS; i++)
		ktest_check(kthread_create("ata", work, (void *)i) != NULL);
	wait_event(&workers, atomic_load(&workers_done) == WORKERS);
}

/* Read from drive 1, when drive 0 has got a command. */
static void
late_read(void *unused)
{
	struct page *page = page_alloc(0, 0);

	(void)unused;
	thread_sleep_until(clock_ns() + TIMEOUT_NS / 4, WAIT_UNINTERRUPTIBLE);
	atomic_store(&read_error, transfer(&fakes[USUAL], 1, BLOCK_READ, 8,
	    page_va(page), 8));
	page_free(page);
	atomic_add(&workers_done, 1);
	waitq_wake_all(&workers);
}

KTEST(ata_drive_that_hangs_does_not_fail_the_other)
{
	struct fake *f = fake_get(USUAL, NONE);
	uint64_t ns;

	f->trouble = HANGS;
	atomic_store(&workers_done, 0);
	ktest_check(kthread_create("ata", late_read, NULL) != NULL);
	ktest_check(read_timed(f, &ns) == -EIO);
	wait_event(&workers, atomic_load(&workers_done) == 1);
	ktest_check(atomic_load(&read_error) == 0);
}

KTEST(ata_error_is_told_and_the_drive_goes_on)
{
	struct fake *f = fake_get(USUAL, NONE);
	struct page *page = page_alloc(0, PAGE_ZERO);

	for (unsigned dma = 0; dma < 2; dma++) {
		f->ch.drives[0].dma = dma != 0;
		for (enum block_op op = BLOCK_READ; op <= BLOCK_FLUSH; op++) {
			f->trouble = REFUSES;
			ktest_check(transfer(f, 0, op, 5, page_va(page), 8) ==
			    -EIO);
			f->trouble = NONE;
			ktest_check(transfer(f, 0, op, 5, page_va(page), 8) ==
			    0);
		}
	}
	ktest_check(f->ch.drives[0].dma); /* no fault of DMA's */
	page_free(page);
}

KTEST(ata_lost_interrupt_is_noticed)
{
	struct fake *f = fake_get(WITH_LOSSES, NONE);
	uint64_t ns;

	f->trouble = SILENT;
	ktest_check(read_timed(f, &ns) == 0);
	ktest_check(ns >= NS_PER_SEC && ns < NS_PER_SEC + SLACK_NS);
}

KTEST(ata_drive_without_answer_is_reset)
{
	struct fake *f = fake_get(USUAL, NONE);
	uint64_t ns;

	for (unsigned dma = 0; dma < 2; dma++) {
		f->ch.drives[0].dma = dma != 0;
		f->trouble = HANGS;
		ktest_check(read_timed(f, &ns) == -EIO);
		ktest_check(ns >= TIMEOUT_NS && ns < TIMEOUT_NS + SLACK_NS);
		ktest_check(f->trouble == NONE); /* it was reset */
		ktest_check(read_timed(f, &ns) == 0 && ns < SLACK_NS);
		check_write_and_read(f, 1, 77);
	}
	ktest_check(f->ch.drives[0].dma && f->ch.drives[0].dma_failures == 0);
}

KTEST(ata_flush_may_take_longer)
{
	struct fake *f = fake_get(USUAL, NONE);
	uint64_t start_ns = clock_ns();

	f->slow_ns = 2 * TIMEOUT_NS;
	ktest_check(transfer(f, 0, BLOCK_FLUSH, 0, NULL, 0) == 0);
	ktest_check(clock_ns() - start_ns >= 2 * TIMEOUT_NS);
	f->slow_ns = 0;
}

KTEST(ata_lie_about_data_is_an_error)
{
	struct fake *f = fake_get(USUAL, NONE);
	uint64_t ns;

	f->ch.drives[0].dma = false;
	f->trouble = NO_DATA;
	ktest_check(read_timed(f, &ns) == -EIO);
	f->trouble = NONE;
	ktest_check(read_timed(f, &ns) == 0);
	f->trouble = MUCH_DATA;
	ktest_check(read_timed(f, &ns) == -EIO);
	/* It still wants to transfer, and takes no command before a reset. */
	ktest_check(read_timed(f, &ns) == -EIO);
	ktest_check(ns >= TIMEOUT_NS && ns < TIMEOUT_NS + SLACK_NS);
	ktest_check(read_timed(f, &ns) == 0);
}

KTEST(ata_dma_that_fails_gives_way_to_pio)
{
	static const enum trouble troubles[] = {DMA_STOPS, DMA_SHORT};

	for (unsigned i = 0; i < ARRAY_SIZE(troubles); i++) {
		struct fake *f = fake_get(USUAL, NONE);
		unsigned before = f->commands;
		uint64_t ns;

		f->trouble = troubles[i];
		ktest_check(read_timed(f, &ns) == 0);
		ktest_check(f->commands == before + 4);
		ktest_check(!f->ch.drives[0].dma && !is_dma(f->command));
		f->trouble = NONE;
		check_write_and_read(f, 0, 99);
	}
}

KTEST(ata_memory_above_4_gib_is_reached_without_dma)
{
	struct fake *f = fake_get(USUAL, NONE);
	struct page *page = page_alloc(0, 0);

	/* The same memory, if the machine had it: only DMA sees the address. */
	ktest_check(transfer(f, 0, BLOCK_READ, 0, page_va(page), 8) == 0);
	ktest_check(is_dma(f->command) ==
	    (page_to_pa(page) + PAGE_SIZE <= BIT(32)));
	page_free(page);
}

KTEST(ata_drive_that_vanishes_is_given_up)
{
	struct fake *f = fake_get(WITHOUT_DRIVE, NONE);
	uint64_t ns;

	ktest_check(read_timed(f, &ns) == 0);
	f->trouble = VANISHES;
	for (unsigned i = 0; i < 3; i++) {
		ktest_check(read_timed(f, &ns) == -EIO);
		ktest_check(ns < TIMEOUT_NS);
	}
}

KTEST(ata_drive_that_is_slow_to_be_ready_is_waited_for)
{
	struct fake *f = fake_get(USUAL, NONE);
	uint64_t ns;

	f->status = STATUS_BUSY;
	timer_start(&f->timer, clock_ns() + 20 * NS_PER_MSEC);
	f->command = FLUSH_CACHE; /* which it is at still */
	ktest_check(read_timed(f, &ns) == 0);
	ktest_check(ns >= 10 * NS_PER_MSEC && ns < TIMEOUT_NS);
	f->left = 0;
	check_write_and_read(f, 0, 5);
}

KTEST(ata_probe_finds_only_what_can_be_used)
{
	static const enum trouble troubles[] = {BUSY_ALWAYS, IS_PACKET,
	    IS_ABSENT, VANISHES, HAS_NO_LBA};

	for (unsigned i = 0; i < ARRAY_SIZE(troubles); i++) {
		uint64_t start_ns = clock_ns();
		struct fake *f = &fakes[WITHOUT_USE];

		memset(f, 0, sizeof(*f));
		f = fake_get(WITHOUT_USE, troubles[i]);
		ktest_check(!f->ch.drives[0].present &&
		    !f->ch.drives[1].present);
		ktest_check(clock_ns() - start_ns <
		    2 * NS_PER_SEC + SLACK_NS);
		for (unsigned n = 0; n < ATA_DRIVES; n++)
			page_free(page_from_va(f->memory[n]));
	}
}
