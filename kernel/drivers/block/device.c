/* device.c - the disks and partitions there are.
 *
 * Layer: drivers   Called by: disk drivers (register), fs, procfs
 *
 * Devices are added at boot and never freed: readers need no lock, for a device
 * is complete before it is linked.
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/block/internal.h"
#include "drivers/block/partition.h"
#include "drivers/chardev.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/mutex.h"

#define WARNINGS_MAX 8 /* about one table */

_Static_assert(PARTITION_BUF_BYTES == PAGE_SIZE, "scan_disk() takes a page");

static struct mutex disks_lock = MUTEX_INIT(disks_lock, "disks", RANK_DISK);
static struct block_device *first_device; /* [a] linked through next */
static struct block_device **last_link = &first_device; /* [x disks_lock] */

/* ---- The list -------------------------------------------------------- */

/* The device after dev, those that are no more as well. */
static struct block_device *
next_device(struct block_device *dev)
{
	return atomic_load(dev != NULL ? &dev->next : &first_device);
}

struct block_device *
block_next(struct block_device *dev)
{
	do
		dev = next_device(dev);
	while (dev != NULL && dev->sectors == 0);
	return dev;
}

struct block_device *
block_find(dev_t number)
{
	struct block_device *dev = NULL;

	while ((dev = block_next(dev)) != NULL && dev->number != number)
		;
	return dev;
}

struct block_device *
block_find_name(const char *name)
{
	struct block_device *dev = NULL;

	while ((dev = block_next(dev)) != NULL && strcmp(dev->name, name) != 0)
		;
	return dev;
}

/* The device of a disk's partition (0: the disk), even if it is no more. */
static struct block_device *
find_partition(const struct disk *disk, unsigned partition)
{
	struct block_device *dev = NULL;

	while ((dev = next_device(dev)) != NULL &&
	    (dev->disk != disk || dev->partition != partition))
		;
	return dev;
}

/* Add a device; partition 0 is the whole disk.  Returns it, or NULL: no
 * memory.  Locks: disks_lock held. */
static struct block_device *
add_device(struct disk *disk, unsigned partition, uint64_t first_sector,
    uint64_t sectors)
{
	struct block_device *dev = kzalloc(sizeof(*dev));

	kassert(mutex_held(&disks_lock));
	if (dev == NULL)
		return NULL;
	if (partition == 0)
		strlcpy(dev->name, disk->name, sizeof(dev->name));
	else
		snprintf(dev->name, sizeof(dev->name), "%s%u", disk->name,
		    partition);
	dev->number = disk->number + partition;
	dev->disk = disk;
	dev->partition = partition;
	dev->first_sector = first_sector;
	dev->sectors = sectors;
	dev->read_only = disk->read_only;
	atomic_store(last_link, dev);
	last_link = &dev->next;
	return dev;
}

/* ---- Partitions ------------------------------------------------------ */

static int
read_sectors(struct partition_scan *scan, uint64_t sector, unsigned count,
    void *buf)
{
	struct block_device *dev = scan->arg;

	return block_transfer(dev, BLOCK_READ, sector, buf,
	    (size_t)count << SECTOR_SHIFT, 0);
}

static void
warn_of_table(struct partition_scan *scan, unsigned number, const char *text)
{
	const struct block_device *dev = scan->arg;

	/* A hostile table could fill the log. */
	if (scan->warnings++ >= WARNINGS_MAX)
		return;
	if (number != 0)
		pr_warn("%s: partition %u: %s", dev->name, number, text);
	else
		pr_warn("%s: partition table: %s", dev->name, text);
}

/* Make the devices of disk be what was found.
 * Returns 0 or -ENOMEM.  Locks: disks_lock held. */
static int
apply_table(struct disk *disk, const struct partition_scan *scan)
{
	const struct partition *p = scan->found;
	const struct partition *end = p + scan->count;

	for (unsigned n = 1; n <= disk->max_partitions; n++) {
		struct block_device *dev = find_partition(disk, n);
		bool exists = p < end && p->number == n;

		if (dev != NULL) {
			dev->first_sector = exists ? p->first_sector : 0;
			dev->sectors = exists ? p->sectors : 0;
		} else if (exists && add_device(disk, n, p->first_sector,
		    p->sectors) == NULL) {
			return -ENOMEM;
		}
		p += exists;
	}
	return 0;
}

/* Read the table of a disk and make its partitions known.  Returns 0, -ENOMEM,
 * or -EIO.  Locks: disks_lock held. */
static int
scan_disk(struct disk *disk)
{
	struct partition_scan scan = {
	    .read = read_sectors,
	    .warn = warn_of_table,
	    .sectors = disk->sectors,
	    .arg = disk->device,
	    .max = disk->max_partitions,
	};
	struct page *page = page_alloc(0, 0);
	int err = -ENOMEM;

	scan.found = kmalloc((scan.max + 1) * sizeof(*scan.found));
	if (page != NULL && scan.found != NULL) {
		scan.buf = page_va(page);
		err = partition_find(&scan);
	}
	if (err == 0)
		err = apply_table(disk, &scan);
	if (err == 0 && scan.kind != NULL)
		pr_info("%s: %s with %u partitions", disk->name, scan.kind,
		    scan.count);
	kfree(scan.found);
	if (page != NULL)
		page_free(page);
	return err;
}

void
block_announce(struct block_device *disk)
{
	for (unsigned n = 0; n <= disk->disk->max_partitions; n++) {
		struct block_device *dev = find_partition(disk->disk, n);

		if (dev != NULL && dev->sectors > 0 && device_hook != NULL)
			device_hook(dev->name, BLOCK_NODE_MODE, dev->number);
	}
}

int
block_rescan(struct block_device *dev)
{
	int err;

	kassert(dev->partition == 0);
	mutex_lock(&disks_lock);
	err = scan_disk(dev->disk);
	mutex_unlock(&disks_lock);
	return err;
}

int
disk_register(struct disk *disk)
{
	int err;

	kassert(disk->sectors > 0 && disk->ops != NULL);
	kassert(block_find_name(disk->name) == NULL &&
	    block_find(disk->number) == NULL);
	err = disk_queue_create(disk);
	if (err != 0)
		return err;
	mutex_lock(&disks_lock);
	disk->device = add_device(disk, 0, 0, disk->sectors);
	if (disk->device != NULL)
		err = scan_disk(disk);
	mutex_unlock(&disks_lock);
	if (disk->device == NULL) {
		disk_queue_destroy(disk);
		return -ENOMEM;
	}
	if (err != 0)
		pr_warn("%s: partition table: cannot be read: error %d",
		    disk->name, -err);
	block_announce(disk->device);
	return 0;
}

/* ---- Resetting ------------------------------------------------------- */

static struct disk *
find_stuck(void)
{
	struct block_device *dev = NULL;

	while ((dev = next_device(dev)) != NULL)
		if (disk_queue_stuck(dev->disk))
			return dev->disk;
	return NULL;
}

/* The thread that does what the timers' functions cannot: it may sleep. */
static void
reset_disks(void *unused)
{
	(void)unused;
	for (;;) {
		struct disk *disk = NULL;

		wait_event(&disk_reset_waitq, (disk = find_stuck()) != NULL);
		disk_queue_reset(disk);
	}
}

void
block_init(void)
{
	if (kthread_create("disk reset", reset_disks, NULL) == NULL)
		panic("no memory for the thread that resets disks");
}
