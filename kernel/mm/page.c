/* page.c - the page allocator: buddy blocks, with a magazine for each CPU.
 *
 * Layer: mm   Called by: everyone above
 *
 * A block of 2^n pages begins at a multiple of 2^n.  Split, it gives two
 * blocks of order n - 1, which are buddies: their numbers differ in bit n - 1
 * only.  When both are free again they are joined.
 *
 *	order 2   [0                ]           free 3's buddy is 2: is it free?
 *	order 1   [0       ][2      ]           then {2,3}'s buddy is {0,1} ...
 *	order 0   [0  ][1  ][2  ][3  ]
 *
 * Most calls want one page.  They are served from the CPU's magazine without
 * any lock; interrupts are off for its few instructions.
 *
 * A free page starts with a poison word, and keeps it: a write through a stale
 * pointer is found when the page is next allocated.
 * SPDX-License-Identifier: MIT */

#include "mm/page.h"

#include "lib/string.h"
#include "sync/spinlock.h"

#define MAGAZINE_MAX   64
#define MAGAZINE_BATCH 32
#define POISON         0xdeadf4eedeadf4eeULL

/* What users' pages may not take: the kernel needs memory to free memory. */
#define RESERVE_SHIFT 7  /* 1/128 of all */
#define RESERVE_MIN   64

struct page *page_array;
size_t page_array_count;
unsigned alloc_fail_countdown;

/* Free pages of one CPU, the last freed on top. */
struct magazine {
	unsigned count;                  /* [c] others may read it */
	struct page *page[MAGAZINE_MAX]; /* [c] */
} __attribute__((aligned(CACHE_LINE)));

static struct magazine magazines[MAX_CPUS];

static struct {
	struct spinlock lock;
	struct list blocks[MAX_ORDER + 1]; /* [x lock] struct page, link */
	size_t free_pages;                 /* [x lock] in blocks */
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

	kassert(spin_held(&buddy.lock));
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

	kassert(spin_held(&buddy.lock));
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

/* Fill an empty magazine, as far as memory goes.  Interrupts are off. */
static void
magazine_fill(struct magazine *mag, unsigned flags)
{
	uint64_t irq = spin_lock_irq(&buddy.lock);
	size_t reserve = reserve_pages(flags);

	while (mag->count < MAGAZINE_BATCH && buddy.free_pages > reserve) {
		struct page *page = buddy_take(0);

		page->state = PAGE_AT_CPU;
		mag->page[mag->count++] = page;
	}
	spin_unlock_irq(&buddy.lock, irq);
}

/* Give count pages from the top of the magazine back.  Interrupts are off. */
static void
magazine_drain(struct magazine *mag, unsigned count)
{
	uint64_t irq = spin_lock_irq(&buddy.lock);

	for (; count > 0; count--)
		buddy_give(mag->page[--mag->count], 0);
	spin_unlock_irq(&buddy.lock, irq);
}

static struct page *
take_single(unsigned flags)
{
	uint64_t irq = irq_save();
	struct magazine *mag = &magazines[cpu_id()];
	struct page *page = NULL;

	if (unlikely(mag->count == 0))
		magazine_fill(mag, flags);
	if (likely(mag->count > 0)) {
		page = mag->page[--mag->count];
		kassert(page->state == PAGE_AT_CPU);
	}
	irq_restore(irq);
	return page;
}

/* A block of more than one page.  What this CPU's magazine holds may be just
 * what a block lacks to be whole. */
static struct page *
take_block(unsigned order, unsigned flags)
{
	struct page *page = NULL;
	uint64_t irq = irq_save();

	for (int try = 0; page == NULL && try < 2; try++) {
		struct magazine *mag = &magazines[cpu_id()];

		if (try > 0)
			magazine_drain(mag, mag->count);
		spin_lock_irq(&buddy.lock);
		if (buddy.free_pages >= reserve_pages(flags) + (1ULL << order))
			page = buddy_take(order);
		spin_unlock_irq(&buddy.lock, 0);
	}
	irq_restore(irq);
	return page;
}

struct page *
page_alloc(unsigned order, unsigned flags)
{
	struct page *page;

	kassert(order <= MAX_ORDER);
	if (alloc_must_fail())
		return NULL;
	page = likely(order == 0) ? take_single(flags) : take_block(order, flags);
	if (unlikely(page == NULL))
		return NULL;
	kassert(page->refs == 0);
	if (page->flags & PAGE_POISONED)
		kassert(*(uint64_t *)page_va(page) == POISON);
	for (size_t i = 1; i < 1ULL << order; i++)
		page[i].flags = 0; /* its poison will be overwritten */
	page->refs = 1;
	page->state = PAGE_USED;
	page->order = order;
	page->flags = 0;
	page->cache = NULL;
	if (flags & PAGE_ZERO)
		memset(page_va(page), 0, PAGE_SIZE << order);
	return page;
}

void
page_release(struct page *page)
{
	uint64_t irq;

	kassert(page->state == PAGE_USED && page->refs == 0);
	page->flags = PAGE_POISONED;
	*(uint64_t *)page_va(page) = POISON;
	irq = irq_save();
	if (likely(page->order == 0)) {
		struct magazine *mag = &magazines[cpu_id()];

		if (unlikely(mag->count == MAGAZINE_MAX))
			magazine_drain(mag, MAGAZINE_BATCH);
		page->state = PAGE_AT_CPU;
		mag->page[mag->count++] = page;
	} else {
		spin_lock_irq(&buddy.lock);
		buddy_give(page, page->order);
		spin_unlock_irq(&buddy.lock, 0);
	}
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
		count += atomic_load(&magazines[cpu].count);
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
bool
alloc_count_down(void)
{
	unsigned left = atomic_load(&alloc_fail_countdown);

	while (left != 0) {
		if (atomic_cas(&alloc_fail_countdown, &left, left - 1))
			return left == 1;
	}
	return false;
}
