/* bdev.c - block devices as files, and the pages of their caches.
 *
 * Layer: fs   Called by: open.c through inode.c; ext2, buffer.c
 *
 * Pages go to the device in requests as large as they come from the page cache,
 * and nobody waits here for the answer.  When a request of several pages fails,
 * each is tried again alone, so that one bad sector spoils one page:
 *
 *	submit_pages           pages_done (interrupt)
 *	  one request   ------>  good: all pages are done
 *	                         bad:  one request a page  ---> pages_done
 *
 * The size of a device may end within a page; what is behind it is zero and is
 * not written.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/bdev.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/stat.h"
#include "drivers/block/disk.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/path.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/usercopy.h"

#define PAGE_SECTORS (PAGE_SIZE / SECTOR_BYTES)

static struct mutex bdevs_lock =
    MUTEX_INIT(bdevs_lock, "block devices", RANK_BDEV);

static uint64_t
device_bytes(const struct block_device *dev)
{
	return dev->sectors << SECTOR_SHIFT;
}

/* ---- Pages to and from the device ------------------------------------ */

static void
page_done(struct page *page, enum block_op op, int err)
{
	if (op == BLOCK_READ)
		pagecache_read_done(page, err);
	else
		pagecache_write_done(page, err);
}

/* The bytes of the page that the device has. */
static uint32_t
page_bytes(const struct block_device *dev, const struct page *page)
{
	uint64_t at = page->index << PAGE_SHIFT;

	return at >= device_bytes(dev) ? 0
	    : (uint32_t)MIN(device_bytes(dev) - at, PAGE_SIZE);
}

static void pages_done(struct block_request *req, int err);

/* Try each page of a request that failed with err on its own. */
static void
retry_pages(struct block_request *failed, int err)
{
	for (unsigned i = 0; i < failed->segment_count; i++) {
		const struct block_segment *s = &failed->segments[i];

		for (uint32_t at = 0; at < s->bytes; at += PAGE_SIZE) {
			struct page *page = page_from_pa(s->pa + at);
			struct block_request *req = block_request_alloc(
			    failed->dev, failed->op,
			    page->index * PAGE_SECTORS, 1);

			if (req == NULL) {
				page_done(page, failed->op, err);
				continue;
			}
			block_request_add(req, s->pa + at,
			    page_bytes(failed->dev, page));
			req->flags = BLOCK_ALONE;
			req->done = pages_done;
			block_submit(req);
		}
	}
	block_kick(failed->dev);
}

/* done() of a request for pages. */
static void
pages_done(struct block_request *req, int err)
{
	if (err != 0 && req->sectors > PAGE_SECTORS) {
		retry_pages(req, err);
		block_request_free(req);
		return;
	}
	for (unsigned i = 0; i < req->segment_count; i++) {
		const struct block_segment *s = &req->segments[i];

		for (uint32_t at = 0; at < s->bytes; at += PAGE_SIZE)
			page_done(page_from_pa(s->pa + at), req->op, err);
	}
	block_request_free(req);
}

/* There is no memory for a request: one page, with what is on our stack. */
static void
transfer_page(struct block_device *dev, enum block_op op, struct page *page)
{
	int err = block_transfer(dev, op, page->index * PAGE_SECTORS,
	    page_va(page), page_bytes(dev, page), 0);

	page_done(page, op, err);
}

/* Start to read or write count consecutive pages. */
static void
submit_pages(struct pagecache *pc, enum block_op op, struct page **pages,
    unsigned count)
{
	struct bdev *b = container_of(pc, struct bdev, cache);
	struct block_request *req = block_request_alloc(b->dev, op,
	    pages[0]->index * PAGE_SECTORS, count);

	for (unsigned i = 0; i < count; i++) {
		uint32_t bytes = page_bytes(b->dev, pages[i]);

		if (bytes < PAGE_SIZE && op == BLOCK_READ)
			memset((char *)page_va(pages[i]) + bytes, 0,
			    PAGE_SIZE - bytes);
		if (bytes == 0) /* behind the end: nothing to do */
			page_done(pages[i], op, 0);
		else if (req == NULL)
			transfer_page(b->dev, op, pages[i]);
		else
			block_request_add(req, page_to_pa(pages[i]), bytes);
	}
	if (req == NULL)
		return;
	if (req->segment_count == 0) {
		block_request_free(req);
		return;
	}
	req->done = pages_done;
	block_submit(req);
	block_kick(b->dev);
}

static void
bdev_read_pages(struct pagecache *pc, struct page **pages, unsigned count)
{
	submit_pages(pc, BLOCK_READ, pages, count);
}

