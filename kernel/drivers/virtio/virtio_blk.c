/* virtio_blk.c - virtio block devices: vda, vdb, ...
 *
 * Layer: drivers   Called by: virtio_pci.c, block/queue.c; interrupts
 * Source: [VIRTIO] 5.2 "Block Device"
 *
 * A transfer is one chain: a header, the segments, a byte for the status.  All
 * that one needs beside its chain is in a table with an entry for each chain.
 * Many are in flight at a time; the interrupt handler takes all that are done.
 *
 * A device that breaks the rules of its queue is stopped for good.  One that
 * only takes too long is reset, and goes on.
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/block/disk.h"
#include "drivers/chardev.h"
#include "drivers/pci.h"
#include "drivers/virtio/virtio.h"
#include "drivers/virtio/virtqueue.h"
#include "lib/atomic.h"
#include "lib/format.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "x86/irq.h"

#define VIRTIO_BLK_MAJOR  254
#define VIRTIO_BLK_MINORS 16
#define DISKS_MAX         ('z' - 'a' + 1)

/* [VIRTIO] 5.2.3 "Feature bits" */
#define VIRTIO_BLK_F_SIZE_MAX BIT(1)
#define VIRTIO_BLK_F_SEG_MAX  BIT(2)
#define VIRTIO_BLK_F_RO       BIT(5)
#define VIRTIO_BLK_F_BLK_SIZE BIT(6)
#define VIRTIO_BLK_F_FLUSH    BIT(9)

#define FEATURES_WANTED                                                      \
	(VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_RO |    \
	    VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH |                     \
	    VIRTIO_F_INDIRECT_DESC)

/* [VIRTIO] 5.2.4 "Device configuration layout" */
enum virtio_blk_config {
	CONFIG_CAPACITY = 0, /* 64 bits: sectors */
	CONFIG_SIZE_MAX = 8,
	CONFIG_SEG_MAX = 12,
	CONFIG_BLK_SIZE = 20,
};

/* [VIRTIO] 5.2.6 "Device Operation" */
enum virtio_blk_type {
	VIRTIO_BLK_T_IN = 0,
	VIRTIO_BLK_T_OUT = 1,
	VIRTIO_BLK_T_FLUSH = 4,
};

#define VIRTIO_BLK_S_OK 0
#define STATUS_NONE     255 /* what the device must replace */

struct virtio_blk_header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};
_Static_assert(sizeof(struct virtio_blk_header) == 16, "a request's header");

/* What the device reads and writes beside the segments. */
struct virtio_blk_request {
	struct virtio_blk_header header;
	uint8_t status;
	uint8_t unused[15];
};
_Static_assert(sizeof(struct virtio_blk_request) * VIRTQUEUE_CHAINS_MAX <=
	PAGE_SIZE, "all requests are in one page");

#define HEADER_AND_STATUS 2    /* pieces of a chain that are not segments */
#define QUEUE_SIZE_MIN    4    /* they, a segment, and a power of two */
#define TRANSFER_SECTORS  2048 /* 1 MiB: beyond it no disk gets faster */

/* What protects the members: [I] immutable after attach; [l] disk.lock. */
struct virtio_blk {
	struct virtio_device dev;
	struct virtqueue queue;               /* [l] */
	struct virtio_blk_request *requests;  /* [l] by chain->index */
	paddr_t requests_pa;                  /* [I] */
	bool dead;                            /* [l] */
	struct disk disk;
};

static unsigned disk_count; /* [boot CPU, in virtio_init()] */

/* ---- Transfers ---- */

static int
blk_start(struct disk *disk, struct disk_transfer *t)
{
	static const enum virtio_blk_type types[] = {
	    [BLOCK_READ] = VIRTIO_BLK_T_IN,
	    [BLOCK_WRITE] = VIRTIO_BLK_T_OUT,
	    [BLOCK_FLUSH] = VIRTIO_BLK_T_FLUSH,
	};
	struct virtio_blk *blk = disk->priv;
	enum virtq_direction direction = t->op == BLOCK_READ
	    ? VIRTQ_DEVICE_WRITES : VIRTQ_DEVICE_READS;
	struct virtio_blk_request *req;
	struct virtq_chain *chain;
	paddr_t req_pa;

	kassert(t->segment_count <= disk->max_segments);
	if (blk->dead)
		return -EIO;
	chain = virtqueue_get(&blk->queue);
	if (chain == NULL)
		return -EBUSY;
	req = &blk->requests[chain->index];
	req_pa = blk->requests_pa + chain->index * sizeof(*req);
	req->header.type = types[t->op];
	req->header.sector = t->sector;
	req->status = STATUS_NONE;
	chain->cookie = t;
	virtqueue_add(&blk->queue, chain, req_pa, sizeof(req->header),
	    VIRTQ_DEVICE_READS);
	for (unsigned i = 0; i < t->segment_count; i++)
		virtqueue_add(&blk->queue, chain, t->segments[i].pa,
		    t->segments[i].bytes, direction);
	virtqueue_add(&blk->queue, chain,
	    req_pa + offsetof(struct virtio_blk_request, status), 1,
	    VIRTQ_DEVICE_WRITES);
	virtqueue_submit(&blk->queue, chain);
	virtqueue_notify(&blk->queue);
	return 0;
}

