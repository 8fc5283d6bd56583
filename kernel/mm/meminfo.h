/* meminfo.h - who has the memory: the numbers behind /proc/meminfo and `free`.
 *
 * Layer: mm   Called by: fs/procfs, syscall (sysinfo), debug, tests
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* All in pages of 4 KiB. */
struct meminfo {
	size_t total_pages;      /* RAM that was ever free */
	size_t free_pages;
	size_t available_pages;  /* free, or can be had without harm */
	size_t cached_pages;     /* in page caches, RAM files too */
	size_t buffer_pages;     /* of these, pages of disks */
	size_t active_file_pages; /* of files on disks, used lately */
	size_t inactive_file_pages; /* the others: the first to be dropped */
	size_t dirty_pages;
	size_t writeback_pages;  /* on their way to the disk */
	size_t anon_pages;       /* of processes, not of files */
	size_t slab_pages;
	size_t table_pages;      /* page tables of processes */
	size_t stack_pages;      /* kernel stacks */
	size_t shared_pages;     /* RAM files, shared memory: not evictable */
};

/* Any context.  The numbers are each right, but not of the same instant. */
void meminfo_get(struct meminfo *info);
