/* test_partition.c - partitions as devices.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * What tables mean is tested on the host (tests/host/test_partition.c).
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fake_disk.h"
#include "fs/dentry.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm_test.h"

#define ENTRIES_AT   446
#define ENTRY_BYTES  16
#define SIGNATURE_AT 510
#define LINUX_TYPE   0x83
#define DISK_SECTORS 512

/* An MBR entry, byte by byte, as the disk has it. */
static void
put_entry(struct fake_disk *f, unsigned i, uint32_t first, uint32_t sectors)
{
	uint8_t *e = (uint8_t *)f->bytes + ENTRIES_AT + i * ENTRY_BYTES;

	memset(e, 0, ENTRY_BYTES);
	e[4] = sectors != 0 ? LINUX_TYPE : 0;
	memcpy(e + 8, &first, sizeof(first));
	memcpy(e + 12, &sectors, sizeof(sectors));
	f->bytes[SIGNATURE_AT] = 0x55;
	f->bytes[SIGNATURE_AT + 1] = (char)0xaa;
}

/* The device of a disk's partition, or NULL. */
static struct block_device *
partition(const struct fake_disk *f, unsigned n)
{
	char name[BLOCK_NAME_MAX];

	snprintf(name, sizeof(name), "%s%u", f->disk.name, n);
	return block_find_name(name);
}

/* Does /dev have the node of dev? */
static bool
has_node(const struct block_device *dev)
{
	struct dentry *d;
	char path[32];
	bool good;

	snprintf(path, sizeof(path), "/dev/%s", dev->name);
	if (path_lookup(AT_FDCWD, path, 0, &d) != 0)
		return false;
	good = S_ISBLK(d->inode->mode) && d->inode->rdev == dev->number;
	dentry_put(d);
	return good;
}

KTEST(partition_is_a_window_of_its_disk)
{
	struct fake_disk *f = fake_disk_create(DISK_SECTORS);
	struct page *page = page_alloc(0, PAGE_ZERO);
	char *buf = page_va(page);
	struct block_device *whole;
	struct block_device *dev;

	put_entry(f, 0, 64, 100);
	put_entry(f, 2, 200, 8);
	put_entry(f, 3, DISK_SECTORS - 2, 1000);
	whole = fake_disk_register(f);
	dev = partition(f, 3);
	ktest_check(partition(f, 1) != NULL && partition(f, 2) == NULL);
	ktest_check(dev != NULL && dev->first_sector == 200 &&
	    dev->sectors == 8 && dev->number == whole->number + 3);
	ktest_check(partition(f, 4)->sectors == 2); /* cut to the disk */
	ktest_check(has_node(whole) && has_node(dev));

	memset(buf, 'p', PAGE_SIZE);
	ktest_check(block_transfer(dev, BLOCK_WRITE, 0, buf, PAGE_SIZE, 0) ==
	    0);
	ktest_check(f->bytes[200 * SECTOR_BYTES - 1] == 0 &&
	    f->bytes[200 * SECTOR_BYTES] == 'p' &&
	    f->bytes[208 * SECTOR_BYTES - 1] == 'p' &&
	    f->bytes[208 * SECTOR_BYTES] == 0);
	ktest_check(block_transfer(dev, BLOCK_WRITE, 1, buf, PAGE_SIZE, 0) ==
	    -ENXIO);
	ktest_check(dev->stats.requests[BLOCK_WRITE] == 1 &&
	    whole->stats.requests[BLOCK_WRITE] == 1);

	/* Another table: partitions come, go and move. */
	put_entry(f, 0, 0, 0);
	put_entry(f, 1, 300, 10);
	put_entry(f, 2, 210, 20);
	ktest_check(block_rescan(whole) == 0);
	block_announce(whole);
	ktest_check(partition(f, 1) == NULL && partition(f, 3) == dev);
	ktest_check(dev->first_sector == 210 && dev->sectors == 20);
	dev = partition(f, 2);
	ktest_check(dev != NULL && dev->sectors == 10 && has_node(dev));
	f->bytes[SIGNATURE_AT] = 0;
	ktest_check(block_rescan(whole) == 0);
	ktest_check(partition(f, 2) == NULL && partition(f, 3) == NULL);
	ktest_check(block_find(whole->number) == whole);
	f->how.start_error = -EIO;
	ktest_check(block_rescan(whole) == -EIO);
	page_free(page);
	fake_disk_end(f);
}

/* A disk that cannot be read, or says nothing, is registered all the same. */
KTEST(partition_table_that_cannot_be_read)
{
	struct fake_disk *f = fake_disk_create(DISK_SECTORS);

	f->how.start_error = -EIO;
	ktest_check(fake_disk_register(f) != NULL);
	fake_disk_end(f);
	f = fake_disk_create(DISK_SECTORS);
	f->how.mute = true;
	f->disk.timeout_ns = FAKE_TIMEOUT_NS;
	ktest_check(fake_disk_register(f) != NULL && f->resets == 1);
	fake_disk_end(f);
}
