/* slab.c - the kernel heap: caches of equal objects, and kmalloc over them.
 *
 * Layer: mm   Called by: everyone above
 *
 * A slab is a block of 2^order pages that begins with its own head:
 *
 *	[struct slab][object][object][object] ... [rest]
 *
 * Free objects are linked through their first word.  They wait in their slab,
 * or, in reach of the fast path, on a list of the CPU that freed them.  The
 * second word of a free object is a poison: an object that is freed twice, or
 * written to after that, is noticed.
 *
 * Invariants:
 * (1) A slab with a free object is on its cache's partial list; a full one on
 *     no list.
 * (2) A cache keeps at most one slab without a used object.
 * SPDX-License-Identifier: MIT */

#include "mm/slab.h"

#include "lib/string.h"
#include "mm/page.h"
#include "mm/reclaim.h"

#define MAX_SLAB_ORDER 3
#define MIN_PER_SLAB   7
#define RECLAIM_PAGES  32 /* that are asked for when no slab can be had, */
#define RECLAIM_MAX    512 /* and then more, up to so many */
#define POISON         0xf4eedf4eedf4eedfULL

struct slab {
	struct list link;   /* [x cache->lock] partial list */
	void *free;         /* [x cache->lock] objects */
	uint32_t used;      /* [x cache->lock] objects that are not in free */
	uint32_t reserved;
};

/* A free object. */
struct free_object {
	struct free_object *next;
	uint64_t poison;
};

static struct {
	struct spinlock lock;
	struct list caches; /* [x lock] */
} all = {
	.lock = SPINLOCK_INIT("slab caches", RANK_SLAB),
	.caches = LIST_INIT(all.caches),
};
static size_t slab_pages; /* [a] */

static unsigned
objects_in(unsigned order, size_t size, size_t first)
{
	return ((PAGE_SIZE << order) - first) / size;
}

/* The head's size, rounded so that the first object is aligned.  An object's
 * size is a multiple of its alignment: that of 64 is seen in the size. */
static size_t
first_offset(size_t size)
{
	return ALIGN_UP(sizeof(struct slab),
	    IS_ALIGNED(size, (size_t)CACHE_LINE) ? CACHE_LINE : 16);
}

void
slab_cache_init(struct slab_cache *cache, const char *name, size_t size,
    size_t align)
{
	unsigned order = 0;
	uint64_t irq;

	kassert(size > 0 && size <= 2 * PAGE_SIZE && align <= CACHE_LINE);
	memset(cache, 0, sizeof(*cache));
	size = ALIGN_UP(MAX(size, sizeof(struct free_object)),
	    MAX(align, sizeof(uint64_t)));
	while (order < MAX_SLAB_ORDER &&
	    objects_in(order, size, first_offset(size)) < MIN_PER_SLAB)
		order++;
	cache->size = size;
	cache->order = order;
	cache->per_slab = objects_in(order, size, first_offset(size));
	cache->batch = size <= 128 ? 32 : size <= 512 ? 16 : 4;
	cache->name = name;
	spin_init(&cache->lock, name, RANK_SLAB);
	list_init(&cache->partial);

	irq = spin_lock_irq(&all.lock);
	list_add_tail(&all.caches, &cache->caches);
	spin_unlock_irq(&all.lock, irq);
}

/* The slab that an object of the cache lies in. */
static struct slab *
slab_of(const struct slab_cache *cache, const void *object)
{
	return (struct slab *)ALIGN_DOWN((uint64_t)object,
	    PAGE_SIZE << cache->order);
}

/* A new slab, all objects free, on the partial list.  NULL: no memory. */
static struct slab *
slab_create(struct slab_cache *cache)
{
	struct page *page = page_alloc(cache->order, 0);
	struct slab *slab;
	struct free_object *next = NULL;
	char *objects;

	if (page == NULL)
		return NULL;
	for (size_t i = 0; i < 1ULL << cache->order; i++) {
		page[i].state = PAGE_SLAB;
		page[i].slab = cache;
	}
	slab = page_va(page);
	objects = (char *)slab + first_offset(cache->size);
	for (unsigned i = cache->per_slab; i-- > 0;) {
		struct free_object *object =
		    (struct free_object *)(objects + i * cache->size);

		object->next = next;
		object->poison = POISON;
		next = object;
	}
	slab->free = next;
	slab->used = 0;
	list_add(&cache->partial, &slab->link);
	cache->slabs++;
	atomic_add(&slab_pages, 1ULL << cache->order);
	return slab;
}

static void
slab_destroy(struct slab_cache *cache, struct slab *slab)
{
	struct page *page = page_from_va(slab);

	kassert(slab->used == 0);
	list_remove(&slab->link);
	cache->slabs--;
	atomic_sub(&slab_pages, 1ULL << cache->order);
	for (size_t i = 1; i < 1ULL << cache->order; i++)
		page[i].state = PAGE_NONE;
	page->state = PAGE_USED;
	page_free(page);
}

/* Move up to a batch of objects from slabs to this CPU's empty list.
 * Interrupts are off. */
