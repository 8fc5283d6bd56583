/* fixmap.c - device registers that x86 itself needs, at fixed addresses.
 *
 * Layer: x86   Called by: apic.c
 *
 * SPDX-License-Identifier: MIT */

#include "x86/fixmap.h"
#include "x86/paging.h"

#define FIXMAP_BASE 0xffffffffffe00000

extern pte_t boot_pt_fixmap[PTES_PER_TABLE];

volatile void *
fixmap_map(enum fixmap_slot slot, paddr_t pa)
{
	vaddr_t va = FIXMAP_BASE + slot * PAGE_SIZE;

	boot_pt_fixmap[slot] = (pa & PTE_ADDR) | PTE_P | PTE_W | PTE_PCD |
	    PTE_PWT | PTE_G | PTE_NX;
	invlpg(va);
	return (volatile void *)(va + (pa & PAGE_MASK));
}
