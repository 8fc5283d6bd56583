/* device.c - a device whose pages the buffers look at; nothing else of mm.
 *
 * Layer: tests/host/journal   Called by: kernel/fs/buffer.c, work.c
 *
 * SPDX-License-Identifier: MIT */
#include "device.h"

#include "abi/errno.h"
#include "host.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/reclaim.h"

struct bdev jt_bdev;

static struct page **pages; /* by number */
static uint64_t page_count;
static uint8_t *disk_bytes;
static uint64_t disk_size;

void
device_set(const struct world_disk *disk)
{
	for (uint64_t i = 0; i < page_count; i++) {
		if (pages[i] != NULL)
			page_put(pages[i]);
	}
	host_free(pages);
	disk_bytes = disk->bytes;
	disk_size = disk->size;
	page_count = (disk_size + PAGE_MASK) >> PAGE_SHIFT;
	pages = host_alloc(page_count * sizeof(struct page *));
	world_disk_set(disk);
	jt_bdev.dev = block_find((dev_t)WORLD_DISK_MAJOR << 8);
}

/* ---- mm/pagecache.h --------------------------------------------------- */

int
pagecache_get(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	struct page *page = pages[index];
	uint64_t at = index << PAGE_SHIFT;

	kassert(pc == &jt_bdev.cache && may_sleep());
	(void)flags;
	if (page == NULL) {
		page = page_alloc(0, PAGE_ZERO);
		if (page == NULL)
			return -ENOMEM;
		memcpy(page_va(page), disk_bytes + at,
		    MIN(PAGE_SIZE, disk_size - at));
		pages[index] = page;
	}
	page_get(page);
	*out = page;
	return 0;
}

void
pagecache_will_need(struct pagecache *pc, uint64_t first, uint64_t count)
{
	(void)pc;
	(void)first;
	(void)count;
}

/* The only file is the one of work.c, which knows what is ordered. */
int
pagecache_write_ordered(struct pagecache *pc)
{
	device_write_ordered(pc);
	return 0;
}

/* ---- mm/reclaim.h: there is nothing to reclaim ------------------------ */

size_t
reclaim_clean(size_t want)
{
	(void)want;
	return 0;
}

void
reclaim_wake(void)
{
}
