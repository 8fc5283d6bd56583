/* test_pagetable.c - page tables, and the kernel's own mappings.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "mm/pagetable.h"
#include "mm_test.h"
#include "x86/bootinfo.h"

static pte_t *
table_of(pte_t entry)
{
	return pa_to_va(entry & PTE_ADDR);
}

static bool
overlaps(paddr_t pa, size_t bytes, const char *start, const char *end)
{
	return pa < image_to_pa(end) && pa + bytes > image_to_pa(start);
}

/* A leaf of the kernel's half: what it maps, and what the walk to it allows. */
static void
check_leaf(vaddr_t va, paddr_t pa, size_t bytes, bool writable, bool nx,
    bool user)
{
	bool image_text = va >= (vaddr_t)text_start && va < (vaddr_t)text_end;

	ktest_check(!user);
	ktest_check(nx || image_text);
	ktest_check(nx || !writable);
	if (overlaps(pa, bytes, text_start, text_end) ||
	    overlaps(pa, bytes, rodata_start, rodata_end))
		ktest_check(!writable);
}

/* Visit every leaf below a table. */
static size_t
check_table(const pte_t *table, unsigned level, vaddr_t base, bool writable,
    bool nx, bool user)
{
	size_t leaves = 0;

	for (unsigned i = 0; i < PTES_PER_TABLE; i++) {
		pte_t entry = table[i];
		vaddr_t va = base + i * pt_span(level);
		bool w = writable && (entry & PTE_W) != 0;
		bool x = nx || (entry & PTE_NX) != 0;
		bool u = user && (entry & PTE_U) != 0;

		if ((entry & PTE_P) == 0)
			continue;
		if (level == 1 || (entry & PTE_PS) != 0) {
			check_leaf(va, entry & PTE_ADDR, pt_span(level), w, x,
			    u);
			leaves++;
		} else {
			leaves += check_table(table_of(entry), level - 1, va, w,
			    x, u);
		}
	}
	return leaves;
}

KTEST(kernel_mappings_are_never_writable_and_executable)
{
	const pte_t *root = pa_to_va(kernel_pagetable.root);
	size_t leaves = 0;

	for (unsigned i = PTES_PER_TABLE / 2; i < PTES_PER_TABLE; i++) {
		vaddr_t va = (vaddr_t)i << 39 | 0xffffULL << 48;
		pte_t entry = root[i];

		if ((entry & PTE_P) != 0)
			leaves += check_table(table_of(entry), 3, va,
			    (entry & PTE_W) != 0, (entry & PTE_NX) != 0,
			    (entry & PTE_U) != 0);
	}
	ktest_check(leaves > 100);
	for (unsigned i = 0; i < PTES_PER_TABLE / 2; i++)
		ktest_check(root[i] == 0);
}

/* Is pa in a region that the boot loader calls RAM? */
static bool
is_ram(paddr_t pa)
{
	for (unsigned i = 0; i < bootinfo.region_count; i++) {
		const struct boot_region *r = &bootinfo.regions[i];

		if (r->usable && pa >= r->start && pa - r->start < r->bytes)
			return true;
	}
	return false;
}

KTEST(direct_map_has_all_ram_and_not_the_devices)
{
	size_t ram = 0;
	int level;

	for (paddr_t pa = 0; pa < page_array_count * PAGE_SIZE;
	    pa += 16 * PAGE_SIZE) {
		pte_t entry = pagetable_lookup(&kernel_pagetable,
		    (vaddr_t)pa_to_va(pa), &level);

		if (!is_ram(pa))
			continue;
		ram++;
		ktest_check(entry != 0);
		ktest_check((entry & PTE_ADDR & ~(pt_span(level) - 1)) ==
		    ALIGN_DOWN(pa, pt_span(level)));
	}
	ktest_check(ram * 16 >= page_total_count() / 2);
	/* The local APIC's registers are reached elsewhere, uncached. */
	ktest_check(pagetable_lookup(&kernel_pagetable,
	    (vaddr_t)pa_to_va(0xfee00000), &level) == 0);
	ktest_check(pagetable_lookup(&kernel_pagetable,
	    (vaddr_t)pa_to_va(page_array_count * PAGE_SIZE + (64ULL << 20)),
	    &level) == 0);
}

