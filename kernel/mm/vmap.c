/* vmap.c - the kernel's own page tables: direct map, devices, stacks.
 *
 * Layer: mm   Called by: mm_init, drivers (mmio_map), kstack
 *
 * boot.S has mapped the first 4 GiB and the kernel's image, enough to get here.
 * The direct map is built anew: exactly the RAM, and where a 2 MiB page would
 * also map something else, 4 KiB pages.
 *
 * Invariants:
 * (1) No address of the kernel's text or constants is writable.
 * (2) Of the kernel's half, only the text in the image is executable.
 * SPDX-License-Identifier: MIT */

#include "mm/pagetable.h"

#include "debug/assert.h"
#include "mm/page.h"
#include "sync/spinlock.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/smp.h"

#define FIRST_MIB_END (1ULL << 20)
#define FOUR_GIB      (4ULL << 30)

/* With more pages than this, one load of CR3 is cheaper than INVLPGs. */
#define FLUSH_SINGLE_MAX 8

struct pagetable kernel_pagetable;

static struct {
	struct spinlock lock;
	vaddr_t next; /* [x lock] first address that is not reserved */
} vmap = {
	.lock = SPINLOCK_INIT("vmap", RANK_VMAP),
	.next = VMAP_BASE + PAGE_SIZE,
};

/* The physical pages that no mapping may make writable (1). */
static bool
is_read_only(paddr_t pa, size_t bytes)
{
	return pa < image_to_pa(rodata_end) &&
	    pa + bytes > image_to_pa(text_start);
}

/* A zeroed table for the kernel's half. */
static pte_t
new_table(void)
{
	struct page *page = page_alloc(0, PAGE_ZERO);

	if (page == NULL)
		panic("no memory for the kernel's page tables");
	return page_to_pa(page) | PTE_P | PTE_W | PTE_A;
}

/* The entry of the given level for pa in the direct map that hangs from the
 * level 4 entry *top; missing tables are made. */
static pte_t *
direct_entry(pte_t *top, paddr_t pa, unsigned level)
{
	vaddr_t va = (vaddr_t)pa_to_va(pa);
	pte_t *pte = top;

	for (unsigned at = 3; at >= level; at--) {
		if (*pte == 0)
			*pte = new_table();
		pte = (pte_t *)pa_to_va(*pte & PTE_ADDR) + pt_index(va, at);
	}
	return pte;
}

/* Map [start, end) of RAM below *top.  NX stands in the entry above, and no
 * page is global: smp_start() borrows these tables for its identity mapping. */
static void
map_direct(pte_t *top, paddr_t start, paddr_t end)
{
	const uint64_t common = PTE_P | PTE_A;
	paddr_t pa = ALIGN_DOWN(start, PAGE_SIZE);

	while (pa < end) {
		if (IS_ALIGNED(pa, LARGE_PAGE_SIZE) &&
		    end - pa >= LARGE_PAGE_SIZE &&
		    !is_read_only(pa, LARGE_PAGE_SIZE)) {
			*direct_entry(top, pa, 2) =
			    pa | common | PTE_W | PTE_D | PTE_PS;
			pa += LARGE_PAGE_SIZE;
			continue;
		}
		*direct_entry(top, pa, 1) = pa | common |
		    (is_read_only(pa, PAGE_SIZE) ? 0 : PTE_W | PTE_D);
		pa += PAGE_SIZE;
	}
}

/* The end of the RAM below 4 GiB.  The firmware keeps its tables in RAM that it
 * calls reserved: between usable regions, or directly behind the last. */
static paddr_t
low_ram_end(const struct bootinfo *info)
{
	paddr_t end = 0;
	unsigned i;

	for (i = 0; i < info->region_count; i++) {
		const struct boot_region *r = &info->regions[i];

		if (r->usable && r->start + r->bytes <= FOUR_GIB)
			end = MAX(end, r->start + r->bytes);
	}
	for (i = 0; i < info->region_count; i++) {
		const struct boot_region *r = &info->regions[i];

		if (!r->usable && r->start == end && r->bytes < FIRST_MIB_END)
			end += r->bytes;
	}
	return end;
}

