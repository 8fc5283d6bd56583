/* pagetable.h - four-level page tables: walk, map, unmap.
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

struct bootinfo;
struct page;

struct pagetable {
	paddr_t root;       /* physical address of the level 4 table */
	size_t table_pages; /* tables of the lower half, the root too */
};

extern struct pagetable kernel_pagetable;

/* Take over the tables of boot.S and rebuild the direct map: all RAM and what
 * the firmware keeps of it, with 2 MiB pages, never executable; the kernel's
 * text and constants are read-only there too.  Called by mm_init(). */
void pagetable_boot(const struct bootinfo *info);

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


/* Virtual addresses from start up to, not including, end. */
struct va_range {
	vaddr_t start;
	vaddr_t end;
};

/* Take out the tables of the lower half that range has made useless: those that
 * map a part of range and otherwise only addresses of gap, which contains range
 * and in which no page is present.  Whoever makes tables calls it for every
 * range in which he made some.  The tables' pages are put on the list freed (by
 * page->link); give them to pagetable_free_pages() when no TLB knows them. */
void pagetable_prune(struct pagetable *pt, struct va_range range,
    struct va_range gap, struct list *freed);
void pagetable_free_pages(struct list *freed);

/* The first address >= *va and < end for which a level 1 table exists: its
 * entry, and the address in *va.  NULL: there is none.  Skips what is missing
 * in steps as large as possible. */
pte_t *pagetable_next(const struct pagetable *pt, vaddr_t *va, vaddr_t end);

/* Pages that tables of address spaces hold, all together. */
size_t pagetable_page_count(void);

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
 * pages, with an unmapped guard page below and above. */
vaddr_t vmap_reserve(size_t bytes);

/* Map a page at va, a reserved address: 0 or -ENOMEM.  Unmap what is there and
 * return it, or NULL; nobody may reuse it before kernel_tlb_flush(). */
int vmap_map_page(vaddr_t va, struct page *page);
struct page *vmap_unmap_page(vaddr_t va);

/* Make it known to every CPU that kernel mappings in range are gone.
 * Thread context, interrupts on. */
void kernel_tlb_flush(struct va_range range);

/* Forget every translation on this CPU, global ones too. */
void tlb_flush_all(void);
