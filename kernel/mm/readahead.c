/* readahead.c - reading pages from the store, before they are asked for if it
 * looks as if they will be.
 *
 * Layer: mm   Called by: pagecache.c, pagecache_io.c, syscall (hints)
 *
 * A reader who reads on where he stopped gets a window of pages at a time.  When
 * he comes to the first page of the newest window, the next, twice as large, is
 * started behind it: so the store works while he does.
 *
 *	pages    0    1 2 3    4 ... 11        12 ... 27
 *	window   |needed | early |  next window   |  next ...
 *	              ^trigger   ^trigger         ^trigger
 *
 * One who jumps gets the pages that he asks for.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "mm/pagecache_internal.h"
#include "mm/reclaim.h"

#define WINDOW_FIRST 4
#define WINDOW_MAX   128

/* Make page index and enter it as one that is being read, with a reference for
 * the read (pagecache_read_done() drops it).  Errors: see cache_start_reads(). */
static int
enter_filling(struct pagecache *pc, uint64_t index, unsigned flags,
    bool patient, struct page **out)
{
	struct page *page = cache_page_alloc(patient);
	unsigned tries = 0;
	int err;

	if (page == NULL)
		return -ENOMEM;
	do /* the table needs memory too */
		err = cache_enter(pc, index, flags, page, PAGE_FILLING);
	while (err == -ENOMEM && patient && reclaim_wait(tries++));
	if (err != 0)
		page_put(page);
	else
		*out = page;
	return err;
}

int
cache_start_reads(struct pagecache *pc, uint64_t first, unsigned count,
    unsigned flags, bool patient)
{
	struct page *run[RUN_PAGES_MAX];
	unsigned have = 1;
	int err = enter_filling(pc, first, flags, patient, &run[0]);

	if (err != 0)
		return err;
	/* No bytes of the store are in the others: as far as the file goes. */
	for (; have < MIN(count, RUN_PAGES_MAX); have++) {
		if (enter_filling(pc, first + have, 0, false, &run[have]) != 0)
			break;
	}
	pc->ops->read(pc, run, have);
	return 0;
}

void
pagecache_will_need(struct pagecache *pc, uint64_t first, uint64_t count)
{
	uint64_t end = MIN(first + MIN(count, page_total_count() / 4),
	    pages_of(pagecache_bytes(pc)));

	if (cache_is_ram(pc))
		return;
	while (first < end) {
		struct page *page = cache_find(pc, first);

		if (page != NULL) {
			page_put(page);
			first++;
			continue;
		}
		if (cache_start_reads(pc, first, MIN(end - first,
		    RUN_PAGES_MAX), 0, false) == -ENOMEM)
			break;
		first++; /* what came along is found in the next rounds */
	}
}

unsigned
readahead_miss(struct readahead *ra, uint64_t index, uint64_t wanted)
{
	unsigned count = MIN(wanted, RUN_PAGES_MAX);

	if (index != ra->next && wanted < WINDOW_FIRST) {
		ra->window = 0;
		ra->trigger = UINT64_MAX;
		return count;
	}
	/* One run: the next window, which starts soon, may be more. */
	ra->window = MAX(MIN(ra->window * 2, RUN_PAGES_MAX),
	    MAX(count, WINDOW_FIRST));
	ra->end = index + ra->window;
	ra->trigger = index + MIN(count, ra->window - 1);
	return ra->window;
}

void
readahead_go_on(struct pagecache *pc, struct readahead *ra)
{
	uint64_t start = ra->end;

	if (ra->window == 0)
		return;
	ra->window = MIN(ra->window * 2, WINDOW_MAX);
	ra->end = start + ra->window;
	ra->trigger = start;
	pagecache_will_need(pc, start, ra->window);
}