/* The device has broken the rules: stop it, and fail what it has.
 * Locks: disk->lock held. */
static void
blk_kill(struct virtio_blk *blk, const char *why)
{
	struct virtq_chain *chain;

	pr_err("%s: the device is not used any more: it %s", blk->disk.name,
	    why);
	virtio_stop(&blk->dev);
	blk->dead = true;
	while ((chain = virtqueue_take_back(&blk->queue)) != NULL) {
		disk_transfer_done(&blk->disk, chain->cookie, -EIO);
		virtqueue_put(&blk->queue, chain);
	}
}

/* Did the device do what a chain asked for?  A read that succeeded has filled
 * all of it, the status included. */
static int
blk_result(const struct virtio_blk *blk, const struct virtq_chain *chain,
    uint32_t written)
{
	if (atomic_load(&blk->requests[chain->index].status) !=
	    VIRTIO_BLK_S_OK || written < chain->writable)
		return -EIO;
	return 0;
}

/* Take what the device has done.  Locks: disk->lock held. */
static void
blk_service(struct virtio_blk *blk)
{
	struct virtq_chain *chain;
	uint32_t written;
	int found;

	while ((found = virtqueue_poll(&blk->queue, &chain, &written)) > 0) {
		int err = blk_result(blk, chain, written);

		disk_transfer_done(&blk->disk, chain->cookie, err);
		virtqueue_put(&blk->queue, chain);
	}
	if (found < 0 && !blk->dead)
		blk_kill(blk, blk->queue.broken);
}

static void
blk_irq(void *arg)
{
	struct virtio_blk *blk = arg;
	uint64_t flags;

	if (!virtio_interrupted(&blk->dev))
		return; /* another device on this line */
	flags = disk_lock(&blk->disk);
	blk_service(blk);
	disk_unlock(&blk->disk, flags);
}

/* disk_ops.poll: the doorbell or the interrupt may have got lost. */
static void
blk_poll(struct disk *disk)
{
	struct virtio_blk *blk = disk->priv;

	if (blk->dead)
		return;
	virtqueue_notify(&blk->queue);
	blk_service(blk);
}

/* ---- Bringing it up ---- */

/* Make the device work with the empty queue.  Features: what it has offered
 * must not have changed since the queue was made. */
static int
blk_enable(struct virtio_blk *blk)
{
	int err = virtio_queue_enable(&blk->dev, 0, &blk->queue);

	if (err == 0)
		virtio_start(&blk->dev);
	return err;
}

static int
blk_reset(struct disk *disk)
{
	struct virtio_blk *blk = disk->priv;
	uint64_t features = blk->dev.features;
	uint64_t flags;
	int err = -EIO;

	flags = spin_lock_irq(&disk->lock);
	if (!blk->dead && virtio_negotiate(&blk->dev, features) == 0 &&
	    blk->dev.features == features) {
		virtqueue_reset(&blk->queue);
		err = blk_enable(blk);
	}
	blk->dead = err != 0;
	spin_unlock_irq(&disk->lock, flags);
	return err;
}

static const struct disk_ops blk_ops = {
    .start = blk_start,
    .reset = blk_reset,
    .poll = blk_poll,
};

/* Make the queue and the table of requests.  Returns 0; -EINVAL: the device's
 * queue is of no use; -ENOMEM. */
