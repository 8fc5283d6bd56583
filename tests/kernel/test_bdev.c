/* test_bdev.c - block devices as files.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "fake_disk.h"
#include "fs/bdev.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm_test.h"

#define ODD_SECTORS 1001 /* ends one sector into a page */
#define ODD_BYTES   (ODD_SECTORS * SECTOR_BYTES)

static struct file *
open_disk(const struct fake_disk *f, unsigned flags)
{
	struct file *file = NULL;
	char path[32];

	snprintf(path, sizeof(path), "/dev/%s", f->disk.name);
	return file_open(AT_FDCWD, path, flags, 0, &file) == 0 ? file : NULL;
}

static ssize_t
read_at(struct file *file, uint64_t pos, void *buf, size_t n)
{
	struct iobuf io = iobuf_kernel(buf, n);

	return file_read_at(file, &io, (off_t)pos);
}

static ssize_t
write_at(struct file *file, uint64_t pos, const void *buf, size_t n)
{
	struct iobuf io = iobuf_kernel((void *)(uintptr_t)buf, n);

	return file_write_at(file, &io, (off_t)pos);
}

static void
fill_disk(struct fake_disk *f)
{
	for (size_t i = 0; i < f->disk.sectors * SECTOR_BYTES / 4; i++)
		((uint32_t *)f->bytes)[i] = (uint32_t)i * 2654435761u;
}

KTEST(bdev_reads_and_writes_any_bytes)
{
	struct fake_disk *f = fake_disk_create(ODD_SECTORS);
	struct file *file;
	struct bdev *b;
	char *buf = kmalloc(ODD_BYTES);

	fill_disk(f);
	fake_disk_register(f);
	file = open_disk(f, O_RDWR);
	ktest_check(file != NULL && buf != NULL);
	b = file->priv;
	ktest_check(inode_size(file->inode) == 0);
	ktest_check(S_ISBLK(file->inode->mode) &&
	    file->inode->rdev == f->disk.number);

	/* All of it, and its end. */
	ktest_check(read_at(file, 0, buf, ODD_BYTES + 5) == ODD_BYTES);
	ktest_check(memcmp(buf, f->bytes, ODD_BYTES) == 0);
	ktest_check(f->started < 12); /* many pages at a time */
	ktest_check(read_at(file, ODD_BYTES - 3, buf, 10) == 3);
	ktest_check(read_at(file, ODD_BYTES, buf, 10) == 0);
	ktest_check(read_at(file, 1ull << 50, buf, 10) == 0);
	ktest_check(write_at(file, ODD_BYTES, "x", 1) == -ENOSPC);
	ktest_check(write_at(file, ODD_BYTES - 3, "123456", 6) == 3);
	ktest_check(write_at(file, 5000, "hello", 5) == 5);
	ktest_check(memcmp(f->bytes + 5000, "hello", 5) != 0);
	ktest_check(read_at(file, 5000, buf, 5) == 5 &&
	    memcmp(buf, "hello", 5) == 0);
	ktest_check(f->flushes == 0);
	ktest_check(file_sync(file, false) == 0);
	ktest_check(f->flushes == 1);
	ktest_check(memcmp(f->bytes + 5000, "hello", 5) == 0);
	ktest_check(memcmp(f->bytes + ODD_BYTES - 3, "123", 3) == 0);
	ktest_check(f->broken_limits == 0);

	ktest_check(file->ops->seek(file, 0, SEEK_END) == ODD_BYTES);
	ktest_check(file->ops->seek(file, -1, SEEK_END) == ODD_BYTES - 1);
	ktest_check(file->ops->seek(file, 1, SEEK_END) == -EINVAL);
	ktest_check(file->ops->seek(file, -1, SEEK_SET) == -EINVAL);
	ktest_check(file->ops->seek(file, 0, SEEK_DATA) == -EINVAL);

	/* The last close writes back and drops the pages. */
	ktest_check(write_at(file, 0, "closed", 6) == 6);
	file_put(file);
	ktest_check(memcmp(f->bytes, "closed", 6) == 0);
	ktest_check(b->users == 0 && b->cache.page_count == 0);
	memcpy(f->bytes, "other", 5);
	file = open_disk(f, O_RDONLY);
	ktest_check(read_at(file, 0, buf, 6) == 6 &&
	    memcmp(buf, "otherd", 6) == 0);
	file_put(file);
	ktest_check(open_disk(f, O_RDONLY | O_DIRECT) == NULL);
	kfree(buf);
	fake_disk_end(f);
}

