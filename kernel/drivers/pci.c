/* pci.c - PCI: the list of devices, their configuration space and their BARs.
 *
 * Layer: drivers   Called by: init.c, device drivers, procfs
 * Source: [PCI] 3.2.2.3.2 "Software Generation of Configuration Transactions",
 *         6.1 "Configuration Space Organization", 6.2.5.1 "Address Maps"
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/pci.h"

#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "mm/slab.h"
#include "sync/spinlock.h"
#include "x86/port.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  BIT(31)

#define NO_DEVICE        0xffff /* what a read of an absent vendor gives */
#define HEADER_TYPE_MASK 0x7f
#define HEADER_MULTI     BIT(7)
#define HEADER_BRIDGE    1
#define PCI_SECONDARY_BUS 25 /* of a bridge */
#define STATUS_CAPABILITIES BIT(4)
#define CAPABILITY_MASK  0xfc
#define CAPABILITIES_MAX 48
#define BAR_IO           BIT(0)
#define BAR_TYPE         (BIT(1) | BIT(2))
#define BAR_TYPE_64      2
#define BAR_PREFETCHABLE BIT(3)
#define BAR_IO_MASK      0xfffffffcU
#define BAR_MEM_MASK     0xfffffff0U
#define BAR_ALL_ONES     0xffffffffU
#define BRIDGE_BARS      2
#define SLOTS            32
#define FUNCTIONS        8
#define BUSES_MAX        256

static struct list pci_devices = LIST_INIT(pci_devices); /* [I] after boot */
static struct spinlock config_lock = SPINLOCK_INIT("pci config",
    RANK_PCI_CONFIG);

/* ---- Configuration space ---- */

/* Name the 32 bits at offset for the data port.  Locks: config_lock held. */
static void
config_select(const struct pci_device *dev, unsigned offset)
{
	kassert(spin_held(&config_lock));
	kassert(dev->slot < SLOTS && dev->function < FUNCTIONS);
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)dev->bus << 16 |
	    (uint32_t)dev->slot << 11 | (uint32_t)dev->function << 8 |
	    (offset & CAPABILITY_MASK));
}

uint32_t
pci_read32(const struct pci_device *dev, unsigned offset)
{
	uint64_t flags = spin_lock_irq(&config_lock);
	uint32_t value;

	config_select(dev, offset);
	value = inl(CONFIG_DATA);
	spin_unlock_irq(&config_lock, flags);
	return value;
}

uint16_t
pci_read16(const struct pci_device *dev, unsigned offset)
{
	return pci_read32(dev, offset) >> (offset & 2) * 8;
}

uint8_t
pci_read8(const struct pci_device *dev, unsigned offset)
{
	return pci_read32(dev, offset) >> (offset & 3) * 8;
}

void
pci_write32(const struct pci_device *dev, unsigned offset, uint32_t v)
{
	uint64_t flags = spin_lock_irq(&config_lock);

	config_select(dev, offset);
	outl(CONFIG_DATA, v);
	spin_unlock_irq(&config_lock, flags);
}

void
pci_write16(const struct pci_device *dev, unsigned offset, uint16_t v)
{
	uint64_t flags = spin_lock_irq(&config_lock);

	config_select(dev, offset);
	outw(CONFIG_DATA + (offset & 2), v);
	spin_unlock_irq(&config_lock, flags);
}

void
pci_write8(const struct pci_device *dev, unsigned offset, uint8_t v)
{
	uint64_t flags = spin_lock_irq(&config_lock);

	config_select(dev, offset);
	outb(CONFIG_DATA + (offset & 3), v);
	spin_unlock_irq(&config_lock, flags);
}

unsigned
pci_capability(const struct pci_device *dev, unsigned id, unsigned after)
{
	unsigned offset;

	if ((pci_read16(dev, PCI_STATUS) & STATUS_CAPABILITIES) == 0)
		return 0;
	offset = pci_read8(dev, after != 0 ? after + 1 : PCI_CAPABILITIES);
	/* A damaged list may be a ring: it has at most so many members. */
	for (unsigned n = 0; n < CAPABILITIES_MAX; n++) {
		offset &= CAPABILITY_MASK;
		if (offset == 0 || pci_read8(dev, offset) == id)
			return offset;
		offset = pci_read8(dev, offset + 1);
	}
	return 0;
}

