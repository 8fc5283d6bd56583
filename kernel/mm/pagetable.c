/* pagetable.c - four-level page tables: walk, map, unmap.
 *
 * Layer: mm   Called by: aspace, fault, kthread, mm_init
 * Source: [SDM3] 4.5 "4-Level Paging and 5-Level Paging"
 *
 * Rights are decided by the level 1 entries alone: entries above allow all.
 * SPDX-License-Identifier: MIT */

#include "mm/pagetable.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/string.h"
#include "mm/page.h"
#include "x86/cpu.h"

#define TABLE_BITS (PTE_P | PTE_W | PTE_U | PTE_A)

/* The upper half of a root begins here; user addresses are below. */
#define KERNEL_HALF (PTES_PER_TABLE / 2)

static size_t user_tables; /* [a] pages */

/* The table that an entry of a higher level points to. */
static pte_t *
table_of(pte_t entry)
{
	return pa_to_va(entry & PTE_ADDR);
}

static pte_t *
root_of(const struct pagetable *pt)
{
	return pa_to_va(pt->root);
}

static bool
is_table(pte_t entry)
{
	return (entry & (PTE_P | PTE_PS)) == PTE_P;
}

int
pagetable_init(struct pagetable *pt)
{
	struct page *page = page_alloc(0, PAGE_ZERO | PAGE_USER);
	const pte_t *kernel = root_of(&kernel_pagetable);
	pte_t *root;

	if (page == NULL)
		return -ENOMEM;
	pt->root = page_to_pa(page);
	pt->table_pages = 1;
	atomic_add(&user_tables, 1);
	/* Only a few entries of the upper half are in use. */
	root = page_va(page);
	root[pt_index(DIRECT_BASE, 4)] = kernel[pt_index(DIRECT_BASE, 4)];
	root[pt_index(VMAP_BASE, 4)] = kernel[pt_index(VMAP_BASE, 4)];
	root[pt_index(KERNEL_BASE, 4)] = kernel[pt_index(KERNEL_BASE, 4)];
	return 0;
}

void
pagetable_fini(struct pagetable *pt)
{
	kassert(pt->table_pages == 1);
	page_free(page_from_pa(pt->root));
	pt->root = 0;
	atomic_sub(&user_tables, 1);
}

pte_t *
pagetable_find(const struct pagetable *pt, vaddr_t va)
{
	pte_t entry = root_of(pt)[pt_index(va, 4)];

	for (unsigned level = 3; level >= 1; level--) {
		pte_t *pte;

		if (!is_table(entry))
			return NULL;
		pte = &table_of(entry)[pt_index(va, level)];
		if (level == 1)
			return pte;
		entry = *pte;
	}
	return NULL;
}

/* Make the table that *entry lacks.  Returns 0 or -ENOMEM. */
static int
add_table(struct pagetable *pt, pte_t *entry)
{
	bool kernel = pt == &kernel_pagetable;
	struct page *page =
	    page_alloc(0, PAGE_ZERO | (kernel ? 0 : PAGE_USER));

	if (page == NULL)
		return -ENOMEM;
	if (kernel) {
		*entry = page_to_pa(page) | (TABLE_BITS & ~PTE_U);
	} else {
		*entry = page_to_pa(page) | TABLE_BITS;
		pt->table_pages++;
		atomic_add(&user_tables, 1);
	}
	return 0;
}

pte_t *
pagetable_walk(struct pagetable *pt, vaddr_t va)
{
	pte_t *pte = &root_of(pt)[pt_index(va, 4)];

	for (unsigned level = 3; level >= 1; level--) {
		if (unlikely(*pte == 0) && add_table(pt, pte) != 0)
			return NULL;
		kassert(is_table(*pte));
		pte = &table_of(*pte)[pt_index(va, level)];
	}
	return pte;
}

pte_t *
pagetable_next(const struct pagetable *pt, vaddr_t *va, vaddr_t end)
{
	while (*va < end) {
		pte_t *pte = &root_of(pt)[pt_index(*va, 4)];
		unsigned level = 4;

		while (level > 1 && is_table(*pte)) {
			level--;
			pte = &table_of(*pte)[pt_index(*va, level)];
		}
		if (level == 1)
			return pte;
		*va = ALIGN_DOWN(*va, pt_span(level)) + pt_span(level);
	}
	return NULL;
}

int
pagetable_map(struct pagetable *pt, vaddr_t va, paddr_t pa, uint64_t bits)
{
	pte_t *pte = pagetable_walk(pt, va);

	kassert(IS_ALIGNED(va | pa, PAGE_SIZE));
	if (pte == NULL)
		return -ENOMEM;
	if (*pte != 0)
		return -EEXIST;
	*pte = pa | bits | PTE_P;
	return 0;
}

pte_t
pagetable_unmap(struct pagetable *pt, vaddr_t va)
{
	pte_t *pte = pagetable_find(pt, va);

	return pte == NULL ? 0 : atomic_swap(pte, 0);
}

pte_t
pagetable_lookup(const struct pagetable *pt, vaddr_t va, int *level)
{
	pte_t entry = root_of(pt)[pt_index(va, 4)];

	*level = 4;
	while (*level > 1 && is_table(entry)) {
		--*level;
		entry = table_of(entry)[pt_index(va, *level)];
	}
	return (entry & PTE_P) != 0 ? entry : 0;
}

/* The work of pagetable_prune() in one table, which is of the given level and
 * begins at base.  Tables exist only where areas are or were, and each was
 * looked at when its area went: so a table that now lies in the gap has no
 * other entries than those of range, which are pruned first. */
static void
prune_table(struct pagetable *pt, pte_t *table, unsigned level, vaddr_t base,
    const struct va_range range[2], struct list *freed)
{
	size_t span = pt_span(level);
	vaddr_t va = MAX(base, ALIGN_DOWN(range[0].start, span));
	vaddr_t stop = MIN(base + span * PTES_PER_TABLE, range[0].end);

	for (; va < stop; va += span) {
		pte_t *pte = &table[pt_index(va, level)];
		struct page *page;

		if (*pte == 0)
			continue;
		if (level > 2)
			prune_table(pt, table_of(*pte), level - 1, va, range,
			    freed);
		if (va < range[1].start || va + span > range[1].end)
			continue;
		page = page_from_pa(*pte & PTE_ADDR);
		list_add(freed, &page->link);
		pt->table_pages--;
		*pte = 0;
	}
}

void
pagetable_prune(struct pagetable *pt, struct va_range range,
    struct va_range gap, struct list *freed)
{
	const struct va_range both[2] = {range, gap};

	kassert(gap.start <= range.start && range.end <= gap.end);
	kassert(gap.end <= pt_span(4) * KERNEL_HALF);
	prune_table(pt, root_of(pt), 4, 0, both, freed);
}

void
pagetable_free_pages(struct list *freed)
{
	list_for_each_safe(page, freed, struct page, link) {
		list_remove(&page->link);
		atomic_sub(&user_tables, 1);
		page_free(page);
	}
}

size_t
pagetable_page_count(void)
{
	return atomic_load(&user_tables);
}
