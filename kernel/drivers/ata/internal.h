/* internal.h - what the files of the ATA driver share.
 *
 * Layer: drivers   Called by: drivers/ata, tests with hardware of their own
 * Source: [ATA] "Parallel interface register definitions and descriptions",
 *         "Command descriptions"; [BMIDE] 2.0 "Bus Master IDE Registers"
 *
 *	disk.h     start          reset, identify           interrupt
 *	             |                 |                        |
 *	channel.c  who has the channel, time, errors  <---------+
 *	             |                 |
 *	command.c  one transfer    device.c  polled commands: what is there
 *	             |                 |
 *	pci.c      ports: struct ata_ports
 *
 * A channel has two drives and does one command at a time.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/disk.h"
#include "sched/timer.h"

/* Registers of a channel, read (written); the last two the bus master's. */
enum ata_reg {
	ATA_DATA,
	ATA_ERROR,        /* (features) */
	ATA_COUNT,
	ATA_LBA_LOW,
	ATA_LBA_MID,
	ATA_LBA_HIGH,
	ATA_DEVICE,
	ATA_STATUS,       /* (command); a read takes the interrupt back */
	ATA_ALT_STATUS,   /* (device control); a read does not */
	ATA_BM_COMMAND,
	ATA_BM_STATUS,
};

/* ATA_STATUS.  While BUSY is set, the other bits mean nothing. */
#define STATUS_ERROR BIT(0)
#define STATUS_DRQ   BIT(3) /* wants to transfer data */
#define STATUS_FAULT BIT(5)
#define STATUS_BUSY  BIT(7)
#define STATUS_NONE  0xff   /* nobody drives the bus */

#define ERROR_CRC    BIT(7) /* data was damaged on the cable */

#define DEVICE_LBA   BIT(6)
#define DEVICE_1     BIT(4) /* drive 1, once called the slave */
#define DEVICE_ONES  (BIT(7) | BIT(5)) /* once had to be set, harmless now */

#define CONTROL_NIEN BIT(1) /* no interrupts */
#define CONTROL_SRST BIT(2) /* resets both drives */

#define BM_START     BIT(0) /* in BM_COMMAND */
#define BM_TO_MEMORY BIT(3)
#define BM_ACTIVE    BIT(0) /* in BM_STATUS */
#define BM_ERROR     BIT(1) /* written as 1: cleared */
#define BM_INTERRUPT BIT(2) /* the same */
#define BM_CAPABLE   (BIT(5) | BIT(6)) /* notes of the firmware */
#define BM_SIMPLEX   BIT(7) /* one channel at a time */

/* Commands.  The numbers are those of [ATA]. */
enum ata_command {
	READ_SECTORS = 0x20,
	READ_SECTORS_EXT = 0x24,
	READ_DMA_EXT = 0x25,
	READ_MULTIPLE_EXT = 0x29,
	WRITE_SECTORS = 0x30,
	WRITE_SECTORS_EXT = 0x34,
	WRITE_DMA_EXT = 0x35,
	WRITE_MULTIPLE_EXT = 0x39,
	WRITE_DMA_FUA_EXT = 0x3d,
	IDENTIFY_PACKET_DEVICE = 0xa1,
	READ_MULTIPLE = 0xc4,
	WRITE_MULTIPLE = 0xc5,
	SET_MULTIPLE_MODE = 0xc6,
	READ_DMA = 0xc8,
	WRITE_DMA = 0xca,
	WRITE_MULTIPLE_FUA_EXT = 0xce,
	FLUSH_CACHE = 0xe7,
	FLUSH_CACHE_EXT = 0xea,
	IDENTIFY_DEVICE = 0xec,
};

/* A physical region descriptor: where DMA goes.  It may not cross a multiple
 * of 64 KiB.  Source: [BMIDE] "Physical Region Descriptor Table" */
struct ata_prd {
	uint32_t pa;
	uint16_t bytes; /* 0: 64 KiB */
	uint16_t flags;
};
_Static_assert(sizeof(struct ata_prd) == 8, "[BMIDE]");

#define PRD_LAST     BIT(15)
#define PRD_BOUNDARY 65536
#define PRDS         512 /* a page of them */

#define ATA_DRIVES 2

struct ata_channel;

/*
 * How to reach the registers of a channel.
 *
 *   read, write - A register.  Any context.
 *   read_data, write_data - Move sectors through the data register.
 *   set_prds    - Tell the bus master the physical address of the descriptors.
 */
struct ata_ports {
	uint8_t (*read)(struct ata_channel *ch, enum ata_reg reg);
	void (*write)(struct ata_channel *ch, enum ata_reg reg, uint8_t v);
	void (*read_data)(struct ata_channel *ch, void *va, unsigned sectors);
	void (*write_data)(struct ata_channel *ch, const void *va,
	    unsigned sectors);
	void (*set_prds)(struct ata_channel *ch, uint32_t pa);
};

