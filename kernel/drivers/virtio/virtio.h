/* virtio.h - virtio devices behind PCI: finding, negotiating, queues.
 *
 * Layer: drivers   Called by: init.c (virtio_init), virtio drivers
 * Source: [VIRTIO] 3.1 "Device Initialization", 4.1 "Virtio Over PCI Bus"
 *
 * A driver's life with a device:
 *
 *	virtio_open         where are its registers?
 *	virtio_negotiate    reset, and agree on features
 *	virtio_queue_enable each queue
 *	virtio_start        DRIVER_OK: from now on it works
 *	virtio_stop         it touches no memory any more; negotiate again
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"
#include "lib/types.h"

struct pci_device;
struct virtio_pci_common;
struct virtqueue;

#define VIRTIO_PCI_VENDOR 0x1af4

/* [VIRTIO] 6 "Reserved Feature Bits" */
#define VIRTIO_F_INDIRECT_DESC BIT(28)
#define VIRTIO_F_VERSION_1     BIT(32)

/* A device.  What protects the members: [I] immutable after virtio_open();
 * [o] the driver, who calls with his lock held or alone. */
struct virtio_device {
	const struct pci_device *pci;              /* [I] */
	volatile struct virtio_pci_common *common; /* [I] */
	volatile uint8_t *isr;                     /* [I] reading it quits */
	volatile char *config;                     /* [I] of the kind of device */
	size_t config_bytes;                       /* [I] */
	volatile char *doorbells;                  /* [I] */
	size_t doorbell_bytes;                     /* [I] */
	uint32_t doorbell_step;                    /* [I] */
	uint64_t features;                         /* [o] negotiated */
};

/* Find the device's registers and map them.
 * Returns 0; -ENODEV: it has only the interface from before version 1.0, or
 * its description makes no sense; -ENOMEM.  Says which.  May sleep. */
int virtio_open(struct virtio_device *dev, const struct pci_device *pci);

/* Reset the device and agree on those of the wanted features that it offers,
 * VIRTIO_F_VERSION_1 always.  Result: dev->features.
 * Returns 0, or -EIO: it refuses, or does not answer. */
int virtio_negotiate(struct virtio_device *dev, uint64_t wanted);

/* The most that queue number may have; 0: there is none. */
unsigned virtio_queue_size(struct virtio_device *dev, unsigned number);

/* Tell the device where an empty queue is, and the queue where its doorbell is.
 * Returns 0, or -EIO: the device puts the doorbell where there is none. */
int virtio_queue_enable(struct virtio_device *dev, unsigned number,
    struct virtqueue *vq);

/* All is set: let it work. */
void virtio_start(struct virtio_device *dev);

/* Reset it, and make sure that it reads and writes no memory any more: one that
 * does not answer loses the bus.  Returns 0, or -EIO: it did not answer.
 * Any context; may take RESET_WAIT_NS. */
int virtio_stop(struct virtio_device *dev);

/* Did the device raise the interrupt for a queue?  Quits it.  Any context. */
bool virtio_interrupted(struct virtio_device *dev);

/* The device's own configuration; offset: of a field that lies inside.  One
 * that it does not have reads as 0. */
uint32_t virtio_config_read32(struct virtio_device *dev, unsigned offset);
uint64_t virtio_config_read64(struct virtio_device *dev, unsigned offset);

/* Bring up the drivers for all virtio devices.  After pci_init(). */
void virtio_init(void);

/* virtio_blk.c: a disk.  Returns 0 or an error; says which. */
int virtio_blk_attach(const struct pci_device *pci);
