/* meminfo.c - who has the memory.
 *
 * Layer: mm   Called by: fs/procfs, syscall, debug, tests
 *
 * SPDX-License-Identifier: MIT */

#include "mm/meminfo.h"

#include "lib/bits.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/pagetable.h"
#include "mm/slab.h"

void
meminfo_get(struct meminfo *info)
{
	size_t used;

	info->total_pages = page_total_count();
	info->free_pages = page_free_count();
	info->cached_pages = pagecache_total_pages();
	info->dirty_pages = pagecache_dirty_pages();
	info->slab_pages = slab_page_count();
	info->table_pages = pagetable_page_count();
	info->stack_pages = kstack_page_count();
	info->shared_pages = atomic_load(&pagecache_stats.ram);
	info->buffer_pages = atomic_load(&pagecache_stats.device);
	info->active_file_pages = atomic_load(&pagecache_stats.active);
	info->inactive_file_pages = atomic_load(&pagecache_stats.file) +
	    info->buffer_pages;
	info->inactive_file_pages -=
	    MIN(info->active_file_pages, info->inactive_file_pages);
	info->writeback_pages = atomic_load(&pagecache_stats.writeback);
	info->available_pages = info->free_pages + kstack_pool_page_count() +
	    atomic_load(&pagecache_stats.file) + info->buffer_pages;
	/* What is left is the memory of processes. */
	used = info->cached_pages + info->slab_pages + info->table_pages +
	    info->stack_pages + info->free_pages;
	info->anon_pages = info->total_pages - MIN(used, info->total_pages);
}
