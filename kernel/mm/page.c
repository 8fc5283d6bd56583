/* page.c - the page allocator: buddy blocks, with a magazine for each CPU.
 *
 * Layer: mm   Called by: everyone above
 *
 * A block of 2^n pages begins at a multiple of 2^n.  Split, it gives two
 * blocks of order n - 1, which are buddies: their numbers differ in bit n - 1
 * only.  When both are free again they are joined.
 *
 *	order 2   [0                ]         3's buddy is 2: is it free?
 *	order 1   [0       ][2      ]         then {2,3}'s buddy is {0,1} ...
 *	order 0   [0  ][1  ][2  ][3  ]
 *
 * Most calls want one page.  They are served from chains of single pages, which
 * each CPU has two of: one that it uses, and a spare one that is either full or
 * empty.  So a CPU that takes and frees pages around the end of a chain does
 * not go back and forth for it.  Only whole chains are exchanged with the
 * depot, under the lock.  Interrupts are off while a CPU's chains change.
 *
 * A page that was freed singly starts with a poison word, and keeps it: a write
 * through a stale pointer is found when the page is next allocated.
 * SPDX-License-Identifier: MIT */

#include "mm/page.h"

#include "lib/string.h"
#include "mm/reclaim.h"
#include "sync/spinlock.h"

#define CHAIN_ORDER 5
#define CHAIN_PAGES (1U << CHAIN_ORDER)
#define DEPOT_MAX   32 /* chains */
#define POISON         0xdeadf4eedeadf4eeULL

/* What users' pages may not take: the kernel needs memory to free memory. */
#define RESERVE_SHIFT 7  /* 1/128 of all */
#define RESERVE_MIN   64

struct page *page_array;
size_t page_array_count;
unsigned alloc_fail_countdown;

/* Single free pages, linked through page->next. */
struct chain {
	struct page *first;
	unsigned count;
};

/* The chains of one CPU. */
struct magazine {
	struct chain used;  /* [c] others may read the count */
	struct chain spare; /* [c] full or empty */
} __attribute__((aligned(CACHE_LINE)));

static struct magazine magazines[MAX_CPUS];

static struct {
	struct spinlock lock;
	struct list blocks[MAX_ORDER + 1]; /* [x lock] struct page, link */
	size_t free_pages;                 /* [x lock] in blocks and depot */
	struct page *depot;                /* [x lock] full chains */
	unsigned depot_count;              /* [x lock] */
	size_t total_pages;                /* [x lock] ever given to us */
} buddy = {.lock = SPINLOCK_INIT("page allocator", RANK_PAGE)};

void
page_init(struct page *array, size_t count)
{
	page_array = array;
	page_array_count = count;
	for (unsigned order = 0; order <= MAX_ORDER; order++)
		list_init(&buddy.blocks[order]);
}

static void
block_link(struct page *page, unsigned order)
{
	page->state = PAGE_FREE;
	page->order = order;
	list_add(&buddy.blocks[order], &page->link);
}

static void
block_unlink(struct page *page)
{
	list_remove(&page->link);
	page->state = PAGE_NONE;
}

/* The free block that would be joined with the one at page; NULL: it is not
 * free as a whole. */
static struct page *
find_buddy(struct page *page, unsigned order)
{
	size_t number = (size_t)(page - page_array) ^ (1ULL << order);
	struct page *other = &page_array[number];

	if (number >= page_array_count || other->state != PAGE_FREE ||
	    other->order != order)
		return NULL;
	return other;
}

/* Put a block back, joined with its buddies as far as they are free. */
static void
buddy_give(struct page *page, unsigned order)
{
	struct page *other;

	buddy.free_pages += 1ULL << order;
	while (order < MAX_ORDER &&
	    (other = find_buddy(page, order)) != NULL) {
		block_unlink(other);
		page->state = PAGE_NONE;
		page = MIN(page, other);
		order++;
	}
	block_link(page, order);
}

/* Take a block, splitting a larger one if need be.  NULL: there is none. */
static struct page *
buddy_take(unsigned order)
{
	unsigned have = order;
	struct page *page;

	while (have <= MAX_ORDER && list_empty(&buddy.blocks[have]))
		have++;
	if (have > MAX_ORDER)
		return NULL;
	page = list_entry(buddy.blocks[have].next, struct page, link);
	block_unlink(page);
	while (have > order) {
		have--;
		block_link(page + (1ULL << have), have); /* the upper half */
	}
	buddy.free_pages -= 1ULL << order;
	return page;
}

/* How many pages must stay free when a user's page is taken. */
static size_t
reserve_pages(unsigned flags)
{
	if ((flags & PAGE_USER) == 0)
		return 0;
	return MAX(buddy.total_pages >> RESERVE_SHIFT, (size_t)RESERVE_MIN);
}

