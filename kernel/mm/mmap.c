/* mmap.c - changing what is mapped: mmap, munmap, mprotect, mremap, brk,
 * madvise.
 *
 * Layer: mm   Called by: syscall, proc (exec)
 *
 * Each function first finds out whether it can be done and gets the memory it
 * needs, and then changes areas and tables.  What leaves the tree of areas is
 * freed after as->lock is released: releasing a file may take its locks.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "mm/area.h"
#include "mm/fault.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "sched/sched.h"

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)

/* Is [va, va + bytes) page aligned, not empty and in the user's half?  bytes is
 * rounded up to pages. */
static bool
range_valid(vaddr_t va, size_t *bytes)
{
	if (!IS_ALIGNED(va, PAGE_SIZE) || *bytes == 0 || *bytes > USER_TOP)
		return false;
	*bytes = ALIGN_UP(*bytes, PAGE_SIZE);
	return va <= USER_TOP && *bytes <= USER_TOP - va;
}

bool
aspace_may_map(const struct aspace *as, size_t bytes)
{
	uint64_t mapped = (uint64_t)as->mapped_pages << PAGE_SHIFT;

	return bytes <= as->map_limit && mapped <= as->map_limit - bytes;
}

int
aspace_unmap_locked(struct aspace *as, vaddr_t start, vaddr_t end,
    struct list *doomed)
{
	struct area *area = aspace_find_area_or_next(as, start);
	struct area *upper;
	bool any = false;

	/* A hole in the middle of an area makes two of it. */
	if (area != NULL && area->start < start && area->end > end) {
		upper = area_alloc();
		if (upper == NULL)
			return -ENOMEM;
		area_split(area, end, upper);
	}
	while (area != NULL && area->start < end) {
		struct area *next = area_next(area);

		any = true;
		if (area->start < start)
			area_resize(area, area->start, start);
		else if (area->end > end)
			area_resize(area, end, area->end);
		else
			area_doom(as, area, doomed);
		area = next;
	}
	if (any) {
		aspace_zap(as, start, end);
		aspace_prune(as, start, end);
	}
	if (end > as->search_top)
		as->search_top = MIN(end, MMAP_TOP);
	return 0;
}

int
aspace_unmap(struct aspace *as, vaddr_t va, size_t bytes)
{
	struct list doomed = LIST_INIT(doomed);
	int err;

	if (!range_valid(va, &bytes))
		return -EINVAL;
	mutex_lock(&as->lock);
	err = aspace_unmap_locked(as, va, va + bytes, &doomed);
	mutex_unlock(&as->lock);
	area_free_doomed(&doomed);
	return err;
}

/* Find the address for a request, making room where it is MAP_FIXED.
 * Returns 0, -EEXIST, -EPERM, -ENOMEM. */
static int
place(struct aspace *as, const struct map_request *rq, size_t bytes,
    struct list *doomed, vaddr_t *va)
{
	vaddr_t hint = rq->hint;

	if ((rq->flags & MAP_FIXED_NOREPLACE) != 0) {
		if (area_overlaps(as, hint, hint + bytes))
			return -EEXIST;
		*va = hint;
		return hint < MMAP_MIN ? -EPERM : 0;
	}
	if ((rq->flags & MAP_FIXED) != 0) {
		*va = hint;
		if (hint < MMAP_MIN)
			return -EPERM;
		return aspace_unmap_locked(as, hint, hint + bytes, doomed);
	}
	hint = ALIGN_UP(hint, PAGE_SIZE);
	if (hint >= MMAP_MIN && hint <= USER_TOP - bytes &&
	    !area_overlaps(as, hint, hint + bytes)) {
		*va = hint;
		return 0;
	}
	*va = area_find_room(as, bytes);
	return *va == 0 ? -ENOMEM : 0;
}

