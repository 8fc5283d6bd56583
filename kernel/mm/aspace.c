/* aspace.c - address spaces: made, copied by fork, destroyed, looked into.
 *
 * Layer: mm   Called by: proc, syscall
 *
 * fork copies no page.  Both sides get the same pages, read-only; the first
 * write of either side faults and makes a copy, the last user keeps the page:
 *
 *	parent  [W page A]          parent [R A] --+
 *	                    fork                   +--> A, 2 references
 *	                    --->    child  [R A] --+
 *
 * SPDX-License-Identifier: MIT */

#include "mm/aspace.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/fault.h"
#include "mm/init.h"
#include "mm/page.h"
#include "mm/slab.h"

static struct slab_cache aspace_cache;

void
aspace_init(void)
{
	slab_cache_init(&aspace_cache, "aspace", sizeof(struct aspace), 0);
	area_init();
}

struct aspace *
aspace_create(void)
{
	struct aspace *as = slab_alloc(&aspace_cache);

	if (as == NULL)
		return NULL;
	memset(as, 0, sizeof(*as));
	if (pagetable_init(&as->pt) != 0) {
		slab_free(&aspace_cache, as);
		return NULL;
	}
	mutex_init(&as->lock, "aspace", RANK_ASPACE);
	ref_init(&as->refs, 1);
	as->search_top = MMAP_TOP;
	as->stack_limit = UINT64_MAX;
	as->map_limit = UINT64_MAX;
	list_init(&as->notifiers);
	return as;
}

/* Nobody uses the address space any more: unmap and free all of it. */
static void
destroy(struct aspace *as)
{
	struct list doomed = LIST_INIT(doomed);
	struct area *area;

	aspace_leave_all_cpus(as);
	mutex_lock(&as->lock); /* nobody waits for it: only for the asserts */
	while ((area = aspace_find_area_or_next(as, 0)) != NULL) {
		aspace_zap(as, area->start, area->end);
		area_doom(as, area, &doomed);
		aspace_prune(as, area->start, area->end);
	}
	kassert(as->resident_pages == 0 && as->mapped_pages == 0);
	mutex_unlock(&as->lock);

	area_free_doomed(&doomed);
	pagetable_fini(&as->pt);
	slab_free(&aspace_cache, as);
}

void
aspace_put(struct aspace *as)
{
	if (ref_put(&as->refs))
		destroy(as);
}

/* Copy the entries of the area in one level 1 table: from (at va) to to, up to
 * stop.  Private pages lose the right to be written, in both. */
static void
copy_entries(struct aspace *child, const struct area *area, pte_t *from,
    pte_t *to, size_t count)
{
	const pte_t lost =
	    (area->flags & AREA_SHARED) != 0 ? 0 : PTE_W | PTE_D;

	for (; count > 0; count--, from++, to++) {
		pte_t entry = *from;
		struct page *page;

		if (entry == 0)
			continue;
		if ((entry & lost) != 0) {
			entry &= ~lost;
			*from = entry;
		}
		*to = entry;
		page = page_from_pa(entry & PTE_ADDR);
		page_get(page);
		child->resident_pages++;
		if (page->cache != NULL)
			child->resident_file_pages++;
	}
}

/* Share the area's pages with the child.  Returns 0 or -ENOMEM: then some are
 * shared, and destroy() of the child takes them back. */
static int
copy_pages(struct aspace *as, struct aspace *child, const struct area *area)
{
	vaddr_t va = area->start;
	pte_t *from;

	while ((from = pagetable_next(&as->pt, &va, area->end)) != NULL) {
		vaddr_t stop = MIN(area->end,
		    ALIGN_DOWN(va, pt_span(2)) + pt_span(2));
		pte_t *to = pagetable_walk(&child->pt, va);

		if (to == NULL)
			return -ENOMEM;
		copy_entries(child, area, from, to, (stop - va) >> PAGE_SHIFT);
		va = stop;
	}
	return 0;
}

