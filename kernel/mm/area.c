/* area.c - the areas of an address space: a tree by address.
 *
 * Layer: mm   Called by: aspace, mmap, fault, object
 *
 * Invariants: see aspace.h, (1) and (5).
 * SPDX-License-Identifier: MIT */

#include "mm/area.h"

#include "lib/string.h"
#include "mm/slab.h"

static struct slab_cache area_cache;

void
area_init(void)
{
	slab_cache_init(&area_cache, "area", sizeof(struct area), 0);
}

struct area *
area_alloc(void)
{
	struct area *area = slab_alloc(&area_cache);

	if (area != NULL) {
		memset(area, 0, sizeof(*area));
		list_init(&area->object_link);
	}
	return area;
}

void
area_free(struct area *area)
{
	if (area->object != NULL)
		object_put(area->object);
	slab_free(&area_cache, area);
}

static struct area *
area_of(struct rb_node *node)
{
	return node == NULL ? NULL : rb_entry(node, struct area, node);
}

struct area *
area_next(const struct area *area)
{
	return area_of(rb_next(&area->node));
}

struct area *
area_prev(const struct area *area)
{
	return area_of(rb_prev(&area->node));
}

struct area *
aspace_find_area_or_next(struct aspace *as, vaddr_t va)
{
	struct area *found = as->last_hit;
	struct rb_node *node = as->areas.root;

	kassert(mutex_held(&as->lock));
	if (found != NULL && va >= found->start && va < found->end)
		return found;
	found = NULL;
	while (node != NULL) {
		struct area *area = area_of(node);

		if (va < area->end) {
			found = area; /* unless there is one further left */
			node = node->left;
		} else {
			node = node->right;
		}
	}
	if (found != NULL && va >= found->start)
		as->last_hit = found;
	return found;
}

struct area *
aspace_find_area(struct aspace *as, vaddr_t va)
{
	struct area *area = aspace_find_area_or_next(as, va);

	return area != NULL && va >= area->start ? area : NULL;
}

bool
area_overlaps(struct aspace *as, vaddr_t start, vaddr_t end)
{
	struct area *area = aspace_find_area_or_next(as, start);

	return area != NULL && area->start < end;
}

void
area_link(struct aspace *as, struct area *area)
{
	struct rb_node **link = &as->areas.root;
	struct rb_node *parent = NULL;

	kassert(IS_ALIGNED(area->start | area->end, PAGE_SIZE));
	kassert(area->start < area->end && area->end <= USER_TOP);
	while (*link != NULL) {
		struct area *other = area_of(*link);

		parent = *link;
		/* (1) */
		kassert(area->end <= other->start || area->start >= other->end);
		link = area->start < other->start ? &parent->left
						  : &parent->right;
	}
	rb_insert(&as->areas, &area->node, parent, link);
	area->as = as;
	as->area_count++;
	as->mapped_pages += (area->end - area->start) >> PAGE_SHIFT;
	if (area->object != NULL)
		object_add_area(area->object, area);
}

void
area_unlink(struct aspace *as, struct area *area)
{
	rb_remove(&as->areas, &area->node);
	if (as->last_hit == area)
		as->last_hit = NULL;
	as->area_count--;
	as->mapped_pages -= (area->end - area->start) >> PAGE_SHIFT;
	if (area->object != NULL)
		object_remove_area(area->object, area);
}

void
area_doom(struct aspace *as, struct area *area, struct list *doomed)
{
	area_unlink(as, area);
	list_add(doomed, &area->object_link);
}

void
area_free_doomed(struct list *doomed)
{
	list_for_each_safe(area, doomed, struct area, object_link) {
		list_remove(&area->object_link);
		area_free(area);
	}
}

void
area_resize(struct area *area, vaddr_t start, vaddr_t end)
{
	kassert(start < end);
	area->as->mapped_pages -= (area->end - area->start) >> PAGE_SHIFT;
	area->as->mapped_pages += (end - start) >> PAGE_SHIFT;
	area->offset += start - area->start;
	area->start = start;
	area->end = end;
}

void
area_split(struct area *area, vaddr_t va, struct area *upper)
{
	kassert(va > area->start && va < area->end);
	upper->start = va;
	upper->end = area->end;
	upper->prot = area->prot;
	upper->max_prot = area->max_prot;
	upper->flags = area->flags;
	upper->object = area->object;
	upper->offset = area->offset + (va - area->start);
	if (upper->object != NULL)
		object_get(upper->object);
	area_resize(area, area->start, va);
	area_link(area->as, upper);
}

/* Does b continue a, so that one area could stand for both? */
static bool
continues(const struct area *a, const struct area *b)
{
	return a->end == b->start && a->prot == b->prot &&
	    a->max_prot == b->max_prot && a->flags == b->flags &&
	    a->object == b->object &&
	    (a->object == NULL || a->offset + (a->end - a->start) == b->offset);
}

/* Let a take over b, its next neighbour. */
static void
absorb(struct area *a, struct area *b)
{
	vaddr_t end = b->end;

	area_unlink(a->as, b);
	area_resize(a, a->start, end);
	area_free(b); /* a has the object too: this does not release it */
}

void
area_merge(struct area *area)
{
	struct area *prev = area_prev(area);
	struct area *next = area_next(area);

	if (next != NULL && continues(area, next))
		absorb(area, next);
	if (prev != NULL && continues(prev, area))
		absorb(prev, area);
}

/* What an area needs below itself, too. */
static vaddr_t
lowest_of(const struct area *area)
{
	if ((area->flags & AREA_GROWSDOWN) == 0)
		return area->start;
	return area->start - MIN(area->start, STACK_GUARD_GAP);
}

/* The highest room for bytes below top. */
static vaddr_t
room_below(struct aspace *as, vaddr_t top, size_t bytes)
{
	struct area *area = aspace_find_area_or_next(as, top);

	/* From the first area that ends above top, downwards. */
	if (area == NULL)
		area = area_of(rb_last(&as->areas));
	for (; area != NULL; area = area_prev(area)) {
		if (area->end < top && top - area->end >= bytes)
			return top - bytes;
		top = MIN(top, lowest_of(area));
	}
	return top >= MMAP_MIN && top - MMAP_MIN >= bytes ? top - bytes : 0;
}

vaddr_t
area_find_room(struct aspace *as, size_t bytes)
{
	vaddr_t va = room_below(as, as->search_top, bytes);

	if (va == 0 && as->search_top != MMAP_TOP)
		va = room_below(as, MMAP_TOP, bytes);
	if (va != 0)
		as->search_top = va;
	return va;
}
