/* pci.h - PCI: the list of devices, their configuration space and their BARs.
 *
 * Layer: drivers   Called by: init.c, device drivers, procfs (pci_show)
 * Source: [PCI] 3.0 6.1 "Configuration Space Organization"
 *
 * Configuration mechanism #1: an address to port 0xcf8, the data at 0xcfc.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

#define PCI_BARS 6

/* Offsets in configuration space. */
enum pci_config {
	PCI_VENDOR = 0,
	PCI_DEVICE = 2,
	PCI_COMMAND = 4,
	PCI_STATUS = 6,
	PCI_REVISION = 8,
	PCI_CLASS = 10, /* 16 bits: class, subclass */
	PCI_HEADER_TYPE = 14,
	PCI_BAR0 = 16,
	PCI_SUBSYSTEM_VENDOR = 44,
	PCI_SUBSYSTEM = 46,
	PCI_CAPABILITIES = 52,
	PCI_INTERRUPT_LINE = 60,
	PCI_INTERRUPT_PIN = 61,
};

#define PCI_COMMAND_IO     BIT(0)
#define PCI_COMMAND_MEMORY BIT(1)
#define PCI_COMMAND_MASTER BIT(2)
#define PCI_COMMAND_NOINTX BIT(10)

enum pci_capability {
	PCI_CAP_MSI = 5,
	PCI_CAP_VENDOR = 9, /* virtio describes itself with these */
	PCI_CAP_MSIX = 17,
};

/* A region that the device decodes.  bytes == 0: there is none. */
struct pci_bar {
	paddr_t base; /* physical address, or port number */
	uint64_t bytes;
	bool is_io;
	bool is_64;
	bool prefetchable;
};

/* All immutable after pci_init(). */
struct pci_device {
	uint8_t bus;
	uint8_t slot;
	uint8_t function;
	uint8_t header_type;
	uint16_t vendor;
	uint16_t device;
	uint16_t class; /* class << 8 | subclass */
	uint8_t prog_if;
	uint8_t revision;
	uint8_t irq_line; /* what the firmware wrote; 255: none */
	uint8_t irq_pin;  /* 1..4 = A..D; 0: none */
	struct pci_bar bar[PCI_BARS];
	struct list link;
};

/* Find all devices behind all bridges.  Logs each; no PCI: logs nothing. */
void pci_init(void);

/* The next device after prev (NULL: from the start) with that vendor and
 * device number; PCI_ANY matches all.  NULL: no more. */
#define PCI_ANY 65536U
struct pci_device *pci_find(struct pci_device *prev, unsigned vendor,
    unsigned device);
/* The same by class << 8 | subclass. */
struct pci_device *pci_find_class(struct pci_device *prev, unsigned class);

/* Configuration space.  offset: aligned to the access.  Any context.
 * Locks: takes the configuration lock. */
uint32_t pci_read32(const struct pci_device *dev, unsigned offset);
uint16_t pci_read16(const struct pci_device *dev, unsigned offset);
uint8_t pci_read8(const struct pci_device *dev, unsigned offset);
void pci_write32(const struct pci_device *dev, unsigned offset, uint32_t v);
void pci_write16(const struct pci_device *dev, unsigned offset, uint16_t v);
void pci_write8(const struct pci_device *dev, unsigned offset, uint8_t v);

/* Offset of the first capability id behind offset after (0: from the start),
 * or 0: no more. */
unsigned pci_capability(const struct pci_device *dev, unsigned id,
    unsigned after);

/* Let the device decode its BARs and master the bus. */
void pci_enable(const struct pci_device *dev);

/* One line about a device, without its end: where, class, vendor and device,
 * revision, interrupt.  Returns the length as snprintf does. */
#define PCI_LINE_BYTES 80
int pci_describe(const struct pci_device *dev, char *buf, size_t size);
