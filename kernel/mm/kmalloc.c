/* kmalloc.c - memory of any size, from a few caches of fixed sizes.
 *
 * Layer: mm   Called by: everyone above
 *
 * What is too large for a slab is a block of pages; kfree() sees from the page
 * which of both it is.
 * SPDX-License-Identifier: MIT */

#include "lib/string.h"
#include "mm/init.h"
#include "mm/page.h"
#include "mm/slab.h"

#define LARGEST  2048 /* beyond it, whole pages */
#define SMALL    256  /* up to it, the class is looked up */
#define GRANULE  16

static const struct {
	uint16_t size;
	const char *name;
} classes[] = {
	{16, "kmalloc-16"}, {32, "kmalloc-32"}, {48, "kmalloc-48"},
	{64, "kmalloc-64"}, {96, "kmalloc-96"}, {128, "kmalloc-128"},
	{192, "kmalloc-192"}, {256, "kmalloc-256"}, {512, "kmalloc-512"},
	{1024, "kmalloc-1024"}, {LARGEST, "kmalloc-2048"},
};
static struct slab_cache caches[ARRAY_SIZE(classes)];

/* [I] class for n granules, by n. */
static uint8_t small_class[SMALL / GRANULE + 1];

/* The smallest class that holds bytes, which is at most LARGEST. */
static unsigned
class_for(size_t bytes)
{
	unsigned class = 0;

	while (classes[class].size < bytes)
		class++;
	return class;
}

void
kmalloc_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		size_t size = classes[i].size;
		bool power = (size & (size - 1)) == 0;

		slab_cache_init(&caches[i], classes[i].name, size,
		    power && size >= CACHE_LINE ? CACHE_LINE : GRANULE);
	}
	for (unsigned n = 0; n < ARRAY_SIZE(small_class); n++)
		small_class[n] = class_for(n * GRANULE);
}

static unsigned
order_for(size_t bytes)
{
	unsigned order = 0;

	while (PAGE_SIZE << order < bytes)
		order++;
	return order;
}

void *
kmalloc(size_t bytes)
{
	struct page *page;

	if (likely(bytes <= SMALL)) {
		size_t granules = (bytes + GRANULE - 1) / GRANULE;

		return slab_alloc(&caches[small_class[granules]]);
	}
	if (bytes <= LARGEST)
		return slab_alloc(&caches[class_for(bytes)]);
	if (bytes > PAGE_SIZE << MAX_ORDER)
		return NULL;
	page = page_alloc(order_for(bytes), 0);
	return page == NULL ? NULL : page_va(page);
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
	void *object = (void *)(uintptr_t)p;
	struct page *page;

	if (p == NULL)
		return;
	page = page_from_va(p);
	if (likely(page->state == PAGE_SLAB)) {
		slab_free(page->slab, object);
		return;
	}
	kassert(page->state == PAGE_USED && IS_ALIGNED((uint64_t)p, PAGE_SIZE));
	page_free(page);
}