static void
bdev_write_pages(struct pagecache *pc, struct page **pages, unsigned count,
    bool ordered)
{
	(void)ordered;
	submit_pages(pc, BLOCK_WRITE, pages, count);
}

/* pagecache_ops.begin: a device does not grow. */
static int
bdev_begin(struct pagecache *pc, uint64_t pos, size_t *bytes, void **cookie)
{
	uint64_t size = pagecache_bytes(pc);

	(void)cookie;
	if (pos >= size)
		return -ENOSPC;
	*bytes = MIN(*bytes, size - pos);
	return 0;
}

static int
bdev_dirty(struct pagecache *pc, struct page *page)
{
	struct bdev *b = container_of(pc, struct bdev, cache);

	(void)page;
	return b->dev->read_only ? -EROFS : 0;
}

/* Everything to the medium. */
static int
bdev_sync(struct pagecache *pc)
{
	struct bdev *b = container_of(pc, struct bdev, cache);
	int err = pagecache_sync(pc);
	int flush_err = block_flush(b->dev);

	return err != 0 ? err : flush_err;
}

static void
bdev_name(struct vm_object *obj, char *buf, size_t size)
{
	struct bdev *b = container_of(obj, struct bdev, cache.object);

	snprintf(buf, size, "/dev/%s", b->dev->name);
}

static const struct pagecache_ops bdev_cache_ops = {
    .read = bdev_read_pages,
    .write = bdev_write_pages,
    .begin = bdev_begin,
    .dirty = bdev_dirty,
    .sync = bdev_sync,
    .name = bdev_name,
    .device = true,
};

/* ---- Uses ------------------------------------------------------------ */

/* Is it open, mounted or mapped?  Locks: bdevs_lock held. */
static bool
is_used(struct bdev *b)
{
	return b->users > 0 || ref_count(&b->cache.object.refs) > 1;
}

int
bdev_get(dev_t number, struct bdev **out)
{
	struct block_device *dev = block_find(number);
	struct bdev *b;

	if (dev == NULL)
		return -ENXIO;
	mutex_lock(&bdevs_lock);
	b = dev->cache;
	if (b == NULL) {
		b = kzalloc(sizeof(*b));
		if (b == NULL) {
			mutex_unlock(&bdevs_lock);
			return -ENOMEM;
		}
		b->dev = dev;
		pagecache_init(&b->cache, &bdev_cache_ops);
		mutex_init(&b->lock, "block device", RANK_INODE);
		dev->cache = b;
	}
	if (!is_used(b)) /* the partition may have another size now */
		atomic_store(&b->cache.bytes, device_bytes(dev));
	b->users++;
	mutex_unlock(&bdevs_lock);
	*out = b;
	return 0;
}

void
bdev_put(struct bdev *b)
{
	bool last;

	mutex_lock(&bdevs_lock);
	last = b->users == 1;
	if (!last)
		b->users--;
	mutex_unlock(&bdevs_lock);
	if (!last)
		return;
	/* While we still count as a user, so that nobody changes the
	 * partition.  An error was told to those who called fsync(). */
	(void)pagecache_sync(&b->cache);
	pagecache_drop(&b->cache, 0, UINT64_MAX);
	mutex_lock(&bdevs_lock);
	b->users--;
	kassert(b->users > 0 || b->holder == NULL);
	mutex_unlock(&bdevs_lock);
}

int
bdev_claim(struct bdev *b, void *holder)
{
	int err = 0;

	mutex_lock(&bdevs_lock);
	if (holder != NULL && b->holder != NULL)
		err = -EBUSY;
	else
		b->holder = holder;
	mutex_unlock(&bdevs_lock);
	return err;
}

int
bdev_get_path(const char *path, struct bdev **out)
{
	struct dentry *d;
	int err = path_lookup(AT_FDCWD, path, WALK_FOLLOW, &d);

	if (err != 0)
		return err;
	err = S_ISBLK(d->inode->mode) ? bdev_get(d->inode->rdev, out)
	    : -ENOTBLK;
	dentry_put(d);
	return err;
}

/* BLKRRPART: read the partition table again, if no partition is in use. */
static int
reread_partitions(struct bdev *b)
{
	const struct disk *disk = b->dev->disk;
	struct block_device *dev = NULL;
	int err = b->dev->partition == 0 ? 0 : -EINVAL;

	if (err == 0)
		err = pagecache_sync(&b->cache);
	mutex_lock(&bdevs_lock);
	while (err == 0 && (dev = block_next(dev)) != NULL) {
		struct bdev *other = dev->cache;

		if (dev->disk != disk || dev == b->dev || other == NULL)
			continue;
		if (is_used(other))
			err = -EBUSY;
		else /* what could not be written to the old place */
			pagecache_truncate(&other->cache, 0);
	}
	if (err == 0)
		err = block_rescan(b->dev);
	mutex_unlock(&bdevs_lock);
	if (err == 0)
		block_announce(b->dev);
	return err;
}