/* Put the pages of a chain back into blocks. */
static void
chain_dissolve(struct chain *chain)
{
	struct page *page = chain->first;

	while (page != NULL) {
		struct page *next = page->next;

		buddy_give(page, 0);
		page = next;
	}
	*chain = (struct chain){0};
}

/* Put a full chain into the depot, or into blocks when that is full. */
static void
depot_give(struct chain *chain)
{
	kassert(spin_held(&buddy.lock) && chain->count == CHAIN_PAGES);
	if (buddy.depot_count == DEPOT_MAX) {
		chain_dissolve(chain);
		return;
	}
	chain->first->next_chain = buddy.depot;
	buddy.depot = chain->first;
	buddy.depot_count++;
	buddy.free_pages += CHAIN_PAGES;
	*chain = (struct chain){0};
}

/* Take a full chain out of the depot.  False: it is empty. */
static bool
depot_take(struct chain *chain)
{
	kassert(spin_held(&buddy.lock));
	if (buddy.depot == NULL)
		return false;
	*chain = (struct chain){buddy.depot, CHAIN_PAGES};
	buddy.depot = buddy.depot->next_chain;
	buddy.depot_count--;
	buddy.free_pages -= CHAIN_PAGES;
	return true;
}

/* Turn all free pages that this CPU can reach into blocks, for somebody who
 * needs them whole. */
static void
depot_dissolve(void)
{
	struct magazine *mag = &magazines[cpu_id()];
	struct chain chain;

	chain_dissolve(&mag->used);
	chain_dissolve(&mag->spare);
	while (depot_take(&chain))
		chain_dissolve(&chain);
}

static void
chain_push(struct chain *chain, struct page *page)
{
	page->state = PAGE_CHAINED;
	page->next = chain->first;
	chain->first = page;
	chain->count++;
}

/* Make a chain from a block, or from what there is, but leave `reserve`
 * pages. */
static void
chain_build(struct chain *chain, size_t reserve)
{
	struct page *block = NULL;

	if (buddy.free_pages >= reserve + CHAIN_PAGES)
		block = buddy_take(CHAIN_ORDER);
	for (unsigned i = CHAIN_PAGES; block != NULL && i-- > 0;)
		chain_push(chain, &block[i]);
	while (chain->count < CHAIN_PAGES && buddy.free_pages > reserve) {
		struct page *page = buddy_take(0);

		if (page == NULL)
			break;
		chain_push(chain, page);
	}
}

/* The CPU's chain in use is empty: get pages, as far as memory goes.
 * Interrupts are off. */
static NOINLINE void
magazine_fill(struct magazine *mag, unsigned flags)
{
	size_t reserve;
	uint64_t irq;
	bool low;

	if (mag->spare.count > 0) {
		mag->used = mag->spare;
		mag->spare = (struct chain){0};
		return;
	}
	irq = spin_lock_irq(&buddy.lock);
	reserve = reserve_pages(flags);
	if (buddy.free_pages < reserve + CHAIN_PAGES || !depot_take(&mag->used))
		chain_build(&mag->used, reserve);
	low = buddy.free_pages < 2 * reserve_pages(PAGE_USER);
	spin_unlock_irq(&buddy.lock, irq);
	if (unlikely(low))
		reclaim_wake();
}

/* The CPU's chain in use is full: put it away.  Interrupts are off. */
static NOINLINE void
magazine_empty(struct magazine *mag)
{
	if (mag->spare.count > 0) {
		uint64_t irq = spin_lock_irq(&buddy.lock);

		depot_give(&mag->spare);
		spin_unlock_irq(&buddy.lock, irq);
	}
	mag->spare = mag->used;
	mag->used = (struct chain){0};
}

/* From free to used, in one store where order is known. */
static inline void
mark_used(struct page *page, unsigned order)
{
	if ((page->flags & PAGE_POISONED) != 0)
		kassert(*(uint64_t *)page_va(page) == POISON);
	page->refs = 1;
	page->state = PAGE_USED;
	page->order = order;
	page->flags = 0;
	page->cache = NULL;
}

static inline struct page *
take_single(unsigned flags)
{
	uint64_t irq = irq_save();
	struct magazine *mag = &magazines[cpu_id()];
	struct page *page;

	if (unlikely(mag->used.count == 0))
		magazine_fill(mag, flags);
	page = mag->used.first;
	if (likely(page != NULL)) {
		mag->used.first = page->next;
		mag->used.count--;
	}
	irq_restore(irq);
	if (likely(page != NULL)) {
		kassert(page->refs == 0 && page->state == PAGE_CHAINED);
		mark_used(page, 0);
	}
	return page;
}

/* A block of more than one page.  Single pages that wait in chains may be just
 * what a block lacks to be whole. */