KTEST(bdev_one_bad_sector_spoils_one_page)
{
	struct fake_disk *f = fake_disk_create(512);
	char *buf = kmalloc(512 * SECTOR_BYTES);
	struct file *file;

	fill_disk(f);
	fake_disk_register(f);
	f->how.bad_sector = 83;
	file = open_disk(f, O_RDWR);
	ktest_check(read_at(file, 0, buf, 512 * SECTOR_BYTES) ==
	    80 * SECTOR_BYTES);
	ktest_check(read_at(file, 83 * SECTOR_BYTES, buf, 1) == -EIO);
	ktest_check(read_at(file, 88 * SECTOR_BYTES, buf,
	    424 * SECTOR_BYTES) == 424 * SECTOR_BYTES);
	ktest_check(memcmp(buf, f->bytes + 88 * SECTOR_BYTES,
	    424 * SECTOR_BYTES) == 0);
	/* It heals. */
	f->how.bad_sector = 0;
	ktest_check(read_at(file, 83 * SECTOR_BYTES, buf, 1) == 1);

	/* Writing: the error comes once, the other pages are written. */
	memset(buf, 'w', 512 * SECTOR_BYTES);
	f->how.bad_sector = 100;
	ktest_check(write_at(file, 0, buf, 512 * SECTOR_BYTES) ==
	    512 * SECTOR_BYTES);
	ktest_check(file_sync(file, false) == -EIO);
	ktest_check(memcmp(f->bytes, buf, 96 * SECTOR_BYTES) == 0);
	ktest_check(f->bytes[100 * SECTOR_BYTES] != 'w');
	ktest_check(memcmp(f->bytes + 104 * SECTOR_BYTES, buf,
	    408 * SECTOR_BYTES) == 0);
	f->how.bad_sector = 0;
	ktest_check(file_sync(file, false) == 0);
	ktest_check(f->bytes[100 * SECTOR_BYTES] == 'w');
	file_put(file);
	kfree(buf);
	fake_disk_end(f);
}

KTEST(bdev_read_only_and_absent_devices)
{
	struct fake_disk *f = fake_disk_create(64);
	struct file *file;
	struct bdev *b;
	struct bdev *other;
	char byte;

	f->disk.read_only = true;
	fake_disk_register(f);
	file = open_disk(f, O_RDWR);
	ktest_check(write_at(file, 0, "x", 1) == -EPERM);
	ktest_check(read_at(file, 0, &byte, 1) == 1 && byte == 0);
	ktest_check(bdev_get(f->disk.number + 1, &b) == -ENXIO);
	ktest_check(bdev_get_path("/dev/null", &b) == -ENOTBLK);
	ktest_check(bdev_get_path("/dev/nothing", &b) == -ENOENT);

	/* One holder at a time. */
	ktest_check(bdev_get(f->disk.number, &b) == 0 && b == file->priv);
	ktest_check(bdev_claim(b, f) == 0);
	ktest_check(bdev_get(f->disk.number, &other) == 0 && other == b);
	ktest_check(bdev_claim(other, other) == -EBUSY);
	ktest_check(bdev_claim(b, NULL) == 0);
	ktest_check(bdev_claim(other, other) == 0);
	ktest_check(bdev_claim(other, NULL) == 0);
	bdev_put(other);
	bdev_put(b);
	ktest_check(b->users == 1);
	file_put(file);
	fake_disk_end(f);
}

/* Without memory for a request, pages go one by one. */
KTEST(bdev_needs_no_memory_to_go_on)
{
	struct fake_disk *f = fake_disk_create(64);
	struct file *file;
	unsigned failures = 0;
	char *buf = kmalloc(64 * SECTOR_BYTES);

	fill_disk(f);
	fake_disk_register(f);
	stay_here();
	for (unsigned n = 1; n < 40; n++) {
		ssize_t got;

		file = open_disk(f, O_RDONLY);
		alloc_fail_nth(n);
		got = read_at(file, 0, buf, 64 * SECTOR_BYTES);
		failures += alloc_fail_nth(0) == 0;
		ktest_check(got > 0 || got == -ENOMEM || got == -EIO);
		ktest_check(got < 0 || memcmp(buf, f->bytes, got) == 0);
		file_put(file);
	}
	ktest_check(failures > 8);
	go_anywhere();
	kfree(buf);
	fake_disk_end(f);
}