/* ---- An open device -------------------------------------------------- */

static int
bdev_open(struct file *f)
{
	struct bdev *b;
	int err;

	if (f->flags & O_DIRECT) /* all goes through the cache */
		return -EINVAL;
	err = bdev_get(f->inode->rdev, &b);
	if (err == 0)
		f->priv = b;
	return err;
}

static void
bdev_release(struct file *f)
{
	bdev_put(f->priv);
}

static ssize_t
bdev_read(struct file *f, struct iobuf *io, off_t *pos)
{
	struct bdev *b = f->priv;
	ssize_t n = pagecache_read_ahead(&b->cache, io, (uint64_t)*pos,
	    &f->readahead);

	if (n > 0)
		*pos += n;
	return n;
}

static ssize_t
bdev_write(struct file *f, struct iobuf *io, off_t *pos)
{
	struct bdev *b = f->priv;
	ssize_t n = 0;
	int err;

	if (b->dev->read_only)
		return -EPERM;
	mutex_lock(&b->lock);
	if (f->flags & O_APPEND)
		*pos = (off_t)pagecache_bytes(&b->cache);
	if (io->left > 0)
		n = pagecache_write(&b->cache, io, (uint64_t)*pos);
	mutex_unlock(&b->lock);
	if (n <= 0)
		return n;
	*pos += n;
	err = f->flags & O_DSYNC ? bdev_sync(&b->cache) : 0;
	return err != 0 ? err : n;
}

/* As file_seek_plain(), but not beyond the device's end. */
static off_t
bdev_seek(struct file *f, off_t offset, int whence)
{
	const struct bdev *b = f->priv;
	off_t size = (off_t)pagecache_bytes(&b->cache);
	off_t base;
	off_t pos;

	if (whence == SEEK_SET)
		base = 0;
	else if (whence == SEEK_CUR)
		base = f->pos;
	else if (whence == SEEK_END)
		base = size;
	else
		return -EINVAL;
	if (__builtin_add_overflow(base, offset, &pos))
		return -EINVAL;
	return pos < 0 || pos > size ? -EINVAL : pos;
}

static int
bdev_mmap(struct file *f, off_t off, size_t bytes, struct vm_object **out)
{
	struct bdev *b = f->priv;

	(void)off;
	(void)bytes;
	object_get(&b->cache.object);
	*out = &b->cache.object;
	return 0;
}

static int
bdev_fsync(struct file *f, bool data_only)
{
	struct bdev *b = f->priv;

	(void)data_only;
	return bdev_sync(&b->cache);
}

/* BLKFLSBUF: what is read next comes from the device. */
static int
flush_buffers(struct bdev *b)
{
	int err = bdev_sync(&b->cache);

	pagecache_drop(&b->cache, 0, UINT64_MAX);
	return err;
}

/* The block size that Linux would choose for a device: the largest up to a page
 * that divides it. */
static int
block_bytes(const struct block_device *dev)
{
	uint64_t bytes = device_bytes(dev) | PAGE_SIZE;

	return (int)(bytes & -bytes);
}

static long
bdev_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct bdev *b = f->priv;
	const struct block_device *dev = b->dev;

	switch (cmd) {
	case BLKGETSIZE64:
		return put_user((uint64_t *)arg, device_bytes(dev));
	case BLKGETSIZE:
		return put_user((unsigned long *)arg, dev->sectors);
	case BLKSSZGET:
	case BLKPBSZGET:
		return put_user((int *)arg, SECTOR_BYTES);
	case BLKBSZGET:
		return put_user((int *)arg, block_bytes(dev));
	case BLKROGET:
		return put_user((int *)arg, dev->read_only);
	case BLKFLSBUF:
		return flush_buffers(b);
	case BLKRRPART:
		return reread_partitions(b);
	default:
		return -ENOTTY;
	}
}

const struct file_ops bdev_file_ops = {
    .open = bdev_open,
    .release = bdev_release,
    .read = bdev_read,
    .write = bdev_write,
    .seek = bdev_seek,
    .ioctl = bdev_ioctl,
    .mmap = bdev_mmap,
    .fsync = bdev_fsync,
};