/*
 * What protects the members of both structs:
 *	I	immutable after the probe
 *	c	channel->lock
 */
struct ata_drive {
	struct disk disk;
	struct ata_channel *channel; /* [I] */
	unsigned unit;        /* [I] 0, 1 */
	bool present;         /* [I] is a disk, and registered */
	bool lba48;           /* [I] */
	bool flush_ext;       /* [I] */
	unsigned multiple;    /* [I] sectors an interrupt, 0: READ MULTIPLE is
			       * not there */
	bool dma;             /* [c] use it */
	bool stalled;         /* [c] its queue was told to wait */
	unsigned dma_failures; /* [c] in a row */
	uint64_t quiet_ns;    /* [c] no message before */
	unsigned unsaid;      /* [c] messages not printed */
};

struct ata_channel {
	struct spinlock lock; /* registers; taken inside disk->lock */
	const struct ata_ports *ports;
	uint16_t base;        /* [I] port of ATA_DATA */
	uint16_t control;     /* [I] port of ATA_ALT_STATUS */
	uint16_t bm;          /* [I] port of ATA_BM_COMMAND, 0: no DMA */
	struct ata_prd *prds; /* [c] PRDS of them, in the kernel's image */
	struct ata_drive drives[ATA_DRIVES];
	unsigned selected;    /* [c] unit; ATA_DRIVES: not known */
	bool polled;          /* [c] a thread has it for polled commands */
	struct ata_drive *turn; /* [c] only it may start; NULL: whoever comes */
	struct timer timer;
	bool timer_set;       /* [c] */

	/* The command that is being done. */
	struct ata_drive *active; /* [c] NULL: none.  Also read without lock */
	struct disk_transfer *transfer; /* [c] */
	enum ata_command command; /* [c] */
	bool issued;          /* [c] the drive has got it */
	bool dma;             /* [c] it uses DMA */
	bool waits_for_drq;   /* [c] for which no interrupt comes */
	uint64_t left;        /* [c] PIO: sectors to move */
	unsigned segment;     /* [c] PIO: where the next sector goes, */
	uint32_t offset;      /* [c] bytes into segment */
	uint64_t check_ns;    /* [c] look at the drive then */
};

static inline uint8_t
ata_read(struct ata_channel *ch, enum ata_reg reg)
{
	return ch->ports->read(ch, reg);
}

static inline void
ata_write(struct ata_channel *ch, enum ata_reg reg, uint64_t v)
{
	ch->ports->write(ch, reg, (uint8_t)v);
}

/* ---- command.c ---- */

enum ata_outcome {
	ATA_WAIT,       /* nothing has happened yet */
	ATA_PROGRESS,   /* the drive goes on */
	ATA_DONE,
	ATA_FAILED,     /* the drive says so, or does what it must not */
	ATA_DMA_FAILED, /* the way to the memory failed: may be tried again */
};

/* Select a drive; it may be asked for its status afterwards.
 * Locks: ch->lock held, or ch->polled. */
void ata_select(struct ata_channel *ch, unsigned unit);

/* Give the drive ch->active its command for ch->transfer, if it is ready for
 * one; if not, ch->issued is false, and ata_command_advance() tries again.
 * Locks: ch->lock held. */
void ata_command_issue(struct ata_channel *ch);

/* See what has become of it.  Where no interrupt announces the next step, this
 * must be called from time to time: ata_command_polled().
 * status, error: set if it has failed.
 * Locks: ch->lock held. */
enum ata_outcome ata_command_advance(struct ata_channel *ch, uint8_t *status,
    uint8_t *error);

static inline bool
ata_command_polled(const struct ata_channel *ch)
{
	return !ch->issued || ch->waits_for_drq;
}

/* The command's name. */
const char *ata_command_name(enum ata_command command);

/* ---- device.c ---- */

/* Find out what drive is there, and fill drive and its disk.  Returns true if
 * it is a disk; says what it is.  may_dma: it may use DMA.
 * The channel is ours alone (polled).  May sleep; takes a second at most. */
bool ata_drive_probe(struct ata_drive *drive, bool may_dma);

/* Reset both drives of a channel, and make those ready that are present.
 * Returns 0; -EIO: drive does not answer or is another than before.
 * The channel is ours alone (polled).  May sleep, up to some seconds. */
int ata_channel_reset(struct ata_channel *ch, struct ata_drive *drive);

/* ---- channel.c ---- */

/* A channel whose ports, prds and hardware are there; may_dma: as above.
 * Finds its drives and registers them.  first: name of the first, "hda".
 * major: of the devices' numbers.  May sleep. */
void ata_channel_start(struct ata_channel *ch, const char *first,
    unsigned major, bool may_dma);

/* The interrupt handler; arg: the channel. */
void ata_channel_irq(void *arg);