static int
blk_make_queue(struct virtio_blk *blk)
{
	unsigned size = MIN(virtio_queue_size(&blk->dev, 0),
	    (unsigned)VIRTQUEUE_SIZE_MAX);
	uint32_t segments = size - MIN(size, HEADER_AND_STATUS);
	struct page *page;
	int err;

	if (blk->dev.features & VIRTIO_BLK_F_SEG_MAX)
		segments = MIN(segments,
		    virtio_config_read32(&blk->dev, CONFIG_SEG_MAX));
	if (segments == 0 || size < QUEUE_SIZE_MIN)
		return -EINVAL;
	err = virtqueue_init(&blk->queue, &(struct virtqueue_shape){
	    .size = size,
	    .chain_max = segments + HEADER_AND_STATUS,
	    .indirect = (blk->dev.features & VIRTIO_F_INDIRECT_DESC) != 0});
	if (err != 0)
		return err;
	page = page_alloc(0, PAGE_ZERO);
	if (page == NULL) {
		virtqueue_fini(&blk->queue);
		return -ENOMEM;
	}
	blk->requests = page_va(page);
	blk->requests_pa = page_to_pa(page);
	return 0;
}

/* The largest power of two that is at most n > 0. */
static uint32_t
power_of_two_below(uint32_t n)
{
	return 1u << (31 - __builtin_clz(n));
}

/* What the queue and the device's configuration make of the disk. */
static int
blk_describe(struct virtio_blk *blk)
{
	struct disk *disk = &blk->disk;
	uint64_t features = blk->dev.features;

	snprintf(disk->name, sizeof(disk->name), "vd%c", 'a' + disk_count);
	disk->number = DEV_MAKE(VIRTIO_BLK_MAJOR,
	    disk_count * VIRTIO_BLK_MINORS);
	disk->max_partitions = VIRTIO_BLK_MINORS - 1;
	disk->sectors = virtio_config_read64(&blk->dev, CONFIG_CAPACITY);
	disk->read_only = (features & VIRTIO_BLK_F_RO) != 0;
	disk->can_flush = (features & VIRTIO_BLK_F_FLUSH) != 0;
	disk->max_segments = blk->queue.shape.chain_max - HEADER_AND_STATUS;
	disk->max_sectors = TRANSFER_SECTORS;
	disk->depth = blk->queue.chain_count;
	disk->ops = &blk_ops;
	disk->priv = blk;
	if (features & VIRTIO_BLK_F_SIZE_MAX) {
		uint32_t bytes = virtio_config_read32(&blk->dev,
		    CONFIG_SIZE_MAX);

		if (bytes < SECTOR_BYTES)
			return -EINVAL;
		/* Between two multiples of it there is no more than that. */
		disk->segment_boundary = power_of_two_below(bytes);
	}
	return 0;
}

static void
blk_announce(struct virtio_blk *blk)
{
	uint32_t block_bytes = SECTOR_BYTES;

	if (blk->dev.features & VIRTIO_BLK_F_BLK_SIZE)
		block_bytes = virtio_config_read32(&blk->dev, CONFIG_BLK_SIZE);
	pr_info("%s: virtio, %lu MiB, irq %u%s%s%s", blk->disk.name,
	    (unsigned long)(blk->disk.sectors * SECTOR_BYTES >> 20),
	    blk->dev.pci->irq_line,
	    blk->disk.read_only ? ", read-only" : "",
	    blk->disk.can_flush ? "" : ", no cache",
	    block_bytes > SECTOR_BYTES ? ", takes large blocks only" : "");
}

/* A device behind pci that has been found: from negotiation to the disk.
 * Returns 0, or an error: then the device is stopped. */
static int
blk_bring_up(struct virtio_blk *blk)
{
	int err = virtio_negotiate(&blk->dev, FEATURES_WANTED);

	if (err == 0 && blk->dev.pci->irq_pin == 0)
		err = -ENODEV; /* no interrupt */
	if (err != 0)
		goto out;
	err = blk_make_queue(blk);
	if (err != 0)
		goto out;
	err = blk_describe(blk);
	if (err == 0)
		err = blk_enable(blk);
	if (err == 0)
		err = irq_register(blk->dev.pci->irq_line, blk_irq, blk);
	if (err == 0)
		return 0;
	virtio_stop(&blk->dev);
	virtqueue_fini(&blk->queue);
	page_free(page_from_va(blk->requests));
	return err;
out:
	virtio_stop(&blk->dev);
	return err;
}

int
virtio_blk_attach(const struct pci_device *pci)
{
	struct virtio_blk *blk;
	int err;

	if (disk_count == DISKS_MAX)
		return -ENODEV;
	blk = kzalloc(sizeof(*blk));
	if (blk == NULL)
		return -ENOMEM;
	err = virtio_open(&blk->dev, pci);
	if (err != 0)
		goto out;
	err = blk_bring_up(blk);
	if (err != 0) {
		pr_warn("virtio: the disk in slot %u cannot be used: error %d",
		    pci->slot, -err);
		goto out;
	}
	disk_count++;
	blk_announce(blk);
	return disk_register(&blk->disk);
out:
	kfree(blk);
	return err;
}