void
pci_enable(const struct pci_device *dev)
{
	pci_write16(dev, PCI_COMMAND, pci_read16(dev, PCI_COMMAND) |
	    PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

/* ---- Discovery ---- */

/* Which bits of a BAR can be set tells how much it decodes.  The device must
 * not decode meanwhile: the caller has cleared its command register. */
static uint32_t
bar_probe(const struct pci_device *dev, unsigned offset)
{
	uint32_t old = pci_read32(dev, offset);
	uint32_t ones;

	pci_write32(dev, offset, BAR_ALL_ONES);
	ones = pci_read32(dev, offset);
	pci_write32(dev, offset, old);
	return ones;
}

/* Decode BAR number i.  Returns how many BARs it takes: 1 or 2. */
static unsigned
bar_decode(struct pci_device *dev, unsigned i)
{
	struct pci_bar *bar = &dev->bar[i];
	unsigned offset = PCI_BAR0 + 4 * i;
	uint32_t value = pci_read32(dev, offset);
	uint64_t ones = bar_probe(dev, offset);

	if (ones == 0)
		return 1;
	bar->is_io = (value & BAR_IO) != 0;
	if (bar->is_io) {
		bar->base = value & BAR_IO_MASK;
		bar->bytes = (uint16_t)(~(ones & BAR_IO_MASK) + 1);
		return 1;
	}
	bar->prefetchable = (value & BAR_PREFETCHABLE) != 0;
	bar->is_64 = FIELD_GET(BAR_TYPE, value) == BAR_TYPE_64;
	bar->base = value & BAR_MEM_MASK;
	ones &= BAR_MEM_MASK;
	if (!bar->is_64 || i + 1 == PCI_BARS) {
		bar->bytes = (uint32_t)(~ones + 1);
		return 1;
	}
	bar->base |= (uint64_t)pci_read32(dev, offset + 4) << 32;
	ones |= (uint64_t)bar_probe(dev, offset + 4) << 32;
	bar->bytes = ~ones + 1;
	return 2;
}

/* All BARs of a device, decoding switched off meanwhile. */
static void
bars_decode(struct pci_device *dev)
{
	unsigned count = dev->header_type == HEADER_BRIDGE ? BRIDGE_BARS
							   : PCI_BARS;
	uint16_t command = pci_read16(dev, PCI_COMMAND);

	pci_write16(dev, PCI_COMMAND,
	    command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (unsigned i = 0; i < count;)
		i += bar_decode(dev, i);
	pci_write16(dev, PCI_COMMAND, command);
}

int
pci_describe(const struct pci_device *dev, char *buf, size_t size)
{
	return snprintf(buf, size,
	    "%02x:%02x.%x %04x: %04x:%04x rev %02x irq %u", dev->bus, dev->slot,
	    dev->function, dev->class, dev->vendor, dev->device, dev->revision,
	    dev->irq_pin != 0 ? dev->irq_line : 0);
}

static void scan_bus(unsigned bus, uint8_t seen[BUSES_MAX]);

/* Add the function at where to the list, and what is behind it, if it is a
 * bridge. */
static void
add_function(const struct pci_device *where, uint8_t seen[BUSES_MAX])
{
	struct pci_device *dev = kmalloc(sizeof(*dev));
	char text[PCI_LINE_BYTES];

	if (dev == NULL)
		return;
	*dev = *where;
	dev->header_type = pci_read8(dev, PCI_HEADER_TYPE) & HEADER_TYPE_MASK;
	dev->vendor = pci_read16(dev, PCI_VENDOR);
	dev->device = pci_read16(dev, PCI_DEVICE);
	dev->class = pci_read16(dev, PCI_CLASS);
	dev->prog_if = pci_read8(dev, PCI_CLASS - 1);
	dev->revision = pci_read8(dev, PCI_REVISION);
	dev->irq_line = pci_read8(dev, PCI_INTERRUPT_LINE);
	dev->irq_pin = pci_read8(dev, PCI_INTERRUPT_PIN);
	bars_decode(dev);
	list_add_tail(&pci_devices, &dev->link);
	pci_describe(dev, text, sizeof(text));
	pr_info("pci: %s", text);
	if (dev->header_type == HEADER_BRIDGE)
		scan_bus(pci_read8(dev, PCI_SECONDARY_BUS), seen);
}

/* seen: one byte a bus, so that a damaged bridge does not send us round. */
static void
scan_bus(unsigned bus, uint8_t seen[BUSES_MAX])
{
	struct pci_device dev = {.bus = bus};

	if (seen[bus])
		return;
	seen[bus] = 1;
	for (dev.slot = 0; dev.slot < SLOTS; dev.slot++) {
		bool multi;

		dev.function = 0;
		if (pci_read16(&dev, PCI_VENDOR) == NO_DEVICE)
			continue;
		multi = (pci_read8(&dev, PCI_HEADER_TYPE) & HEADER_MULTI) != 0;
		add_function(&dev, seen);
		for (dev.function = 1; multi && dev.function < FUNCTIONS;
		    dev.function++)
			if (pci_read16(&dev, PCI_VENDOR) != NO_DEVICE)
				add_function(&dev, seen);
	}
}

void
pci_init(void)
{
	static uint8_t seen[BUSES_MAX];

	/* Without mechanism #1 the address does not read back. */
	outl(CONFIG_ADDRESS, CONFIG_ENABLE);
	if (inl(CONFIG_ADDRESS) == CONFIG_ENABLE)
		scan_bus(0, seen);
}

struct pci_device *
pci_find(struct pci_device *prev, unsigned vendor, unsigned device)
{
	struct list *link = prev != NULL ? prev->link.next : pci_devices.next;

	for (; link != &pci_devices; link = link->next) {
		struct pci_device *dev =
		    list_entry(link, struct pci_device, link);

		if ((vendor == PCI_ANY || dev->vendor == vendor) &&
		    (device == PCI_ANY || dev->device == device))
			return dev;
	}
	return NULL;
}

struct pci_device *
pci_find_class(struct pci_device *prev, unsigned class)
{
	while ((prev = pci_find(prev, PCI_ANY, PCI_ANY)) != NULL)
		if (prev->class == class)
			return prev;
	return NULL;
}
