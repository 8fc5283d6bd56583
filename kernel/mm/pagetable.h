/* pagetable.h - four-level page tables: walk, map, unmap, protect.
 *
 * Layer: mm   Called by: aspace, kthread, drivers (mmio_map)
 * Source: [SDM3] 4.5 "4-Level Paging"
 *
 *	 63    48 47   39 38   30 29   21 20   12 11      0
 *	+--------+-------+-------+-------+-------+---------+
 *	|  sign  | PML4  | PDPT  |  PD   |  PT   | offset  |
 *	+--------+-------+-------+-------+-------+---------+
 *	 level:      4       3       2       1
 *
 * The upper half of every root is the kernel's and equal in all: its level 3
 * tables are made at boot and shared, so a kernel mapping made later is at
 * once in every address space.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "x86/paging.h"

struct pagetable {
	paddr_t root;       /* physical address of the level 4 table */
	size_t table_pages; /* tables of the lower half, the root too */
};

extern struct pagetable kernel_pagetable;

/* A user address space's tables: empty below, the kernel's above.
 * Returns 0 or -ENOMEM. */
int pagetable_init(struct pagetable *pt);

/* Free the root.  The lower half must be empty: see pagetable_prune(). */
void pagetable_fini(struct pagetable *pt);

/* Bytes that one entry of a level maps: 4 KiB, 2 MiB, 1 GiB, 512 GiB. */
static inline size_t
pt_span(int level)
{
	return (size_t)1 << (PAGE_SHIFT + 9 * (level - 1));
}

/* The level 1 entry for va; NULL: a table is missing (or a large page is
 * mapped there).  The entries up to the next multiple of 2 MiB follow it. */
pte_t *pagetable_find(const struct pagetable *pt, vaddr_t va);

/* The same, making missing tables.  NULL: no memory. */
pte_t *pagetable_walk(struct pagetable *pt, vaddr_t va);

/* Map one page.  pa: 4 KiB aligned; bits: PTE_W, PTE_U, PTE_NX, ...
 * Returns 0; -EEXIST: something is mapped; -ENOMEM. */
int pagetable_map(struct pagetable *pt, vaddr_t va, paddr_t pa, uint64_t bits);

/* Unmap one page.  Returns its old entry, 0 when none was present.
 * Flushes no TLB: that is the caller's to do, before the page is reused. */
pte_t pagetable_unmap(struct pagetable *pt, vaddr_t va);

/* Change the rights of one present page to bits.  Flushes no TLB. */
void pagetable_protect(struct pagetable *pt, vaddr_t va, uint64_t bits);

/* Free every table of the lower half that maps nothing but [start, end).
 * There must be no present page in that range.  The tables' pages are put on
 * the given list (through page->link) and still hold no entry: free them with
 * pagetable_free_pages() when no TLB remembers them. */
void pagetable_prune(struct pagetable *pt, vaddr_t start, vaddr_t end,
    struct list *freed);
void pagetable_free_pages(struct list *freed);

/* Translate any mapped virtual address, large pages too.
 * Returns the entry (0: not mapped) and its level through *level. */
pte_t pagetable_lookup(const struct pagetable *pt, vaddr_t va, int *level);

/* Map [pa, pa + bytes) of a device for good, uncached, writable.
 * Returns its virtual address, with pa's offset in the page; NULL: no memory.
 * May be called from mm_init() on. */
void *mmio_map(paddr_t pa, size_t bytes);

/* The same, cached and read-only: for firmware tables outside of RAM. */
const void *firmware_map(paddr_t pa, size_t bytes);

/* Kernel addresses from the vmap window, never given back: bytes rounded up to
 * pages, and one unmapped guard page below. */
vaddr_t vmap_reserve(size_t bytes);

/* Make a kernel mapping's removal known to every CPU.  Interrupts on. */
void kernel_tlb_flush(vaddr_t va, size_t pages);
