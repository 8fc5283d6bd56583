/* reclaim.c - pages that can be given up when memory is short.
 *
 * Layer: mm   Called by: page.c, fault.c, the page cache
 *
 * Clean pages of files are dropped by the clock algorithm, file by file: each
 * cache has a hand that goes round its pages; one that was used since the hand
 * last came by is passed over once.
 *
 * SPDX-License-Identifier: MIT */

#include "mm/reclaim.h"

#include "mm/page.h"
#include "mm/pagecache_internal.h"
#include "sched/clock.h"

/* Pages that the hand passes with the locks held. */
#define BATCH 64

/* Below this share of all pages, free memory is low. */
#define LOW_SHIFT 5

/* How long, and how often, to wait for others to make memory free. */
#define WAIT_NS   (10 * NS_PER_MSEC)
#define TRIES_MAX 100

/* May the page go?  Nobody but the cache refers to it, so with pc->lock held
 * nobody comes to.  Locks: pc->lock held. */
static bool
may_drop(struct page *page)
{
	uint16_t flags = atomic_load(&page->flags);

	if ((flags & (PAGE_DIRTY | PAGE_WRITEBACK | PAGE_FILLING)) != 0 ||
	    page_refs(page) != 1)
		return false;
	if ((flags & PAGE_REFERENCED) != 0) {
		atomic_and(&page->flags, (uint16_t)~PAGE_REFERENCED);
		return false;
	}
	return true;
}

/* Move the hand of a cache over a batch of pages; *seen: how many there were.
 * Returns how many were dropped.  Locks: pc->lock held. */
static size_t
sweep(struct pagecache *pc, size_t *seen)
{
	size_t dropped = 0;

	for (*seen = 0; *seen < BATCH; ++*seen) {
		struct page *page = radix_next(&pc->pages, &pc->hand);

		if (page == NULL)
			break;
		pc->hand++;
		if (may_drop(page)) {
			cache_remove_locked(pc, page);
			dropped++;
		}
	}
	return dropped;
}

size_t
reclaim_clean(size_t want)
{
	/* Twice round: the first time may only take the marks off. */
	size_t left = 2 * (atomic_load(&pagecache_stats.file) +
	    atomic_load(&pagecache_stats.device));
	size_t dropped = 0;
	size_t seen;

	while (dropped < want && left > 0) {
		struct pagecache *pc;

		spin_lock(&caches_lock);
		pc = list_first(&caches, struct pagecache, link);
		if (pc == NULL) {
			spin_unlock(&caches_lock);
			break;
		}
		spin_lock(&pc->lock);
		dropped += sweep(pc, &seen);
		if (seen < BATCH) { /* the end of this file: the next one */
			pc->hand = 0;
			list_remove(&pc->link);
			pc->listed = pc->page_count > 0;
			if (pc->listed)
				list_add_tail(&caches, &pc->link);
		}
		spin_unlock(&pc->lock);
		spin_unlock(&caches_lock);
		left -= MIN(left, seen + 1);
	}
	return dropped;
}

bool
reclaim_memory_is_low(void)
{
	return page_free_count() < page_total_count() >> LOW_SHIFT;
}

bool
reclaim_wait(unsigned tries)
{
	if (pagecache_dirty_pages() +
	    atomic_load(&pagecache_stats.writeback) == 0 || tries >= TRIES_MAX)
		return false;
	cache_flush_soon();
	thread_sleep_until(clock_ns() + WAIT_NS, WAIT_UNINTERRUPTIBLE);
	return true;
}
