/* pagecache_internal.h - what the files of the page cache share among
 * themselves only.
 *
 * Layer: mm   Called by: pagecache.c, pagecache_io.c, readahead.c, writeback.c,
 *                        reclaim.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "mm/pagecache.h"

/* Most pages that one call of ops->read or ops->write is given: 128 KiB. */
#define RUN_PAGES_MAX 32

static inline bool
cache_is_ram(const struct pagecache *pc)
{
	return pc->ops->read == NULL;
}

/* Pages that a file of so many bytes has. */
static inline uint64_t
pages_of(uint64_t bytes)
{
	return (bytes >> PAGE_SHIFT) + ((bytes & PAGE_MASK) != 0);
}

static inline bool
page_is_ready(const struct page *page)
{
	return page != NULL &&
	    (atomic_load(&page->flags) & PAGE_UPTODATE) != 0;
}

/* A page was looked for and used: it gets a second chance.  (All pages of RAM
 * files have the flag, and do not count.) */
static inline void
page_referenced(struct page *page)
{
	if (unlikely((page->flags & PAGE_REFERENCED) == 0) &&
	    (atomic_or(&page->flags, PAGE_REFERENCED) & PAGE_REFERENCED) == 0)
		atomic_add(&pagecache_stats.active, 1);
}

/* The page, if the cache has it, with a reference. */
static inline struct page *
cache_find(struct pagecache *pc, uint64_t index)
{
	struct page *page;

	spin_lock(&pc->lock);
	page = radix_get(&pc->pages, index);
	if (page != NULL) {
		page_get(page);
		page_referenced(page);
	}
	spin_unlock(&pc->lock);
	return page;
}

/* Sleep until none of these flags of the page is set; wake those who do. */
void page_wait(struct page *page, uint16_t flags);
void page_wake(struct page *page);

/* A page for the cache.  patient: wait for reclaim before giving up.
 * NULL: no memory.  May sleep if patient. */
struct page *cache_page_alloc(bool patient);

/* Put a page that only the caller knows into the cache, with page_flags.  It
 * gets a reference for the cache (1).
 * Returns 0; -EEXIST: another was faster; -ENOMEM; -EFAULT: the file has become
 * shorter meanwhile, and is not to be made longer again (no PAGECACHE_CREATE
 * in flags). */
int cache_enter(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page *page, uint16_t page_flags);

/* Take a page out of the table, and give up the cache's reference.
 * Locks: pc->lock held. */
void cache_remove_locked(struct pagecache *pc, struct page *page);

/* Take a page out that could not be filled, unless it is out already. */
void cache_forget(struct pagecache *pc, struct page *page);

/* pagecache_get() after cache_find() gave *out, which is missing or not yet
 * ready. */
int cache_get_slow(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out);

/* The file is to grow beyond bytes, its present size: zero the rest of its last
 * page (2). */
void cache_clear_end(struct pagecache *pc, uint64_t bytes);

/* The file has grown, and was old bytes long: see to it that mappings ask for
 * places of what its last page has more.  May sleep; takes aspace->lock. */
void cache_grown(struct pagecache *pc, uint64_t old);

/* readahead.c: start to read pages [first, first + count) that are missing; the
 * first one must be: -EEXIST: it is there; -ENOMEM; -EFAULT, see cache_enter().
 * flags: PAGECACHE_CREATE: also behind the end.  The others are a wish. */
int cache_start_reads(struct pagecache *pc, uint64_t first, unsigned count,
    unsigned flags, bool patient);

/* readahead.c: page index is not in the cache, and the reader wants `wanted`
 * pages from there: how many are to be read now; note that. */
unsigned readahead_miss(struct readahead *ra, uint64_t index,
    uint64_t wanted);

/* readahead.c: the reader has come to ra->trigger. */
void readahead_go_on(struct pagecache *pc, struct readahead *ra);

/* writeback.c: all caches of files with a store that have pages. */
extern struct spinlock caches_lock;
extern struct list caches; /* [x caches_lock] struct pagecache, link */

/* writeback.c: put the cache on the list of those that have pages, or take it
 * off both lists for ever. */
void cache_list(struct pagecache *pc);
void cache_unlist(struct pagecache *pc);

/* writeback.c: start to write dirty pages of [first, end).  Returns how many.
 * May sleep. */
size_t cache_start_writes(struct pagecache *pc, uint64_t first, uint64_t end,
    bool ordered);

/* writeback.c: wait for pages of [first, end) that are in write-back. */
void cache_wait_writes(struct pagecache *pc, uint64_t first, uint64_t end);

/* writeback.c: let the flusher write everything dirty now.  Any thread. */
void cache_flush_soon(void);

/* writeback.c: a writer of this file is about to make more pages dirty. */
void cache_throttle_writer(struct pagecache *pc);
