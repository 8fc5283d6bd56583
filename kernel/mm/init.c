/* init.c - memory at boot: which RAM is free, and the order of mm's own start.
 *
 * Layer: mm   Called by: main.c
 *
 * The boot loader's map says where RAM is.  In it lie things that must stay:
 *
 *	+----+-------+--------+----+---------+---------+-----------------+
 *	| low|  ...  | kernel | .. | symbols | modules |   ...           |
 *	+----+-------+--------+----+---------+---------+-----------------+
 *	                                                 ^ array of pages
 *
 * The array of struct page goes into the first gap that is large enough.
 * SPDX-License-Identifier: MIT */

#include "mm/init.h"

#include "debug/printk.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "sched/sched.h"
#include "x86/bootinfo.h"

/* Never given out: page 0, where a null pointer of a BIOS points, and the room
 * where the other CPUs start in real mode. */
#define LOW_RESERVED_END 0x10000

/* What boot.S maps: RAM above is reached only after pagetable_boot(). */
#define BOOT_MAPPED_END (4ULL << 30)

#define MAX_RESERVED (BOOT_MAX_MODULES + 5)

/* [start, end) in RAM that is in use, in rising order; only while booting. */
static struct {
	paddr_t start;
	paddr_t end;
} reserved[MAX_RESERVED];
static unsigned reserved_count;

/* Keep [start, start + bytes), whole pages around it, from being given out. */
static void
reserve(paddr_t start, uint64_t bytes)
{
	unsigned i = reserved_count;

	if (bytes == 0)
		return;
	kassert(reserved_count < MAX_RESERVED);
	for (; i > 0 && reserved[i - 1].start > start; i--)
		reserved[i] = reserved[i - 1];
	reserved[i].start = ALIGN_DOWN(start, PAGE_SIZE);
	reserved[i].end = ALIGN_UP(start + bytes, PAGE_SIZE);
	reserved_count++;
}

static void
reserve_all(const struct bootinfo *info)
{
	reserve(0, LOW_RESERVED_END);
	reserve(image_to_pa(kernel_start), kernel_end - kernel_start);
	reserve(info->symbols.symtab, info->symbols.symtab_bytes);
	reserve(info->symbols.strtab, info->symbols.strtab_bytes);
	for (unsigned i = 0; i < info->module_count; i++)
		reserve(info->modules[i].start, info->modules[i].bytes);
}

/* The next free stretch of RAM at or above *start and below end, at most to the
 * end of its region: [*start, *stop).  False: there is none. */
static bool
next_free(paddr_t *start, paddr_t end, paddr_t *stop)
{
	for (unsigned i = 0; i < reserved_count; i++) {
		if (reserved[i].end <= *start)
			continue;
		if (reserved[i].start > *start) {
			*stop = MIN(end, reserved[i].start);
			return *start < *stop;
		}
		*start = reserved[i].end;
	}
	*stop = end;
	return *start < end;
}

/* Call fn(start, end) for each free stretch of RAM in [low, high), until it
 * returns true. */
static bool
for_each_free(const struct bootinfo *info, paddr_t low, paddr_t high,
    bool (*fn)(paddr_t start, paddr_t end, uint64_t arg), uint64_t arg)
{
	for (unsigned i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];
		paddr_t start = MAX(low, ALIGN_UP(region->start, PAGE_SIZE));
		paddr_t end = MIN(high,
		    ALIGN_DOWN(region->start + region->bytes, PAGE_SIZE));
		paddr_t stop;

		if (!region->usable)
			continue;
		for (; next_free(&start, end, &stop); start = stop) {
			if (fn(start, stop, arg))
				return true;
		}
	}
	return false;
}

static paddr_t array_pa; /* [I] found by place_array() */

static bool
place_array(paddr_t start, paddr_t end, uint64_t bytes)
{
	array_pa = start;
	return end - start >= bytes;
}

static bool
add_free(paddr_t start, paddr_t end, uint64_t arg)
{
	(void)arg;
	page_add_range(start, end);
	return false;
}

/* Frames up to the end of the highest RAM. */
static size_t
count_frames(const struct bootinfo *info)
{
	paddr_t end = 0;

	for (unsigned i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];

		if (region->usable)
			end = MAX(end, region->start + region->bytes);
	}
	return end >> PAGE_SHIFT;
}

void
mm_init(const struct bootinfo *info)
{
	size_t frames = count_frames(info);
	size_t bytes = ALIGN_UP(frames * sizeof(struct page), PAGE_SIZE);

	reserve_all(info);
	if (!for_each_free(info, LOW_RESERVED_END, BOOT_MAPPED_END, place_array,
	    bytes))
		panic("no %zu KiB of free memory for the page array",
		    bytes >> 10);
	reserve(array_pa, bytes);
	memset(pa_to_va(array_pa), 0, bytes);
	page_init(pa_to_va(array_pa), frames);

	for_each_free(info, 0, BOOT_MAPPED_END, add_free, 0);
	pagetable_boot(info); /* needs pages; makes all RAM reachable */
	for_each_free(info, BOOT_MAPPED_END, UINT64_MAX, add_free, 0);

	kmalloc_init();
	pagecache_init_all();
	aspace_init();
	sched_switch_aspace = aspace_switch;
	pr_info("memory: %zu MiB, %zu KiB of it for %zu page frames",
	    page_total_count() * PAGE_SIZE >> 20, bytes >> 10, frames);
}