void
pagetable_boot(const struct bootinfo *info)
{
	paddr_t low_end = low_ram_end(info);
	pte_t direct = 0;

	kernel_pagetable.root = image_to_pa(boot_pml4);

	map_direct(&direct, 0, FIRST_MIB_END);
	for (unsigned i = 0; i < info->region_count; i++) {
		const struct boot_region *r = &info->regions[i];

		if (r->usable || r->start < low_end)
			map_direct(&direct, r->start, r->start + r->bytes);
	}
	boot_pml4[pt_index(DIRECT_BASE, 4)] = direct | PTE_NX; /* (2) */
	boot_pml4[0] = 0; /* boot.S needed it to turn paging on */
	/* Address spaces copy this entry: its table must exist from now on. */
	if (boot_pml4[pt_index(VMAP_BASE, 4)] == 0)
		boot_pml4[pt_index(VMAP_BASE, 4)] = new_table();
	tlb_flush_all();
}

void
tlb_flush_all(void)
{
	uint64_t cr4 = cr4_read();

	/* Global pages survive a load of CR3, not a change of CR4.PGE.
	 * [SDM3] 4.10.4.1 "Operations that Invalidate TLBs" */
	if (cr4 & CR4_PGE) {
		cr4_write(cr4 & ~CR4_PGE);
		cr4_write(cr4);
	} else {
		cr3_write(cr3_read());
	}
}

vaddr_t
vmap_reserve(size_t bytes)
{
	vaddr_t va;

	spin_lock(&vmap.lock);
	va = vmap.next;
	vmap.next += ALIGN_UP(bytes, PAGE_SIZE) + PAGE_SIZE; /* guard page */
	kassert(vmap.next - VMAP_BASE < pt_span(4));
	spin_unlock(&vmap.lock);
	return va;
}

/* Map [pa, pa + bytes) in the vmap window; the pages keep pa's offset. */
static void *
map_physical(paddr_t pa, size_t bytes, uint64_t bits)
{
	paddr_t first = ALIGN_DOWN(pa, PAGE_SIZE);
	size_t size = ALIGN_UP(pa + bytes, PAGE_SIZE) - first;
	vaddr_t va = vmap_reserve(size);

	for (size_t at = 0; at < size; at += PAGE_SIZE) {
		int err;

		spin_lock(&vmap.lock);
		err = pagetable_map(&kernel_pagetable, va + at, first + at,
		    bits | PTE_G | PTE_A | PTE_NX);
		spin_unlock(&vmap.lock);
		if (err != 0)
			return NULL;
	}
	return (void *)(va + (pa - first));
}

void *
mmio_map(paddr_t pa, size_t bytes)
{
	return map_physical(pa, bytes, PTE_W | PTE_D | PTE_PCD | PTE_PWT);
}

const void *
firmware_map(paddr_t pa, size_t bytes)
{
	return map_physical(pa, bytes, 0);
}

int
vmap_map_page(vaddr_t va, struct page *page)
{
	int err;

	spin_lock(&vmap.lock);
	err = pagetable_map(&kernel_pagetable, va, page_to_pa(page),
	    PTE_W | PTE_D | PTE_A | PTE_G | PTE_NX);
	spin_unlock(&vmap.lock);
	return err;
}

struct page *
vmap_unmap_page(vaddr_t va)
{
	pte_t old = pagetable_unmap(&kernel_pagetable, va);

	return old == 0 ? NULL : page_from_pa(old & PTE_ADDR);
}

static void
flush_range(void *arg)
{
	const struct va_range *range = arg;

	if (range->end - range->start > FLUSH_SINGLE_MAX * PAGE_SIZE) {
		tlb_flush_all();
		return;
	}
	for (vaddr_t va = range->start; va < range->end; va += PAGE_SIZE)
		invlpg(va);
}

void
kernel_tlb_flush(struct va_range range)
{
	uint64_t others = (BIT(cpu_count()) - 1) & ~BIT(cpu_id());

	flush_range(&range);
	if (others != 0)
		smp_call(others, flush_range, &range);
}
