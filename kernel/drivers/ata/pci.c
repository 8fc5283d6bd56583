/* pci.c - the PCI IDE controller: its ports, and its bus master.
 *
 * Layer: drivers   Called by: init.c
 * Source: [BMIDE] 2.0 "Bus Master IDE Registers"
 *
 * A controller has two channels.  In compatibility mode a channel has the
 * ports and the interrupt line that the first PCs' controllers had; in native
 * mode, BARs and the PCI interrupt.  BAR 4 is the bus master of both: it moves
 * sectors between a drive and a list of pieces of memory below 4 GiB.
 * The first controller is used; the emulators have no second one.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/ata/ata.h"

#include "debug/printk.h"
#include "drivers/ata/internal.h"
#include "drivers/pci.h"
#include "lib/string.h"
#include "x86/bootinfo.h"
#include "x86/irq.h"
#include "x86/port.h"

#define PCI_CLASS_IDE   0x0101
#define PROG_NATIVE(n)  BIT(2 * (n)) /* of channel n */
#define PROG_BUS_MASTER BIT(7)
#define BAR_BUS_MASTER  4
#define NATIVE_CONTROL  2 /* the alternate status within its BAR */

#define CHANNELS        2
#define BM_CHANNEL_PORTS 8
#define BM_STATUS_PORT  2
#define BM_PRDS_PORT    4
#define SECTOR_WORDS    (SECTOR_BYTES / 2)
#define OPTION_MAX      8

/* The compatibility ports and lines, and Linux's majors. */
static const struct legacy {
	uint16_t base;
	uint16_t control;
	unsigned irq;
	unsigned major;
	const char *first;
} legacies[CHANNELS] = {
	{0x1f0, 0x3f6, 14, 3, "hda"},
	{0x170, 0x376, 15, 22, "hdc"},
};

static struct ata_channel channels[CHANNELS]; /* see internal.h */

/* In the image, so below 4 GiB, and each in a page, so in one piece. */
static struct ata_prd prd_tables[CHANNELS][PRDS]
    __attribute__((aligned(PAGE_SIZE)));

/* ---- Ports ----------------------------------------------------------- */

static uint16_t
port_of(const struct ata_channel *ch, enum ata_reg reg)
{
	switch (reg) {
	case ATA_ALT_STATUS:
		return ch->control;
	case ATA_BM_COMMAND:
		return ch->bm;
	case ATA_BM_STATUS:
		return ch->bm + BM_STATUS_PORT;
	default:
		return ch->base + reg;
	}
}

static uint8_t
port_read(struct ata_channel *ch, enum ata_reg reg)
{
	return inb(port_of(ch, reg));
}

static void
port_write(struct ata_channel *ch, enum ata_reg reg, uint8_t v)
{
	if (reg < ATA_BM_COMMAND || ch->bm != 0)
		outb(port_of(ch, reg), v);
}

static void
port_read_data(struct ata_channel *ch, void *va, unsigned sectors)
{
	insw(ch->base, va, sectors * SECTOR_WORDS);
}

static void
port_write_data(struct ata_channel *ch, const void *va, unsigned sectors)
{
	outsw(ch->base, va, sectors * SECTOR_WORDS);
}

static void
port_set_prds(struct ata_channel *ch, uint32_t pa)
{
	outl(ch->bm + BM_PRDS_PORT, pa);
}

static const struct ata_ports ports = {
	.read = port_read,
	.write = port_write,
	.read_data = port_read_data,
	.write_data = port_write_data,
	.set_prds = port_set_prds,
};

/* ---- Finding --------------------------------------------------------- */

/* The bus master's first port, or 0. */
static uint16_t
bus_master(const struct pci_device *pci)
{
	const struct pci_bar *bar = &pci->bar[BAR_BUS_MASTER];

	if ((pci->prog_if & PROG_BUS_MASTER) == 0 || !bar->is_io ||
	    bar->base == 0 || bar->bytes < CHANNELS * BM_CHANNEL_PORTS)
		return 0;
	return (uint16_t)bar->base;
}

/* Set up channel n and start it. */
static void
channel_init(const struct pci_device *pci, unsigned n, bool may_dma)
{
	const struct legacy *legacy = &legacies[n];
	struct ata_channel *ch = &channels[n];
	unsigned irq = legacy->irq;
	uint16_t bm = bus_master(pci);

	ch->ports = &ports;
	ch->prds = prd_tables[n];
	ch->base = legacy->base;
	ch->control = legacy->control;
	if ((pci->prog_if & PROG_NATIVE(n)) != 0) {
		const struct pci_bar *bar = &pci->bar[2 * n];

		if (!bar[0].is_io || bar[0].base == 0 || !bar[1].is_io)
			return;
		ch->base = (uint16_t)bar[0].base;
		ch->control = (uint16_t)bar[1].base + NATIVE_CONTROL;
		irq = pci->irq_line;
	}
	if (bm != 0)
		ch->bm = bm + n * BM_CHANNEL_PORTS;
	if (bm != 0 && n > 0 && (inb(bm + BM_STATUS_PORT) & BM_SIMPLEX) != 0)
		may_dma = false;
	if (inb(ch->base + ATA_STATUS) == STATUS_NONE)
		return;
	if (irq_register(irq, ata_channel_irq, ch) != 0) {
		pr_err("ata: no interrupt line %u", irq);
		return;
	}
	ata_channel_start(ch, legacy->first, legacy->major,
	    may_dma && bm != 0);
}

void
ata_init(const struct bootinfo *info)
{
	struct pci_device *pci = pci_find_class(NULL, PCI_CLASS_IDE);
	char option[OPTION_MAX];
	bool may_dma = true;

	if (pci == NULL)
		return;
	if (bootinfo_option(info, "ata", option, sizeof(option)) != NULL)
		may_dma = strcmp(option, "pio") != 0;
	pci_enable(pci);
	for (unsigned n = 0; n < CHANNELS; n++)
		channel_init(pci, n, may_dma);
}