KTEST(pagetable_maps_and_prunes_what_it_made)
{
	static const vaddr_t places[] = {
		0x10000, 0x200000, 0x40000000, 0x8000000000,
		0x7fffffffe000,
	};
	struct pagetable pt;
	struct list freed = LIST_INIT(freed);
	struct page *page = page_alloc(0, 0);
	size_t before;

	stay_here();
	before = free_pages_now();
	ktest_check(pagetable_init(&pt) == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++) {
		vaddr_t va = places[i];

		ktest_check(pagetable_find(&pt, va) == NULL);
		ktest_check(pagetable_map(&pt, va, page_to_pa(page),
		    PTE_U | PTE_NX) == 0);
		ktest_check(pagetable_map(&pt, va, 0, PTE_U) == -EEXIST);
		ktest_check((*pagetable_find(&pt, va) & PTE_ADDR) ==
		    page_to_pa(page));
	}
	/* Going through them finds exactly those tables, in order. */
	{
		vaddr_t va = 0;
		unsigned found = 0;

		while (pagetable_next(&pt, &va, USER_TOP) != NULL) {
			ktest_check(ALIGN_DOWN(va, pt_span(2)) ==
			    ALIGN_DOWN(places[found], pt_span(2)));
			va = ALIGN_DOWN(va, pt_span(2)) + pt_span(2);
			found++;
		}
		ktest_check(found == ARRAY_SIZE(places));
	}
	for (unsigned i = 0; i < ARRAY_SIZE(places); i++)
		ktest_check(pagetable_unmap(&pt, places[i]) != 0);
	/* A gap that ends within a table keeps it. */
	pagetable_prune(&pt, (struct va_range){0x10000, 0x11000},
	    (struct va_range){0x1000, 0x200000}, &freed);
	ktest_check(list_empty(&freed));
	pagetable_prune(&pt, (struct va_range){0x10000, 0x11000},
	    (struct va_range){0, 0x200000}, &freed);
	ktest_check(!list_empty(&freed));
	ktest_check(pagetable_find(&pt, 0x10000) == NULL);
	ktest_check(pagetable_find(&pt, 0x200000) != NULL);
	pagetable_prune(&pt, (struct va_range){0, USER_TOP},
	    (struct va_range){0, USER_TOP + PAGE_SIZE}, &freed);
	ktest_check(pt.table_pages == 1);
	pagetable_free_pages(&freed);
	pagetable_fini(&pt);
	ktest_check(free_pages_now() == before);
	page_put(page);
	go_anywhere();
}

KTEST(mmio_map_keeps_the_offset_and_is_uncached)
{
	/* Any frame will do to look at the entries. */
	struct page *page = page_alloc(1, 0);
	paddr_t pa = page_to_pa(page);
	char *va = mmio_map(pa + 0x10, PAGE_SIZE);
	int level;
	pte_t entry;

	ktest_check(va != NULL && ((vaddr_t)va & PAGE_MASK) == 0x10);
	entry = pagetable_lookup(&kernel_pagetable, (vaddr_t)va, &level);
	ktest_check((entry & PTE_ADDR) == pa && (entry & PTE_PCD) != 0);
	ktest_check((entry & PTE_NX) != 0 && (entry & PTE_W) != 0);
	entry = pagetable_lookup(&kernel_pagetable, (vaddr_t)va + PAGE_SIZE,
	    &level);
	ktest_check((entry & PTE_ADDR) == pa + PAGE_SIZE);
	ktest_check(pagetable_lookup(&kernel_pagetable,
	    (vaddr_t)va + 2 * PAGE_SIZE, &level) == 0);
	va[0] = 0x5a;
	ktest_check(((char *)page_va(page))[0x10] == 0x5a);
	/* The mapping is for good, so the frames stay with it. */
}
