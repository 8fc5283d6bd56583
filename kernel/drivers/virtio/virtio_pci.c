/* virtio_pci.c - virtio devices behind PCI: finding, negotiating, queues.
 *
 * Layer: drivers   Called by: init.c, virtio drivers
 * Source: [VIRTIO] 4.1 "Virtio Over PCI Bus", 3.1 "Device Initialization"
 *
 * Vendor capabilities in the configuration space say in which BAR, and where,
 * the four groups of registers are.  Devices from before version 1.0 have none:
 * their registers are ports in another order, which we do not know.
 *
 * Interrupts come by the line of the PCI slot; the ISR register tells whether
 * it was this device, and reading it quits.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/virtio/virtio.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/pci.h"
#include "drivers/virtio/virtqueue.h"
#include "lib/format.h"
#include "mm/pagetable.h"
#include "sched/clock.h"
#include "x86/cpu.h"

/* [VIRTIO] 4.1.2 "PCI Device Discovery": the type is the device number less
 * MODERN; those that also know the old interface have numbers of their own. */
#define VIRTIO_PCI_TRANSITIONAL_BLOCK 0x1001
#define VIRTIO_PCI_MODERN             0x1040
#define VIRTIO_ID_BLOCK               2

/* [VIRTIO] 4.1.4 "Virtio Structure PCI Capabilities" */
enum virtio_pci_cap {
	CAP_TYPE = 3,
	CAP_BAR = 4,
	CAP_OFFSET = 8,
	CAP_LENGTH = 12,
	CAP_NOTIFY_STEP = 16,
};

enum virtio_pci_cap_type {
	VIRTIO_PCI_CAP_COMMON_CFG = 1,
	VIRTIO_PCI_CAP_NOTIFY_CFG = 2,
	VIRTIO_PCI_CAP_ISR_CFG = 3,
	VIRTIO_PCI_CAP_DEVICE_CFG = 4,
};

/* [VIRTIO] 4.1.4.3 "Common configuration structure layout".  Fields of 64 bits
 * are written as two halves. */
struct virtio_pci_common {
	uint32_t device_feature_select;
	uint32_t device_feature;
	uint32_t driver_feature_select;
	uint32_t driver_feature;
	uint16_t config_msix_vector;
	uint16_t num_queues;
	uint8_t device_status;
	uint8_t config_generation;
	uint16_t queue_select;
	uint16_t queue_size;
	uint16_t queue_msix_vector;
	uint16_t queue_enable;
	uint16_t queue_notify_off;
	uint32_t queue_desc[2];
	uint32_t queue_driver[2];
	uint32_t queue_device[2];
};
_Static_assert(offsetof(struct virtio_pci_common, device_status) == 20,
    "common configuration");
_Static_assert(sizeof(struct virtio_pci_common) == 56, "common configuration");

/* [VIRTIO] 2.1 "Device Status Field" */
#define STATUS_ACKNOWLEDGE BIT(0)
#define STATUS_DRIVER      BIT(1)
#define STATUS_DRIVER_OK   BIT(2)
#define STATUS_FEATURES_OK BIT(3)
#define STATUS_FAILED      BIT(7)

#define ISR_QUEUE BIT(0)

#define RESET_WAIT_NS     (100 * NS_PER_MSEC)
#define CONFIG_READS_MAX  16
#define REGISTERS_MAX     (1u << 20) /* bytes of one group that we map */

/* ---- Finding the registers ---- */

/* A group of registers. */
struct window {
	volatile char *va;
	size_t bytes;
	unsigned cap; /* where it is described */
};

/* Map the first group of a type that we can reach, at least min bytes of it.
 * Returns 0; -ENODEV: there is none; -ENOMEM.
 * Source: [VIRTIO] 4.1.4 "Virtio Structure PCI Capabilities" */
static int
window_map(const struct pci_device *pci, enum virtio_pci_cap_type type,
    size_t min, struct window *window)
{
	unsigned cap = 0;

	while ((cap = pci_capability(pci, PCI_CAP_VENDOR, cap)) != 0) {
		unsigned bar = pci_read8(pci, cap + CAP_BAR);
		uint64_t offset = pci_read32(pci, cap + CAP_OFFSET);
		uint64_t bytes = pci_read32(pci, cap + CAP_LENGTH);

		if (pci_read8(pci, cap + CAP_TYPE) != type || bar >= PCI_BARS ||
		    pci->bar[bar].is_io || pci->bar[bar].base == 0 ||
		    bytes < min || offset + bytes > pci->bar[bar].bytes)
			continue;
		window->cap = cap;
		window->bytes = MIN(bytes, (uint64_t)REGISTERS_MAX);
		window->va = mmio_map(pci->bar[bar].base + offset,
		    window->bytes);
		return window->va != NULL ? 0 : -ENOMEM;
	}
	return -ENODEV;
}

/* The capabilities of a device, or why they will not do. */
static int
map_all(struct virtio_device *dev, const struct pci_device *pci)
{
	struct window common, doorbells, isr, config;
	int err = window_map(pci, VIRTIO_PCI_CAP_COMMON_CFG,
	    sizeof(struct virtio_pci_common), &common);

	if (err == 0)
		err = window_map(pci, VIRTIO_PCI_CAP_NOTIFY_CFG,
		    sizeof(uint16_t), &doorbells);
	if (err == 0)
		err = window_map(pci, VIRTIO_PCI_CAP_ISR_CFG, 1, &isr);
	if (err == 0)
		err = window_map(pci, VIRTIO_PCI_CAP_DEVICE_CFG,
		    sizeof(uint32_t), &config);
	if (err != 0)
		return err;
	*dev = (struct virtio_device){
	    .pci = pci,
	    .common = (volatile struct virtio_pci_common *)common.va,
	    .isr = (volatile uint8_t *)isr.va,
	    .config = config.va,
	    .config_bytes = config.bytes,
	    .doorbells = doorbells.va,
	    .doorbell_bytes = doorbells.bytes,
	    .doorbell_step = pci_read32(pci, doorbells.cap + CAP_NOTIFY_STEP),
	};
	return 0;
}

