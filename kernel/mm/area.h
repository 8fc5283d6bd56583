/* area.h - the areas of an address space, for the files of mm that change them.
 *
 * Layer: mm   Called by: aspace, mmap, fault, object
 *
 * Locks: as->lock held, for all of them but area_discard_all().
 * SPDX-License-Identifier: MIT */
#pragma once

#include "mm/aspace.h"

struct pagecache;

void area_init(void);

/* A blank area; NULL: no memory.  area_free: one that is linked nowhere; drops
 * its object, so as->lock may NOT be held (releasing a file may take locks). */
struct area *area_alloc(void);
void area_free(struct area *area);

/* Put an area (start, end, prot, flags, object, offset are set, and it owns a
 * reference to the object) into the address space; take it out. */
void area_link(struct aspace *as, struct area *area);
void area_unlink(struct aspace *as, struct area *area);

/* Take an area out and put it on a list, to be freed later. */
void area_doom(struct aspace *as, struct area *area, struct list *doomed);

/* Free what area_doom() collected.  as->lock not held. */
void area_free_doomed(struct list *doomed);

/* Move the bounds of an area, which do not come to overlap another. */
void area_resize(struct area *area, vaddr_t start, vaddr_t end);

/* Cut an area in two at va, which is inside; upper: a blank area, which becomes
 * the upper part. */
void area_split(struct area *area, vaddr_t va, struct area *upper);

/* Join the area with its neighbours where they continue each other (5). */
void area_merge(struct area *area);

struct area *area_next(const struct area *area);
struct area *area_prev(const struct area *area);

/* Is any area in [start, end)? */
bool area_overlaps(struct aspace *as, vaddr_t start, vaddr_t end);

/* Room for bytes, as high as can be below MMAP_TOP; 0: there is none. */
vaddr_t area_find_room(struct aspace *as, size_t bytes);

/* Take the areas out of [start, end), and their pages.  doomed: see
 * area_doom(). Returns 0; -ENOMEM: nothing has changed. */
int aspace_unmap_locked(struct aspace *as, vaddr_t start, vaddr_t end,
    struct list *doomed);

/* Do the limits, and the machine's memory, allow to map bytes more? */
bool aspace_may_map(const struct aspace *as, size_t bytes);

/* Page of the object that is mapped at va. */
static inline uint64_t
area_index(const struct area *area, vaddr_t va)
{
	return (area->offset + (va - area->start)) >> PAGE_SHIFT;
}

/* The bits of an entry for a page of this area. */
static inline pte_t
area_pte_bits(const struct area *area, bool writable)
{
	return PTE_P | PTE_U | PTE_A | (writable ? PTE_W | PTE_D : 0) |
	    ((area->prot & PROT_EXEC) != 0 ? 0 : PTE_NX);
}

/* An entry that keeps its page but allows no access: PROT_NONE. */
#define PTE_HELD PTE_SW0

/* Take all pages of [start, end) out of the tables; every TLB forgets them. */
void aspace_zap(struct aspace *as, vaddr_t start, vaddr_t end);

/* The same, but only pages of a page cache. */
void aspace_zap_cached(struct aspace *as, vaddr_t start, vaddr_t end,
    const struct pagecache *cache);

/* Free tables that map only empty addresses around [start, end), in which no
 * area and no page is left. */
void aspace_prune(struct aspace *as, vaddr_t start, vaddr_t end);

/* Give the pages of the area in [start, end) the area's present rights, or
 * fewer: what a right that was added needs is done by the next fault. */
void aspace_reprotect(struct aspace *as, const struct area *area, vaddr_t start,
    vaddr_t end);

/* Make the pages of [start, end) read-only, for copy-on-write or write-back. */
void aspace_write_protect(struct aspace *as, vaddr_t start, vaddr_t end);

/* Make the notifiers and every TLB forget [start, end). */
void aspace_flush(struct aspace *as, vaddr_t start, vaddr_t end);

/* Send every CPU away from tables that are about to be freed. */
void aspace_leave_all_cpus(struct aspace *as);