static NOINLINE struct page *
take_block(unsigned order, unsigned flags)
{
	uint64_t irq = spin_lock_irq(&buddy.lock);
	size_t needed = reserve_pages(flags) + (1ULL << order);
	struct page *page = NULL;

	if (buddy.free_pages >= needed)
		page = buddy_take(order);
	if (page == NULL) {
		depot_dissolve();
		if (buddy.free_pages >= needed)
			page = buddy_take(order);
	}
	spin_unlock_irq(&buddy.lock, irq);
	if (page == NULL)
		return NULL;
	kassert(page->refs == 0);
	mark_used(page, order);
	for (size_t i = 1; i < 1ULL << order; i++)
		page[i].flags = 0; /* its poison will be overwritten */
	return page;
}

/* Eight bytes at a time: an emulator executes each step of it. */
static inline void
clear_words(void *p, size_t words)
{
	__asm__ volatile("rep stosq"
	    : "+D"(p), "+c"(words)
	    : "a"(0)
	    : "memory");
}

/* Nothing was to be had: drop what files can read again, and look once more. */
static NOINLINE struct page *
take_reclaimed(unsigned order, unsigned flags)
{
	size_t rounds = order == 0 ? 1 : 4; /* blocks must come together */
	struct page *page = NULL;

	for (; page == NULL && rounds > 0 && may_sleep() &&
	    reclaim_clean(CHAIN_PAGES << MIN(order, 4U)) > 0; rounds--)
		page = take_block(order, flags);
	return page;
}

struct page *
page_alloc(unsigned order, unsigned flags)
{
	struct page *page;

	kassert(order <= MAX_ORDER);
	if (alloc_must_fail())
		return NULL;
	page = likely(order == 0) ? take_single(flags)
				  : take_block(order, flags);
	if (unlikely(page == NULL))
		page = take_reclaimed(order, flags);
	if ((flags & PAGE_ZERO) != 0 && likely(page != NULL))
		clear_words(page_va(page), (PAGE_SIZE << order) / 8);
	return page;
}

static NOINLINE void
release_block(struct page *page)
{
	uint64_t irq = spin_lock_irq(&buddy.lock);

	page->flags = 0;
	buddy_give(page, page->order);
	spin_unlock_irq(&buddy.lock, irq);
}

void
page_release(struct page *page)
{
	struct magazine *mag;
	uint64_t irq;

	kassert(page->state == PAGE_USED && page->refs == 0);
	if (unlikely(page->order != 0)) {
		release_block(page);
		return;
	}
	page->flags = PAGE_POISONED;
	*(uint64_t *)page_va(page) = POISON;
	irq = irq_save();
	mag = &magazines[cpu_id()];
	if (unlikely(mag->used.count == CHAIN_PAGES))
		magazine_empty(mag);
	chain_push(&mag->used, page);
	irq_restore(irq);
}

void
page_free(struct page *page)
{
	kassert(page->refs == 1);
	page->refs = 0;
	page_release(page);
}

void
page_add_range(paddr_t start, paddr_t end)
{
	size_t number = ALIGN_UP(start, PAGE_SIZE) >> PAGE_SHIFT;
	size_t stop = MIN(end >> PAGE_SHIFT, page_array_count);
	uint64_t irq = spin_lock_irq(&buddy.lock);

	while (number < stop) {
		/* The largest block that begins here and fits. */
		unsigned order = number == 0 ? MAX_ORDER
		    : MIN((unsigned)__builtin_ctzll(number), MAX_ORDER);

		while (number + (1ULL << order) > stop)
			order--;
		kassert(page_array[number].state == PAGE_NONE &&
		    page_array[number].refs == 0);
		buddy_give(&page_array[number], order);
		buddy.total_pages += 1ULL << order;
		number += 1ULL << order;
	}
	spin_unlock_irq(&buddy.lock, irq);
}

size_t
page_free_count(void)
{
	size_t count = atomic_load(&buddy.free_pages);

	for (unsigned cpu = 0; cpu < MAX_CPUS; cpu++)
		count += atomic_load(&magazines[cpu].used.count) +
		    atomic_load(&magazines[cpu].spare.count);
	return count;
}

size_t
page_total_count(void)
{
	return atomic_load(&buddy.total_pages);
}

unsigned
alloc_fail_nth(unsigned n)
{
	return atomic_swap(&alloc_fail_countdown, n);
}

/* Count one allocation.  True: it is the one that must fail. */
NOINLINE bool
alloc_count_down(void)
{
	unsigned left = atomic_load(&alloc_fail_countdown);

	while (left != 0) {
		if (atomic_cas(&alloc_fail_countdown, &left, left - 1))
			return left == 1;
	}
	return false;
}
