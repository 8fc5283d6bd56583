/* object.c - objects that areas map, and how a page leaves all mappings.
 *
 * Layer: mm   Called by: area (who maps me), pagecache (truncate, write-back)
 *
 * An area is on its object's list from area_link() to area_unlink().  To reach
 * the page tables, as->lock is needed, which cannot be waited for with the
 * list's spinlock held; so the list is searched again after each address space,
 * for one that was not visited in this round.
 *
 * A fault asks get_page() and enters the page under as->lock.  So a visit
 * either finds the page that a fault brought, or the fault comes later and sees
 * what the visitor changed before it started (the file's size):
 *
 *	truncate                          fault
 *	size = 0
 *	                                  lock as; get_page: size is 0: SIGBUS
 *	lock as (waits); zap; unlock
 *
 * SPDX-License-Identifier: MIT */

#include "mm/object.h"

#include "mm/area.h"

/* Those who wait for the end of another's walk, of any object. */
static struct waitq walks = WAITQ_INIT(walks, "mappings");

void
object_init(struct vm_object *obj, const struct vm_object_ops *ops)
{
	obj->ops = ops;
	ref_init(&obj->refs, 1);
	spin_init(&obj->lock, "vm_object", RANK_OBJECT);
	list_init(&obj->areas);
	obj->unmap_round = 0;
	obj->walking = false;
}

void
object_put(struct vm_object *obj)
{
	if (!ref_put(&obj->refs))
		return;
	kassert(list_empty(&obj->areas));
	if (obj->ops->release != NULL)
		obj->ops->release(obj);
}

void
object_add_area(struct vm_object *obj, struct area *area)
{
	spin_lock(&obj->lock);
	area->unmap_round = 0;
	list_add(&obj->areas, &area->object_link);
	spin_unlock(&obj->lock);
}

void
object_remove_area(struct vm_object *obj, struct area *area)
{
	spin_lock(&obj->lock);
	list_remove(&area->object_link);
	spin_unlock(&obj->lock);
}

/* An address space that maps obj and was not visited in this round, with a
 * reference; NULL: none is left.  Areas already visited are at the list's
 * end. */
static struct aspace *
next_mapper(struct vm_object *obj, uint64_t round)
{
	struct aspace *as = NULL;

	spin_lock(&obj->lock);
	while (as == NULL) {
		struct area *area =
		    list_first(&obj->areas, struct area, object_link);

		if (area == NULL || area->unmap_round >= round)
			break;
		area->unmap_round = round;
		list_remove(&area->object_link);
		list_add_tail(&obj->areas, &area->object_link);
		/* One whose last reference is gone unmaps everything anyway. */
		if (ref_get_unless_zero(&area->as->refs))
			as = area->as;
	}
	spin_unlock(&obj->lock);
	return as;
}

/* The addresses at which the area maps pages [first, end) of its object.
 * False: nowhere. */
static bool
mapped_range(const struct area *area, uint64_t first, uint64_t end,
    struct va_range *range)
{
	uint64_t low = area_index(area, area->start);
	uint64_t high = area_index(area, area->end);

	first = MAX(first, low);
	end = MIN(end, high);
	if (first >= end)
		return false;
	range->start = area->start + ((first - low) << PAGE_SHIFT);
	range->end = area->start + ((end - low) << PAGE_SHIFT);
	return true;
}

/* One walk at a time for each object: wait until no other is at work.  Returns
 * the number of this round. */
static uint64_t
begin_walk(struct vm_object *obj)
{
	uint64_t round = 0;

	while (round == 0) {
		wait_event(&walks, !atomic_load(&obj->walking));
		spin_lock(&obj->lock);
		if (!obj->walking) {
			obj->walking = true;
			round = ++obj->unmap_round;
		}
		spin_unlock(&obj->lock);
	}
	return round;
}

static void
end_walk(struct vm_object *obj)
{
	atomic_store(&obj->walking, false);
	waitq_wake_all(&walks);
}

/* Call fn for each stretch of addresses at which pages [first, end) of obj are
 * mapped, by areas with all of these flags, under the lock of its aspace. */
static void
for_each_mapping(struct vm_object *obj, uint64_t first, uint64_t end,
    uint32_t flags,
    void (*fn)(struct aspace *as, vaddr_t start, vaddr_t stop))
{
	struct aspace *as;
	uint64_t round;

	round = begin_walk(obj);
	while ((as = next_mapper(obj, round)) != NULL) {
		struct area *area;
		struct va_range range;

		mutex_lock(&as->lock);
		area = aspace_find_area_or_next(as, 0);
		for (; area != NULL; area = area_next(area)) {
			if (area->object == obj &&
			    (area->flags & flags) == flags &&
			    mapped_range(area, first, end, &range))
				fn(as, range.start, range.end);
		}
		mutex_unlock(&as->lock);
		aspace_put(as);
	}
	end_walk(obj);
}

void
object_unmap(struct vm_object *obj, uint64_t first, uint64_t end)
{
	for_each_mapping(obj, first, end, 0, aspace_zap);
}

void
object_write_protect(struct vm_object *obj, uint64_t first, uint64_t end)
{
	for_each_mapping(obj, first, end, AREA_SHARED, aspace_write_protect);
}

/* Unmap what the areas of as map of pages [first, end).  Locks: as->lock. */
static void
unmap_cached(struct aspace *as, struct vm_object *obj, uint64_t first,
    uint64_t end, const struct pagecache *cache)
{
	struct area *area = aspace_find_area_or_next(as, 0);
	struct va_range range;

	for (; area != NULL; area = area_next(area)) {
		if (area->object == obj &&
		    mapped_range(area, first, end, &range))
			aspace_zap_cached(as, range.start, range.end, cache);
	}
}

void
object_try_unmap(struct vm_object *obj, uint64_t first, uint64_t end,
    const struct pagecache *cache)
{
	struct aspace *as;
	uint64_t round = 0;

	spin_lock(&obj->lock);
	if (!obj->walking) {
		obj->walking = true;
		round = ++obj->unmap_round;
	}
	spin_unlock(&obj->lock);
	if (round == 0)
		return;
	while ((as = next_mapper(obj, round)) != NULL) {
		if (mutex_trylock(&as->lock)) {
			unmap_cached(as, obj, first, end, cache);
			mutex_unlock(&as->lock);
		}
		aspace_put(as);
	}
	end_walk(obj);
}