/* Check what does not depend on the state of the address space. */
static int
map_check(const struct map_request *rq, size_t *bytes)
{
	bool fixed = (rq->flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
	bool private = (rq->flags & MAP_TYPE) == MAP_PRIVATE;
	vaddr_t hint = fixed ? rq->hint : 0;

	if (*bytes > USER_TOP)
		return -ENOMEM;
	if (!range_valid(hint, bytes))
		return fixed && IS_ALIGNED(hint, PAGE_SIZE) && *bytes != 0
		    ? -ENOMEM : -EINVAL;
	if (!IS_ALIGNED(rq->offset, PAGE_SIZE))
		return -EINVAL;
	if (rq->offset + *bytes < rq->offset ||
	    rq->offset + *bytes > INT64_MAX)
		return -EOVERFLOW;
	if (!private && (rq->flags & MAP_TYPE) != MAP_SHARED &&
	    (rq->flags & MAP_TYPE) != MAP_SHARED_VALIDATE)
		return -EINVAL;
	/* Memory is promised without being there, but not what never can be. */
	if (private && (rq->prot & PROT_WRITE) != 0 &&
	    (rq->flags & MAP_NORESERVE) == 0 &&
	    *bytes >> PAGE_SHIFT > page_total_count())
		return -ENOMEM;
	return 0;
}

/* A blank area for the request, without its place.  NULL: no memory. */
static struct area *
prepare_area(const struct map_request *rq, size_t bytes)
{
	struct area *area = area_alloc();

	if (area == NULL)
		return NULL;
	area->prot = rq->prot & PROT_ALL;
	area->max_prot = rq->max_prot == 0 ? PROT_ALL : rq->max_prot;
	area->object = rq->object;
	area->offset = rq->offset;
	if ((rq->flags & MAP_TYPE) != MAP_PRIVATE)
		area->flags |= AREA_SHARED;
	if ((rq->flags & MAP_GROWSDOWN) != 0)
		area->flags |= AREA_GROWSDOWN;
	if (area->object != NULL) {
		object_get(area->object);
	} else if ((area->flags & AREA_SHARED) != 0) {
		area->object = shared_object_create(bytes);
		area->offset = 0;
		if (area->object == NULL) {
			area_free(area);
			return NULL;
		}
	}
	return area;
}

/* MAP_POPULATE: touch what is now mapped.  Its failure is no error. */
static void
populate(struct aspace *as, vaddr_t va, size_t bytes, bool write)
{
	struct page *page;

	for (vaddr_t end = va + bytes; va < end; va += PAGE_SIZE) {
		if (aspace_get_page(as, va, write, &page) != FAULT_OK)
			return;
		page_put(page);
		sched_cond_yield();
	}
}

int
aspace_map(struct aspace *as, const struct map_request *rq, vaddr_t *va)
{
	struct list doomed = LIST_INIT(doomed);
	size_t bytes = rq->bytes;
	struct area *area;
	int err = map_check(rq, &bytes);

	if (err != 0)
		return err;
	area = prepare_area(rq, bytes);
	if (area == NULL)
		return -ENOMEM;
	mutex_lock(&as->lock);
	err = -ENOMEM;
	if (aspace_may_map(as, bytes))
		err = place(as, rq, bytes, &doomed, va);
	if (err == 0) {
		area->start = *va;
		area->end = *va + bytes;
		area_link(as, area);
		area_merge(area);
	}
	mutex_unlock(&as->lock);
	area_free_doomed(&doomed);
	if (err != 0)
		area_free(area);
	else if ((rq->flags & MAP_POPULATE) != 0)
		populate(as, *va, bytes, (rq->prot & PROT_WRITE) != 0);
	return err;
}

/* Make area bounds at start and end, where they cut the area.
 * *area: becomes the part in between.  Returns 0 or -ENOMEM. */
static int
isolate(struct area **area, vaddr_t start, vaddr_t end)
{
	struct area *upper;

	if ((*area)->end > end) {
		upper = area_alloc();
		if (upper == NULL)
			return -ENOMEM;
		area_split(*area, end, upper);
	}
	if ((*area)->start < start) {
		upper = area_alloc();
		if (upper == NULL) {
			area_merge(*area); /* as it was */
			return -ENOMEM;
		}
		area_split(*area, start, upper);
		*area = upper;
	}
	return 0;
}

/* Give the part of an area within [start, end) new rights, and go to the next
 * area.  Returns 0, -EACCES, -ENOMEM. */
static int
protect_area(struct area **at, vaddr_t start, vaddr_t end, unsigned prot)
{
	struct area *area = *at;
	struct aspace *as = area->as;
	int err;

	if ((prot & ~area->max_prot) != 0)
		return -EACCES;
	if (area->prot == prot) {
		*at = area_next(area);
		return 0;
	}
	err = isolate(&area, start, end);
	if (err != 0)
		return err;
	area->prot = prot;
	aspace_reprotect(as, area, area->start, area->end);
	end = area->end;
	area_merge(area);
	*at = aspace_find_area_or_next(as, end);
	return 0;
}

int
aspace_protect(struct aspace *as, vaddr_t va, size_t bytes, unsigned prot)
{
	vaddr_t start = va;
	struct area *area;
	vaddr_t end;
	int err = 0;

	if (bytes == 0 && IS_ALIGNED(va, PAGE_SIZE))
		return 0;
	if (!range_valid(va, &bytes))
		return IS_ALIGNED(va, PAGE_SIZE) ? -ENOMEM : -EINVAL;
	end = va + bytes;
	mutex_lock(&as->lock);
	area = aspace_find_area(as, va);
	if (area != NULL && (prot & PROT_GROWSDOWN) != 0)
		start = area->start;
	while (err == 0 && start < end) {
		vaddr_t stop;

		if (area == NULL || area->start > start) {
			err = -ENOMEM; /* a hole */
			break;
		}
		stop = MIN(area->end, end);
		err = protect_area(&area, start, end, prot & PROT_ALL);
		start = stop;
	}
	mutex_unlock(&as->lock);
	return err;
}

int
aspace_discard(struct aspace *as, vaddr_t va, size_t bytes)
{
	vaddr_t end;
	struct area *area;

	if (bytes == 0 && IS_ALIGNED(va, PAGE_SIZE))
		return 0;
	if (!range_valid(va, &bytes))
		return -EINVAL;
	end = va + bytes;
	mutex_lock(&as->lock);
	aspace_zap(as, va, end); /* outside of areas nothing is mapped */
	while (va < end && (area = aspace_find_area(as, va)) != NULL)
		va = area->end;
	mutex_unlock(&as->lock);
	return va >= end ? 0 : -ENOMEM;
}

void
aspace_brk_init(struct aspace *as, vaddr_t start)
{
	mutex_lock(&as->lock);
	as->brk_start = start;
	as->brk = start;
	mutex_unlock(&as->lock);
}

/* Extend the heap from old to new, both page aligned.  Returns 0 or -ENOMEM. */
static int
brk_grow(struct aspace *as, vaddr_t old, vaddr_t new)
{
	struct area *area;

	/* The page behind it stays free, as a guard. */
	if (new > USER_TOP - PAGE_SIZE ||
	    !aspace_may_map(as, new - old) ||
	    (new - old) >> PAGE_SHIFT > page_total_count() ||
	    area_overlaps(as, old, new + PAGE_SIZE))
		return -ENOMEM;
	area = aspace_find_area_or_next(as, old - PAGE_SIZE);
	if (area != NULL && area->end == old &&
	    (area->flags & AREA_BRK) != 0 &&
	    area->prot == (PROT_READ | PROT_WRITE)) {
		area_resize(area, area->start, new);
		return 0;
	}
	area = area_alloc();
	if (area == NULL)
		return -ENOMEM;
	area->start = old;
	area->end = new;
	area->prot = PROT_READ | PROT_WRITE;
	area->max_prot = PROT_ALL;
	area->flags = AREA_BRK;
	area_link(as, area);
	return 0;
}

vaddr_t
aspace_brk(struct aspace *as, vaddr_t brk)
{
	struct list doomed = LIST_INIT(doomed);
	vaddr_t old;
	vaddr_t new;
	int err = 0;

	mutex_lock(&as->lock);
	if (brk >= as->brk_start && brk <= USER_TOP - PAGE_SIZE) {
		old = ALIGN_UP(as->brk, PAGE_SIZE);
		new = ALIGN_UP(brk, PAGE_SIZE);
		if (new > old)
			err = brk_grow(as, old, new);
		else if (new < old)
			err = aspace_unmap_locked(as, new, old, &doomed);
		if (err == 0)
			as->brk = brk;
	}
	brk = as->brk;
	mutex_unlock(&as->lock);
	area_free_doomed(&doomed);
	return brk;
}
