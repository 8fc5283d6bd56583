/* fixmap.h - device registers that x86 itself needs, at fixed addresses.
 *
 * Layer: x86   Called by: apic.c, tsc.c
 *
 * mm's mmio_map() serves drivers; this layer is below mm and has a page table
 * of its own in the last 2 MiB of the address space, one page a slot.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

enum fixmap_slot {
	FIXMAP_LAPIC,
	FIXMAP_IOAPIC,
	FIXMAP_COUNT,
};

/* Map the page of registers at pa, uncached.  Returns its address. */
volatile void *fixmap_map(enum fixmap_slot slot, paddr_t pa);