static NOINLINE void
refill(struct slab_cache *cache, struct slab_cpu *cpu)
{
	uint64_t irq = spin_lock_irq(&cache->lock);

	while (cpu->count < cache->batch) {
		struct slab *slab =
		    list_first(&cache->partial, struct slab, link);
		struct free_object *object;

		/* One object is enough: a new slab only for an empty list. */
		if (slab == NULL && cpu->count == 0)
			slab = slab_create(cache);
		if (slab == NULL)
			break;
		object = slab->free;
		slab->free = object->next;
		slab->used++;
		cache->used++;
		if (slab->free == NULL)
			list_remove(&slab->link); /* (1) */
		object->next = cpu->free;
		cpu->free = object;
		cpu->count++;
	}
	spin_unlock_irq(&cache->lock, irq);
}

/* Put one object back into its slab.  Locks: cache->lock held. */
static void
give_back(struct slab_cache *cache, struct free_object *object)
{
	struct slab *slab = slab_of(cache, object);

	kassert(slab->used > 0);
	if (slab->free == NULL)
		list_add(&cache->partial, &slab->link); /* (1) */
	object->next = slab->free;
	slab->free = object;
	slab->used--;
	cache->used--;
	if (slab->used > 0)
		return;
	/* An empty slab goes to the end, where it is used last; if one is
	 * there already, this one is too much. (2) */
	if (slab_of(cache, cache->partial.prev)->used == 0 &&
	    cache->partial.prev != &slab->link) {
		slab_destroy(cache, slab);
	} else {
		list_remove(&slab->link);
		list_add_tail(&cache->partial, &slab->link);
	}
}

/* Move count objects from this CPU's list to their slabs.  Interrupts off. */
static NOINLINE void
flush(struct slab_cache *cache, struct slab_cpu *cpu, unsigned count)
{
	uint64_t irq = spin_lock_irq(&cache->lock);

	for (; count > 0; count--) {
		struct free_object *object = cpu->free;

		cpu->free = object->next;
		cpu->count--;
		give_back(cache, object);
	}
	spin_unlock_irq(&cache->lock, irq);
}

/* An object from this CPU's list; NULL: no memory. */
static inline __attribute__((always_inline)) struct free_object *
take(struct slab_cache *cache)
{
	uint64_t irq = irq_save();
	struct slab_cpu *cpu = &cache->cpu[cpu_id()];
	struct free_object *object;

	if (unlikely(cpu->free == NULL))
		refill(cache, cpu);
	object = cpu->free;
	if (likely(object != NULL)) {
		cpu->free = object->next;
		cpu->count--;
		kassert(object->poison == POISON);
		object->poison = 0;
	}
	irq_restore(irq);
	return object;
}

/* Nothing was to be had: drop what files can read again, and look once more. */
static NOINLINE struct free_object *
take_reclaimed(struct slab_cache *cache)
{
	struct free_object *object = NULL;

	/* A slab is a block of several pages: more and more must go until
	 * neighbours are free. */
	for (size_t n = RECLAIM_PAGES; object == NULL && n <= RECLAIM_MAX &&
	    may_sleep() && reclaim_clean(n) > 0; n *= 2)
		object = take(cache);
	return object;
}

void *
slab_alloc(struct slab_cache *cache)
{
	struct free_object *object;

	if (alloc_must_fail())
		return NULL;
	object = take(cache);
	if (unlikely(object == NULL))
		object = take_reclaimed(cache);
	return object;
}

void
slab_free(struct slab_cache *cache, void *p)
{
	struct free_object *object = p;
	uint64_t irq = irq_save();
	struct slab_cpu *cpu = &cache->cpu[cpu_id()];

	kassert(page_from_va(p)->slab == cache);
	kassert(object->poison != POISON); /* freed twice? */
	object->poison = POISON;
	object->next = cpu->free;
	cpu->free = object;
	if (unlikely(++cpu->count >= 2U * cache->batch))
		flush(cache, cpu, cache->batch);
	irq_restore(irq);
}

size_t
slab_trim(void)
{
	size_t before = slab_page_count();
	uint64_t outer = irq_save();

	list_for_each(cache, &all.caches, struct slab_cache, caches) {
		struct slab_cpu *cpu = &cache->cpu[cpu_id()];
		uint64_t irq;

		flush(cache, cpu, cpu->count);
		irq = spin_lock_irq(&cache->lock);
		list_for_each_safe(slab, &cache->partial, struct slab, link) {
			if (slab->used == 0)
				slab_destroy(cache, slab);
		}
		spin_unlock_irq(&cache->lock, irq);
	}
	irq_restore(outer);
	return before - slab_page_count();
}

size_t
slab_page_count(void)
{
	return atomic_load(&slab_pages);
}

void
slab_for_each_cache(void (*fn)(struct slab_cache *cache, void *arg), void *arg)
{
	/* Caches are never taken off the list: no lock is needed to walk it. */
	list_for_each(cache, &all.caches, struct slab_cache, caches)
		fn(cache, arg);
}
