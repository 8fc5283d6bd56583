/* mremap.c - growing, shrinking and moving a mapping.
 *
 * Layer: mm   Called by: syscall
 *
 * A move takes the entries along: no page is copied.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "mm/area.h"
#include "mm/page.h"

/* What is asked for, rounded to pages. */
struct remap {
	struct aspace *as;
	vaddr_t old_va;
	size_t old_bytes;
	size_t new_bytes;
	unsigned flags;
	vaddr_t new_va; /* MREMAP_FIXED: where to; then: where it is */
};

/* Take the entries of [from, from + bytes) to `to`.  Returns 0; -ENOMEM: a
 * table is missing, everything is back at from. */
static int
move_entries(struct aspace *as, vaddr_t from, vaddr_t to, size_t bytes)
{
	vaddr_t va = from;
	pte_t *pte;

	/* First all tables, then all entries: so it cannot fail half-way. */
	while ((pte = pagetable_next(&as->pt, &va, from + bytes)) != NULL) {
		if (*pte != 0 &&
		    pagetable_walk(&as->pt, to + (va - from)) == NULL)
			return -ENOMEM;
		va += PAGE_SIZE;
	}
	va = from;
	while ((pte = pagetable_next(&as->pt, &va, from + bytes)) != NULL) {
		if (*pte != 0) {
			*pagetable_find(&as->pt, to + (va - from)) = *pte;
			*pte = 0;
		}
		va += PAGE_SIZE;
	}
	aspace_flush(as, from, from + bytes);
	return 0;
}

/* Move [old_va, old_va + old_bytes), a part of area, to new_va, where there is
 * room for new_bytes >= old_bytes.  Returns 0 or -ENOMEM. */
static int
move(struct remap *rm, struct area *area, struct list *doomed)
{
	struct aspace *as = rm->as;
	struct area *moved = area_alloc();
	struct area *rest = area_alloc(); /* if a hole stays behind */
	vaddr_t old_end = rm->old_va + rm->old_bytes;

	if (moved == NULL || rest == NULL ||
	    move_entries(as, rm->old_va, rm->new_va, rm->old_bytes) != 0)
		goto out_free;

	moved->start = rm->new_va;
	moved->end = rm->new_va + rm->new_bytes;
	moved->prot = area->prot;
	moved->max_prot = area->max_prot;
	moved->flags = area->flags & ~(AREA_GROWSDOWN | AREA_BRK);
	moved->object = area->object;
	moved->offset = area->offset + (rm->old_va - area->start);
	if (moved->object != NULL)
		object_get(moved->object);
	area_link(as, moved);

	if (area->start < rm->old_va && area->end > old_end) {
		area_split(area, old_end, rest);
		rest = NULL;
	}
	if (area->start < rm->old_va)
		area_resize(area, area->start, rm->old_va);
	else if (area->end > old_end)
		area_resize(area, old_end, area->end);
	else
		area_doom(as, area, doomed);
	area_merge(moved); /* only now: it might join with area itself */
	aspace_prune(as, rm->old_va, old_end);
	if (rest != NULL)
		area_free(rest);
	return 0;

out_free:
	aspace_prune(as, rm->new_va, rm->new_va + rm->new_bytes);
	if (moved != NULL)
		area_free(moved);
	if (rest != NULL)
		area_free(rest);
	return -ENOMEM;
}

/* Can the area that ends at `end` grow by bytes where it is? */
static bool
can_extend(const struct area *area, vaddr_t end, size_t bytes)
{
	const struct area *next = area_next(area);
	vaddr_t limit = next == NULL ? USER_TOP : next->start;

	if (next != NULL && (next->flags & AREA_GROWSDOWN) != 0)
		limit -= MIN(limit, STACK_GUARD_GAP);
	return area->end == end && limit >= end && limit - end >= bytes;
}

/* All under as->lock.  Returns 0, -EFAULT, -ENOMEM, or the error of
 * unmapping. */
static int
remap_locked(struct remap *rm, struct list *doomed)
{
	struct aspace *as = rm->as;
	struct area *area = aspace_find_area(as, rm->old_va);
	vaddr_t old_end = rm->old_va + rm->old_bytes;
	size_t more = 0;
	int err;

	if (area == NULL || old_end > area->end)
		return -EFAULT;
	if (rm->new_bytes > rm->old_bytes) {
		more = rm->new_bytes - rm->old_bytes;
		if (!aspace_may_map(as, more) ||
		    more >> PAGE_SHIFT > page_total_count())
			return -ENOMEM;
	}
	if ((rm->flags & MREMAP_FIXED) != 0) {
		err = aspace_unmap_locked(as, rm->new_va,
		    rm->new_va + rm->new_bytes, doomed);
		if (err != 0)
			return err;
	}
	if (more == 0 && rm->new_bytes < rm->old_bytes) {
		err = aspace_unmap_locked(as, rm->old_va + rm->new_bytes,
		    old_end, doomed);
		if (err != 0)
			return err;
		rm->old_bytes = rm->new_bytes;
	}
	/* Unmapping may have split or joined areas. */
	area = aspace_find_area(as, rm->old_va);
	kassert(area != NULL);
	if ((rm->flags & MREMAP_FIXED) != 0)
		return move(rm, area, doomed);
	rm->new_va = rm->old_va;
	if (more == 0)
		return 0;
	if (can_extend(area, old_end, more)) {
		area_resize(area, area->start, area->end + more);
		area_merge(area);
		return 0;
	}
	if ((rm->flags & MREMAP_MAYMOVE) == 0)
		return -ENOMEM;
	rm->new_va = area_find_room(as, rm->new_bytes);
	return rm->new_va == 0 ? -ENOMEM : move(rm, area, doomed);
}

/* Are the arguments what mremap(2) wants? */
static bool
arguments_valid(const struct remap *rm)
{
	vaddr_t new_end = rm->new_va + rm->new_bytes;
	const unsigned known = MREMAP_MAYMOVE | MREMAP_FIXED;

	if ((rm->flags & ~known) != 0 ||
	    !IS_ALIGNED(rm->old_va, PAGE_SIZE) || rm->old_bytes == 0 ||
	    rm->new_bytes == 0 || rm->new_bytes > USER_TOP ||
	    rm->old_bytes > USER_TOP)
		return false;
	if ((rm->flags & MREMAP_FIXED) == 0)
		return true;
	return (rm->flags & MREMAP_MAYMOVE) != 0 &&
	    IS_ALIGNED(rm->new_va, PAGE_SIZE) && rm->new_va >= MMAP_MIN &&
	    rm->new_va <= USER_TOP - rm->new_bytes &&
	    (new_end <= rm->old_va ||
		rm->new_va >= rm->old_va + rm->old_bytes);
}

int
aspace_remap(struct aspace *as, const struct remap_request *rq, vaddr_t *va)
{
	struct list doomed = LIST_INIT(doomed);
	struct remap rm = {
		.as = as,
		.old_va = rq->old_va,
		.old_bytes = ALIGN_UP(rq->old_bytes, PAGE_SIZE),
		.new_bytes = ALIGN_UP(rq->new_bytes, PAGE_SIZE),
		.flags = rq->flags,
		.new_va = rq->new_va,
	};
	int err;

	if (!arguments_valid(&rm))
		return -EINVAL;
	mutex_lock(&as->lock);
	err = remap_locked(&rm, &doomed);
	mutex_unlock(&as->lock);
	area_free_doomed(&doomed);
	if (err == 0)
		*va = rm.new_va;
	return err;
}
