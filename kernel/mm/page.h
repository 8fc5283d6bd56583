/* page.h - physical memory: page frames, who uses them, and how to get one.
 *
 * Layer: mm   Called by: everyone above
 *
 * Every 4 KiB frame of RAM has a struct page, in one array indexed by frame
 * number.  A frame is free (in the buddy allocator or in a CPU's magazine) or
 * in use, with a count of its users; page_put() of the last one frees it.
 *
 *	page_alloc --> CPU's magazine: two chains of single pages
 *	                 |  empty: takes a chain         ^ full: gives a chain
 *	                 v                               |
 *	               depot: full chains
 *	                 |  empty: splits a block        ^ full: joins blocks
 *	                 v                               |
 *	               buddy: free blocks of 2^0 .. 2^MAX_ORDER pages
 *
 * All RAM is mapped at DIRECT_BASE: page_va() of any page always works.
 *
 * Invariants:
 * (1) A page with refs > 0 is on no free list; a free page has refs == 0.
 * (2) A free block of order n starts at a multiple of 2^n pages, and its
 *     buddy is not a free block of the same order (they would be one).
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/assert.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/atomic.h"
#include "x86/paging.h"

struct bootinfo;
struct pagecache;
struct slab_cache;

#define MAX_ORDER 10 /* the largest block: 4 MiB */

/* page_alloc() flags */
#define PAGE_ZERO BIT(0) /* fill with zeroes */
#define PAGE_USER BIT(1) /* for a user's data: leaves the kernel's reserve */

/* page->state */
#define PAGE_NONE    0 /* not RAM, never freed, or not the first of its block */
#define PAGE_FREE    1 /* first page of a block in the buddy allocator */
#define PAGE_CHAINED 2 /* free, in a chain of the depot or of a CPU */
#define PAGE_USED    3 /* allocated; order says how large the block is */
#define PAGE_SLAB    4 /* allocated by slab.c: every page of the block */

/* page->flags, of pages in a page cache */
#define PAGE_UPTODATE   BIT(0) /* holds the file's bytes */
#define PAGE_DIRTY      BIT(1) /* holds bytes that the disk has not */
#define PAGE_FILLING    BIT(2) /* is being read; nobody else may look at it */
#define PAGE_WRITEBACK  BIT(3) /* is being written to the disk */
#define PAGE_REFERENCED BIT(4) /* was used since eviction last saw it */
#define PAGE_FAILED     BIT(5) /* the last attempt to write it failed */
#define PAGE_NOMEM      BIT(6) /* could not be read for want of memory */
#define PAGE_POISONED   BIT(15) /* free: starts with the poison word */

/*
 * What protects the members:
 *	a	atomic
 *	b	the buddy allocator's lock
 *	o	the owner: whoever allocated the page
 */
struct page {
	uint32_t refs;  /* [a] users; 0: free */
	uint8_t state;  /* [b] PAGE_FREE, ... */
	uint8_t order;  /* [b] of the block of which this is the first page */
	uint16_t flags; /* [o] PAGE_UPTODATE, ... */
	union {
		struct list link;           /* [b] free: list of its order */
		struct {                    /* chained */
			struct page *next;       /* in the chain */
			struct page *next_chain; /* [b] of a chain's first */
		};
		struct slab_cache *slab;    /* [o] PAGE_SLAB */
		struct {
			struct pagecache *cache; /* [o] NULL: in no cache */
			uint64_t index;          /* [o] page of the file */
		};
	};
};
_Static_assert(sizeof(struct page) == 24, "1.5 MiB of pages for 256 MiB");

extern struct page *page_array; /* [I] indexed by frame number */
extern size_t page_array_count; /* [I] */

static inline struct page *
page_from_pa(paddr_t pa)
{
	return &page_array[pa >> PAGE_SHIFT];
}

static inline paddr_t
page_to_pa(const struct page *page)
{
	return (paddr_t)(page - page_array) << PAGE_SHIFT;
}

static inline void *
page_va(const struct page *page)
{
	return pa_to_va(page_to_pa(page));
}

/* va: in the direct map. */
static inline struct page *
page_from_va(const void *va)
{
	return page_from_pa(va_to_pa(va));
}

/* Take over the machine's memory: page frames, direct map, kernel heap.
 * Called once, on the boot CPU, on the page tables of boot.S; afterwards the
 * kernel runs on its own.  Panics when there is not enough memory.
 * Modules and ACPI tables stay reserved; see page_add_range(). */
void mm_init(const struct bootinfo *info);

/* Allocate 2^order contiguous pages with one reference.
 * order: 0..MAX_ORDER; flags: PAGE_ZERO | PAGE_USER.
 * Returns the first page, or NULL.  Any context; does not sleep.
 * Only the first page counts references: the block is freed as a whole. */
struct page *page_alloc(unsigned order, unsigned flags);

/* Free a page (block) whose references the caller knows to be one: his. */
void page_free(struct page *page);

/* Free a block whose last reference has gone.  Only for page_put(). */
void page_release(struct page *page);

static inline void
page_get(struct page *page)
{
	atomic_add(&page->refs, 1);
}

/* Drop a reference; the last one frees the page.  Any context. */
static inline void
page_put(struct page *page)
{
	uint32_t left = atomic_sub(&page->refs, 1);

	kassert((int32_t)left >= 0);
	if (left == 0)
		page_release(page);
}

static inline uint32_t
page_refs(const struct page *page)
{
	return atomic_load(&page->refs);
}

/* Give reserved RAM to the allocator, such as a boot module that is done with:
 * the whole pages in [start, end).  They must be RAM of the boot memory map
 * that was never free. */
void page_add_range(paddr_t start, paddr_t end);

/* Set up the allocator without any page; array: zeroed, count frames. */
void page_init(struct page *array, size_t count);

/* Free pages (those at the CPUs included), and all pages that were ever
 * free. */
size_t page_free_count(void);
size_t page_total_count(void);

/* For tests: let the n-th allocation from now (pages, slab objects; 1: the
 * next) on this machine fail, and none after it.  0: switch off.
 * Returns what was left of the last count: 0 when it did strike. */
unsigned alloc_fail_nth(unsigned n);

extern unsigned alloc_fail_countdown; /* [a] see alloc_fail_nth() */
bool alloc_count_down(void);

/* Must this allocation fail, for a test? */
static inline bool
alloc_must_fail(void)
{
	return unlikely(alloc_fail_countdown != 0) && alloc_count_down();
}
