/* kstack.c - kernel stacks.
 *
 * Layer: mm   Called by: kthread, proc
 *
 * Unmapping a stack would interrupt every CPU, so a freed stack stays mapped
 * and waits in a pool.  Only when the pool is long is a part of it unmapped,
 * all stacks of it for one interruption.  The addresses are never given back:
 * they wait, without pages, in a second list.
 *
 *	in use --free--> pool --trim--> bare addresses
 *	   ^              | alloc             | alloc, with new pages
 *	   +--------------+-------------------+
 * SPDX-License-Identifier: MIT */

#include "mm/kthread.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/bits.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "mm/slab.h"
#include "sync/spinlock.h"

#define STACK_PAGES (KSTACK_BYTES / PAGE_SIZE)
#define POOL_MAX    64 /* stacks; a longer pool is cut to half of this */

/* In a mapped stack that is free, at its top. */
struct free_stack {
	struct free_stack *next;
};

/* The addresses of a stack without pages. */
struct bare_stack {
	struct bare_stack *next;
	vaddr_t va;
};

static struct {
	struct spinlock lock;
	struct free_stack *pool; /* [x lock] */
	unsigned pool_count;     /* [x lock] */
	struct bare_stack *bare; /* [x lock] */
	size_t mapped;           /* [x lock] stacks with pages */
	vaddr_t low;             /* [x lock] all stacks lie in [low, high) */
	vaddr_t high;            /* [x lock] */
} stacks = {
	.lock = SPINLOCK_INIT("kernel stacks", RANK_SLAB),
	.low = UINT64_MAX,
};

/* The link of a free stack lies at its top, which is in the cache. */
static struct free_stack *
link_of(vaddr_t va)
{
	return (struct free_stack *)(va + KSTACK_BYTES) - 1;
}

static vaddr_t
va_of(struct free_stack *link)
{
	return (vaddr_t)(link + 1) - KSTACK_BYTES;
}

/* Take the pages of a stack away, as far as it has some, and collect them.
 * TLBs still know them: the caller flushes, then frees them. */
static void
unmap_stack(vaddr_t va, struct list *pages)
{
	for (unsigned i = 0; i < STACK_PAGES; i++) {
		struct page *page = vmap_unmap_page(va + i * PAGE_SIZE);

		if (page != NULL)
			list_add(pages, &page->link);
	}
}

static void
free_pages(struct list *pages)
{
	list_for_each_safe(page, pages, struct page, link) {
		list_remove(&page->link);
		page_free(page);
	}
}

/* Give the stack at va its pages.  Returns 0 or -ENOMEM, then it has none. */
static int
map_stack(vaddr_t va)
{
	struct list pages = LIST_INIT(pages);

	for (unsigned i = 0; i < STACK_PAGES; i++) {
		struct page *page = page_alloc(0, 0);

		if (page == NULL)
			goto out_unmap;
		if (vmap_map_page(va + i * PAGE_SIZE, page) != 0) {
			page_free(page);
			goto out_unmap;
		}
	}
	return 0;

out_unmap:
	/* Nobody has used these translations: no TLB can know them. */
	unmap_stack(va, &pages);
	free_pages(&pages);
	return -ENOMEM;
}

/* Take the link of a mapped stack off the pool; NULL: it is empty. */
static struct free_stack *
pool_take(void)
{
	struct free_stack *link = stacks.pool;

	kassert(spin_held(&stacks.lock));
	if (link != NULL) {
		stacks.pool = link->next;
		stacks.pool_count--;
	}
	return link;
}

static void
bare_put(struct bare_stack *bare)
{
	uint64_t irq = spin_lock_irq(&stacks.lock);

	bare->next = stacks.bare;
	stacks.bare = bare;
	spin_unlock_irq(&stacks.lock, irq);
}

/* Unmap what a long pool has beyond POOL_MAX / 2. */
static void
trim_pool(void)
{
	struct list pages = LIST_INIT(pages);
	struct bare_stack *unmapped = NULL;

	while (atomic_load(&stacks.pool_count) > POOL_MAX / 2) {
		struct bare_stack *bare = kmalloc(sizeof(*bare));
		struct free_stack *link = NULL;
		uint64_t irq;

		if (bare == NULL)
			break;
		irq = spin_lock_irq(&stacks.lock);
		link = pool_take();
		if (link != NULL)
			stacks.mapped--;
		spin_unlock_irq(&stacks.lock, irq);
		if (link == NULL) {
			kfree(bare);
			break;
		}
		bare->va = va_of(link);
		unmap_stack(bare->va, &pages);
		bare->next = unmapped;
		unmapped = bare;
	}
	kernel_tlb_flush((struct va_range){stacks.low, stacks.high});
	free_pages(&pages);
	while (unmapped != NULL) {
		struct bare_stack *bare = unmapped;

		unmapped = bare->next;
		bare_put(bare);
	}
}

/* The place of a stack that has no pages: an old one, else a new one. */
static struct bare_stack *
bare_get(void)
{
	uint64_t irq = spin_lock_irq(&stacks.lock);
	struct bare_stack *bare = stacks.bare;

	if (bare != NULL)
		stacks.bare = bare->next;
	spin_unlock_irq(&stacks.lock, irq);
	if (bare != NULL)
		return bare;
	bare = kmalloc(sizeof(*bare));
	if (bare != NULL)
		bare->va = vmap_reserve(KSTACK_BYTES);
	return bare;
}

static void *
new_stack(void)
{
	struct bare_stack *bare = bare_get();
	vaddr_t va;
	uint64_t irq;

	if (bare == NULL)
		return NULL;
	if (map_stack(bare->va) != 0) {
		bare_put(bare);
		return NULL;
	}
	va = bare->va;
	kfree(bare);
	irq = spin_lock_irq(&stacks.lock);
	stacks.mapped++;
	stacks.low = MIN(stacks.low, va);
	stacks.high = MAX(stacks.high, va + KSTACK_BYTES);
	spin_unlock_irq(&stacks.lock, irq);
	return (void *)va;
}

void *
kstack_alloc(void)
{
	struct free_stack *link;
	uint64_t irq;

	if (unlikely(atomic_load(&stacks.pool_count) > POOL_MAX))
		trim_pool();
	if (alloc_must_fail())
		return NULL;
	irq = spin_lock_irq(&stacks.lock);
	link = pool_take();
	spin_unlock_irq(&stacks.lock, irq);
	return link != NULL ? (void *)va_of(link) : new_stack();
}

void
kstack_free(void *stack)
{
	struct free_stack *link = link_of((vaddr_t)stack);
	uint64_t irq = spin_lock_irq(&stacks.lock);

	link->next = stacks.pool;
	stacks.pool = link;
	stacks.pool_count++;
	spin_unlock_irq(&stacks.lock, irq);
}

bool
kstack_is_guard(vaddr_t va)
{
	/* No lock: a panic asks. */
	pte_t *pte = pagetable_find(&kernel_pagetable, va);
	pte_t *above = pagetable_find(&kernel_pagetable, va + PAGE_SIZE);

	return va + PAGE_SIZE >= stacks.low && va < stacks.high &&
	    (pte == NULL || *pte == 0) && above != NULL && *above != 0;
}

size_t
kstack_page_count(void)
{
	return atomic_load(&stacks.mapped) * STACK_PAGES;
}

size_t
kstack_pool_page_count(void)
{
	return atomic_load(&stacks.pool_count) * STACK_PAGES;
}
