/* fault.c - page faults at user addresses.
 *
 * Layer: mm   Called by: proc's page-fault hook, aspace_get_page()
 *
 *	entry          access  area       what happens
 *	-------------  ------  ---------  -----------------------------------
 *	absent         any     anonymous  a zeroed page
 *	absent         read    object     the object's page, read-only
 *	absent         write   private    a copy of the object's page
 *	absent         write   shared     the object's page
 *	read-only      write   private    sole user: it may write; else a copy
 *	read-only      write   shared     the object is told; it may write
 *	held           any     any        as read-only: PROT_NONE was lifted
 *	good enough    any     any        nothing: another CPU was faster
 *
 * SPDX-License-Identifier: MIT */

#include "mm/fault.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/area.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/reclaim.h"

/* Does the area allow the access?  (x86 cannot write or execute without being
 * able to read, so any right includes reading.) */
static bool
access_allowed(const struct area *area, bool write, bool fetch)
{
	if (write)
		return (area->prot & PROT_WRITE) != 0;
	if (fetch)
		return (area->prot & PROT_EXEC) != 0;
	return (area->prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) != 0;
}

/* Enter a page where none is.  Takes over the caller's reference. */
static void
enter_page(struct aspace *as, const struct area *area, pte_t *pte,
    struct page *page, bool writable)
{
	*pte = page_to_pa(page) | area_pte_bits(area, writable);
	as->resident_pages++;
	if (page->cache != NULL)
		as->resident_file_pages++;
	if (as->resident_pages > as->resident_peak)
		as->resident_peak = as->resident_pages;
}

/* Ask the area's object for the page at va.  Returns FAULT_OK and the page with
 * a reference; FAULT_WAIT: as->busy_page is being read; FAULT_BUS, FAULT_OOM. */
static enum fault_result
page_of_object(const struct area *area, vaddr_t va, bool write,
    struct page **out)
{
	struct vm_object *obj = area->object;
	int err = obj->ops->get_page(obj, area_index(area, va), write, out);

	if (likely(err == 0))
		return FAULT_OK;
	if (err == -EAGAIN) {
		area->as->busy_page = *out;
		return FAULT_WAIT;
	}
	return err == -ENOMEM ? FAULT_OOM : FAULT_BUS;
}

/* A private copy of the page.  NULL: no memory. */
static struct page *
copy_page(const struct page *from)
{
	struct page *copy = page_alloc(0, PAGE_USER);

	if (copy != NULL)
		memcpy(page_va(copy), page_va(from), PAGE_SIZE);
	return copy;
}

/* Nothing is mapped at va: bring in the page. */
static enum fault_result
fault_absent(struct aspace *as, const struct area *area, pte_t *pte, vaddr_t va,
    bool write)
{
	bool shared = (area->flags & AREA_SHARED) != 0;
	struct page *page;
	struct page *copy;
	enum fault_result result;

	if (area->object == NULL) {
		page = page_alloc(0, PAGE_ZERO | PAGE_USER);
		if (page == NULL)
			return FAULT_OOM;
		enter_page(as, area, pte, page, (area->prot & PROT_WRITE) != 0);
		return FAULT_OK;
	}
	result = page_of_object(area, va, write && shared, &page);
	if (result != FAULT_OK)
		return result;
	if (shared) {
		bool writable = (area->prot & PROT_WRITE) != 0 &&
		    (write || !area->object->ops->write_notify);

		enter_page(as, area, pte, page, writable);
		return FAULT_OK;
	}
	if (!write) {
		enter_page(as, area, pte, page, false);
		return FAULT_OK;
	}
	copy = copy_page(page);
	page_put(page);
	if (copy == NULL)
		return FAULT_OOM;
	enter_page(as, area, pte, copy, true);
	return FAULT_OK;
}

/* A page is mapped, but may not be written, although the area allows it. */
static enum fault_result
fault_read_only(struct aspace *as, const struct area *area, pte_t *pte,
    vaddr_t va)
{
	struct page *page = page_from_pa(*pte & PTE_ADDR);
	struct page *copy;

	if ((area->flags & AREA_SHARED) != 0) {
		struct page *same;
		enum fault_result result =
		    page_of_object(area, va, true, &same);

		if (result != FAULT_OK)
			return result;
		kassert(same == page); /* else it would have been unmapped */
		page_put(same);
	} else if (page_refs(page) > 1) {
		copy = copy_page(page);
		if (copy == NULL)
			return FAULT_OOM;
		*pte = page_to_pa(copy) | area_pte_bits(area, true);
		if (page->cache != NULL)
			as->resident_file_pages--;
		/* Other threads may still read the old page through their
		 * TLBs; only now may it go. */
		aspace_flush(as, va, va + PAGE_SIZE);
		page_put(page);
		return FAULT_OK;
	}
	/* The only user of a private page: no other reference can appear, for
	 * it would have to come through this entry. */
	*pte |= PTE_W | PTE_D;
	invlpg(va);
	return FAULT_OK;
}