int
virtio_open(struct virtio_device *dev, const struct pci_device *pci)
{
	char text[PCI_LINE_BYTES];
	int err;

	pci_describe(pci, text, sizeof(text));
	if (pci_capability(pci, PCI_CAP_VENDOR, 0) == 0) {
		pr_warn("virtio: %s: not used: it has only the legacy interface",
		    text);
		return -ENODEV;
	}
	err = map_all(dev, pci);
	if (err != 0)
		pr_warn("virtio: %s: not used: %s", text, err == -ENOMEM
			? "no memory for its registers"
			: "its capabilities name no usable registers");
	else
		pci_enable(pci);
	return err;
}

/* ---- Status and features ---- */

static void
status_add(struct virtio_device *dev, uint8_t bits)
{
	dev->common->device_status |= bits;
}

int
virtio_stop(struct virtio_device *dev)
{
	uint64_t deadline = clock_ns() + RESET_WAIT_NS;

	dev->common->device_status = 0;
	while (dev->common->device_status != 0) {
		if (clock_ns() > deadline) {
			pci_write16(dev->pci, PCI_COMMAND,
			    pci_read16(dev->pci, PCI_COMMAND) &
			    ~PCI_COMMAND_MASTER);
			return -EIO;
		}
		cpu_relax();
	}
	return 0;
}

static uint64_t
offered_features(struct virtio_device *dev)
{
	uint64_t low;

	dev->common->device_feature_select = 0;
	low = dev->common->device_feature;
	dev->common->device_feature_select = 1;
	return low | (uint64_t)dev->common->device_feature << 32;
}

/* Source: [VIRTIO] 3.1.1 "Driver Requirements: Device Initialization" */
int
virtio_negotiate(struct virtio_device *dev, uint64_t wanted)
{
	uint64_t offered;

	if (virtio_stop(dev) != 0)
		return -EIO;
	status_add(dev, STATUS_ACKNOWLEDGE);
	status_add(dev, STATUS_DRIVER);
	offered = offered_features(dev);
	if ((offered & VIRTIO_F_VERSION_1) == 0)
		goto refused;
	dev->features = offered & (wanted | VIRTIO_F_VERSION_1);
	dev->common->driver_feature_select = 0;
	dev->common->driver_feature = (uint32_t)dev->features;
	dev->common->driver_feature_select = 1;
	dev->common->driver_feature = dev->features >> 32;
	status_add(dev, STATUS_FEATURES_OK);
	if ((dev->common->device_status & STATUS_FEATURES_OK) != 0)
		return 0;
refused:
	status_add(dev, STATUS_FAILED);
	return -EIO;
}

void
virtio_start(struct virtio_device *dev)
{
	status_add(dev, STATUS_DRIVER_OK);
}

bool
virtio_interrupted(struct virtio_device *dev)
{
	return (*dev->isr & ISR_QUEUE) != 0;
}

/* ---- Queues ---- */

unsigned
virtio_queue_size(struct virtio_device *dev, unsigned number)
{
	if (number >= dev->common->num_queues)
		return 0;
	dev->common->queue_select = number;
	return dev->common->queue_size;
}

static void
write64(volatile uint32_t halves[2], paddr_t pa)
{
	halves[0] = (uint32_t)pa;
	halves[1] = pa >> 32;
}

int
virtio_queue_enable(struct virtio_device *dev, unsigned number,
    struct virtqueue *vq)
{
	volatile struct virtio_pci_common *common = dev->common;
	uint64_t at;

	common->queue_select = number;
	at = (uint64_t)common->queue_notify_off * dev->doorbell_step;
	if (at + sizeof(uint16_t) > dev->doorbell_bytes)
		return -EIO;
	vq->doorbell = (volatile uint16_t *)(dev->doorbells + at);
	vq->number = number;
	common->queue_size = vq->shape.size;
	write64(common->queue_desc, va_to_pa(vq->desc));
	write64(common->queue_driver, va_to_pa(vq->avail));
	write64(common->queue_device, va_to_pa(vq->used));
	common->queue_enable = 1;
	return 0;
}

/* ---- The device's own configuration ---- */

uint32_t
virtio_config_read32(struct virtio_device *dev, unsigned offset)
{
	if (offset + sizeof(uint32_t) > dev->config_bytes)
		return 0;
	return *(volatile uint32_t *)(dev->config + offset);
}

/* The device may change the two halves between our looks at them; then the
 * generation changes. [VIRTIO] 2.5 "Device Configuration Space" */
uint64_t
virtio_config_read64(struct virtio_device *dev, unsigned offset)
{
	uint64_t value = 0;

	for (unsigned n = 0; n < CONFIG_READS_MAX; n++) {
		uint8_t generation = dev->common->config_generation;

		value = virtio_config_read32(dev, offset) |
		    (uint64_t)virtio_config_read32(dev, offset + 4) << 32;
		if (dev->common->config_generation == generation)
			break;
	}
	return value;
}

/* ---- All devices ---- */

void
virtio_init(void)
{
	struct pci_device *pci = NULL;

	while ((pci = pci_find(pci, VIRTIO_PCI_VENDOR, PCI_ANY)) != NULL) {
		if (pci->device == VIRTIO_PCI_MODERN + VIRTIO_ID_BLOCK ||
		    pci->device == VIRTIO_PCI_TRANSITIONAL_BLOCK)
			virtio_blk_attach(pci);
	}
}
