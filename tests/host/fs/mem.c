/* mem.c - pages and the heap of the kernel's world, with failures on order.
 *
 * Layer: tests/host/fs   Called by: kernel/fs, kernel/mm
 *
 * Pages are in one array, as in the direct map; the heap is the C library's, so
 * that AddressSanitizer sees every object.  A free page may not be touched.
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "host.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/reclaim.h"
#include "mm/slab.h"
#include "world.h"

#define RAM_PAGES ((size_t)16384)

/* As page.c has it. */
#define RECLAIM_PAGES 32
#define LOW_SHARE     64

char *host_ram;
struct page *page_array;
size_t page_array_count;
unsigned alloc_fail_countdown;

static struct list free_pages = LIST_INIT(free_pages);
static struct list caches = LIST_INIT(caches);
static struct slab_cache heap; /* counts what kmalloc() gave */
static size_t first_untouched; /* pages from here on were never used */
static size_t free_count;

unsigned
alloc_fail_nth(unsigned n)
{
	unsigned left = alloc_fail_countdown;

	alloc_fail_countdown = n;
	return left;
}

bool
alloc_count_down(void)
{
	return --alloc_fail_countdown == 0;
}

void
world_memory_init(size_t pages)
{
	kassert(pages <= RAM_PAGES);
	if (host_ram == NULL) {
		host_ram = host_reserve(RAM_PAGES * PAGE_SIZE);
		page_array = host_reserve(RAM_PAGES * sizeof(*page_array));
		host_forbid(host_ram, RAM_PAGES * PAGE_SIZE);
		list_init(&heap.caches);
		heap.name = "kmalloc";
		list_add(&caches, &heap.caches);
	}
	page_array_count = pages;
	free_count = pages;
	first_untouched = 1; /* physical address 0 is nobody's */
}

/* ---- Pages ------------------------------------------------------------ */

/* A page that was freed before, else one that never was used. */
static struct page *
take_page(void)
{
	struct page *page = list_first(&free_pages, struct page, link);

	if (page != NULL)
		list_remove(&page->link);
	else if (first_untouched < page_array_count)
		page = &page_array[first_untouched++];
	return page;
}

struct page *
page_alloc(unsigned order, unsigned flags)
{
	struct page *page;

	kassert(order == 0);
	if (alloc_must_fail())
		return NULL;
	page = take_page();
	if (page == NULL && may_sleep() && reclaim_clean(RECLAIM_PAGES) > 0)
		page = take_page();
	if (free_count < page_array_count / LOW_SHARE)
		reclaim_wake();
	if (page == NULL)
		return NULL;
	kassert(page->refs == 0);
	free_count--;
	page->refs = 1;
	page->flags = 0;
	page->state = PAGE_USED;
	page->cache = NULL;
	host_permit(page_va(page), PAGE_SIZE);
	/* What was there before must not matter. */
	memset(page_va(page), flags & PAGE_ZERO ? 0 : 0xa5, PAGE_SIZE);
	return page;
}

void
page_release(struct page *page)
{
	kassert(page->refs == 0 && page->state == PAGE_USED);
	page->state = PAGE_FREE;
	host_forbid(page_va(page), PAGE_SIZE);
	list_add(&free_pages, &page->link);
	free_count++;
}

void
page_free(struct page *page)
{
	kassert(page->refs == 1);
	page_put(page);
}

size_t
page_free_count(void)
{
	return free_count;
}

size_t
page_total_count(void)
{
	return page_array_count;
}

/* ---- The heap --------------------------------------------------------- */

void
slab_cache_init(struct slab_cache *cache, const char *name, size_t size,
    size_t align)
{
	(void)align;
	memset(cache, 0, sizeof(*cache));
	cache->name = name;
	cache->size = (uint32_t)size;
	list_init(&cache->caches);
	list_add(&caches, &cache->caches);
}

void *
slab_alloc(struct slab_cache *cache)
{
	void *p;

	if (alloc_must_fail())
		return NULL;
	p = host_malloc(cache->size);
	memset(p, 0xa5, cache->size);
	cache->used++;
	return p;
}

void
slab_free(struct slab_cache *cache, void *object)
{
	kassert(cache->used > 0);
	cache->used--;
	host_free(object);
}

void *
kmalloc(size_t bytes)
{
	void *p;

	if (alloc_must_fail() || bytes > PAGE_SIZE << MAX_ORDER)
		return NULL;
	p = host_malloc(bytes);
	memset(p, 0xa5, bytes);
	heap.used++;
	return p;
}

void *
kzalloc(size_t bytes)
{
	void *p = kmalloc(bytes);

	if (p != NULL)
		memset(p, 0, bytes);
	return p;
}

void
kfree(const void *p)
{
	if (p == NULL)
		return;
	kassert(heap.used > 0);
	heap.used--;
	host_free((void *)p);
}

size_t
slab_trim(void)
{
	return 0;
}

size_t
slab_page_count(void)
{
	return 0;
}

void
slab_for_each_cache(void (*fn)(struct slab_cache *cache, void *arg), void *arg)
{
	list_for_each(cache, &caches, struct slab_cache, caches)
		fn(cache, arg);
}

/* ---- What is left over ------------------------------------------------ */

void
world_memory_mark(void)
{
	list_for_each(cache, &caches, struct slab_cache, caches)
		cache->slabs = cache->used;
}

bool
world_memory_check(void)
{
	bool clean = true;

	list_for_each(cache, &caches, struct slab_cache, caches) {
		if (cache->used == cache->slabs)
			continue;
		host_say("leak: %s: %zu objects, %zu before the mount",
		    cache->name, cache->used, cache->slabs);
		clean = false;
	}
	return clean;
}