/* Do what the access to va, which the area allows, needs.
 * Locks: as->lock held.  May sleep. */
static enum fault_result
fault_in(struct aspace *as, const struct area *area, vaddr_t va, bool write)
{
	pte_t *pte = pagetable_walk(&as->pt, va);

	if (pte == NULL)
		return FAULT_OOM;
	if (*pte == 0)
		return fault_absent(as, area, pte, va, write);
	if ((*pte & PTE_P) == 0) /* held */
		*pte = (*pte & PTE_ADDR) | area_pte_bits(area, false);
	if (write && (*pte & PTE_W) == 0)
		return fault_read_only(as, area, pte, va);
	invlpg(va);
	return FAULT_OK;
}

/* Extend the stack area above va down to it, if that is within its limits and
 * does not come close to what is mapped below.  NULL: it may not be. */
static struct area *
grow_stack(struct aspace *as, vaddr_t va)
{
	struct area *area = aspace_find_area_or_next(as, va);
	vaddr_t start = ALIGN_DOWN(va, PAGE_SIZE);
	struct area *prev;
	size_t pages;

	if (area == NULL || (area->flags & AREA_GROWSDOWN) == 0)
		return NULL;
	pages = (area->start - start) >> PAGE_SHIFT;
	prev = area_prev(area);
	if (start < MMAP_MIN || area->end - start > as->stack_limit ||
	    (as->mapped_pages + pages) << PAGE_SHIFT > as->map_limit)
		return NULL;
	if (prev != NULL && start - prev->end < STACK_GUARD_GAP)
		return NULL;
	area_resize(area, start, area->end);
	return area;
}

/* The page fault itself.  Locks: as->lock held. */
static enum fault_result
fault_locked(struct aspace *as, vaddr_t va, bool write, bool fetch)
{
	struct area *area = aspace_find_area(as, va);

	if (unlikely(area == NULL)) {
		area = grow_stack(as, va);
		if (area == NULL)
			return FAULT_SEGV_MAPERR;
	}
	if (!access_allowed(area, write, fetch))
		return FAULT_SEGV_ACCERR;
	return fault_in(as, area, ALIGN_DOWN(va, PAGE_SIZE), write);
}

/* What a fault wants, and how far it got. */
struct fault {
	struct aspace *as;
	vaddr_t va;
	bool write;
	bool fetch;
	struct page *page; /* FAULT_OK: if get; FAULT_WAIT; with a reference */
};

static enum fault_result
fault_once(struct fault *f, bool get)
{
	struct aspace *as = f->as;
	enum fault_result result;

	mutex_lock(&as->lock);
	result = fault_locked(as, f->va, f->write, f->fetch);
	if (get && result == FAULT_OK) {
		pte_t entry = *pagetable_find(&as->pt, f->va);

		f->page = page_from_pa(entry & PTE_ADDR);
		page_get(f->page);
	} else if (unlikely(result == FAULT_WAIT)) {
		f->page = as->busy_page;
	}
	mutex_unlock(&as->lock);
	return result;
}

/* The page is not in memory, or there is no memory for it.  Now that as->lock
 * is free, others go on, and what it maps can be dropped: wait and try again.
 * A page that cannot be read twice is an error. */
static NOINLINE enum fault_result
fault_again(struct fault *f, bool get, enum fault_result result)
{
	unsigned failures = 0;
	unsigned tries = 0;

	while (result == FAULT_WAIT || result == FAULT_OOM) {
		int err = -ENOMEM;

		if (result == FAULT_WAIT)
			err = pagecache_wait(f->page);
		if (err == -EIO && ++failures > 1)
			return FAULT_BUS;
		if (err == -ENOMEM && !reclaim_wait(tries++))
			return FAULT_OOM;
		result = fault_once(f, get);
	}
	return result;
}

enum fault_result
aspace_fault(struct aspace *as, vaddr_t va, uint64_t error_code)
{
	struct fault f = {as, va, (error_code & PF_WRITE) != 0,
	    (error_code & PF_FETCH) != 0, NULL};
	enum fault_result result;

	if (va >= USER_TOP)
		return FAULT_SEGV_MAPERR;
	result = fault_once(&f, false);
	if (unlikely(result >= FAULT_OOM))
		result = fault_again(&f, false, result);
	pagecache_throttle();
	return result;
}

enum fault_result
aspace_get_page(struct aspace *as, vaddr_t va, bool write, struct page **out)
{
	struct fault f = {as, va, write, false, NULL};
	enum fault_result result;

	if (va >= USER_TOP)
		return FAULT_SEGV_MAPERR;
	result = fault_once(&f, true);
	if (unlikely(result >= FAULT_OOM))
		result = fault_again(&f, true, result);
	*out = f.page;
	return result;
}