/* Give the child a copy of the area.  Locks: as->lock and child->lock held. */
static int
clone_area(struct aspace *as, struct aspace *child, const struct area *area)
{
	struct area *copy = area_alloc();
	int err;

	if (copy == NULL)
		return -ENOMEM;
	copy->start = area->start;
	copy->end = area->end;
	copy->prot = area->prot;
	copy->max_prot = area->max_prot;
	copy->flags = area->flags;
	copy->object = area->object;
	copy->offset = area->offset;
	if (copy->object != NULL)
		object_get(copy->object);
	err = copy_pages(as, child, area);
	area_link(child, copy); /* in any case: destroy() unmaps by areas */
	return err;
}

int
aspace_clone(struct aspace *as, struct aspace **out)
{
	struct aspace *child = aspace_create();
	struct area *area;
	int err = 0;

	if (child == NULL)
		return -ENOMEM;
	mutex_lock(&as->lock);
	/* object_unmap() finds the child as soon as its first area is linked,
	 * and has to wait until all are. */
	mutex_lock_nested(&child->lock);
	area = aspace_find_area_or_next(as, 0);
	for (; area != NULL && err == 0; area = area_next(area))
		err = clone_area(as, child, area);
	aspace_flush(as, 0, USER_TOP); /* rights were taken away (4) */
	child->resident_peak = child->resident_pages;
	child->search_top = as->search_top;
	child->brk_start = as->brk_start;
	child->brk = as->brk;
	child->stack_limit = as->stack_limit;
	child->map_limit = as->map_limit;
	child->arg_start = as->arg_start;
	child->arg_end = as->arg_end;
	child->env_start = as->env_start;
	child->env_end = as->env_end;
	mutex_unlock(&child->lock);
	mutex_unlock(&as->lock);
	if (err != 0) {
		aspace_put(child);
		return err;
	}
	*out = child;
	return 0;
}

int
aspace_for_each_area(struct aspace *as,
    int (*fn)(const struct area *area, void *arg), void *arg)
{
	struct area *area;
	int result = 0;

	mutex_lock(&as->lock);
	area = aspace_find_area_or_next(as, 0);
	for (; area != NULL && result == 0; area = area_next(area))
		result = fn(area, arg);
	mutex_unlock(&as->lock);
	return result;
}

bool
aspace_is_mapped(struct aspace *as, vaddr_t va, size_t bytes)
{
	vaddr_t end = va + bytes;
	struct area *area;

	if (va > USER_TOP || bytes > USER_TOP - va)
		return false;
	mutex_lock(&as->lock);
	while (va < end && (area = aspace_find_area(as, va)) != NULL)
		va = area->end;
	mutex_unlock(&as->lock);
	return va >= end;
}

/* Copy between buf and the memory of as, page by page. */
static size_t
copy_remote(struct aspace *as, vaddr_t va, char *buf, size_t n, bool write)
{
	size_t done = 0;

	while (done < n) {
		size_t offset = (va + done) & PAGE_MASK;
		size_t part = MIN(PAGE_SIZE - offset, n - done);
		struct page *page;
		char *bytes;

		if (aspace_get_page(as, va + done, write, &page) != FAULT_OK)
			break;
		bytes = (char *)page_va(page) + offset;
		if (write)
			memcpy(bytes, buf + done, part);
		else
			memcpy(buf + done, bytes, part);
		page_put(page);
		done += part;
	}
	return done;
}

size_t
aspace_read(struct aspace *as, vaddr_t va, void *dst, size_t n)
{
	return copy_remote(as, va, dst, n, false);
}

size_t
aspace_write(struct aspace *as, vaddr_t va, const void *src, size_t n)
{
	return copy_remote(as, va, (char *)(uintptr_t)src, n, true);
}

void
aspace_notify(struct aspace *as, struct aspace_notifier *n)
{
	mutex_lock(&as->lock);
	list_add(&as->notifiers, &n->link);
	mutex_unlock(&as->lock);
}

void
aspace_notify_end(struct aspace *as, struct aspace_notifier *n)
{
	mutex_lock(&as->lock);
	list_remove(&n->link);
	mutex_unlock(&as->lock);
}
