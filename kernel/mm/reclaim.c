/* reclaim.c - pages that can be given up when memory is short.
 *
 * Layer: mm   Called by: page.c, fault.c, the page cache
 *
 * Clean pages of files are dropped by the clock algorithm, file by file: each
 * cache has a hand that goes round its pages; one that was used since the hand
 * last came by is passed over once.
 *
 * A thread keeps some memory free, so that those who cannot wait get it.  Who
 * gets none and may wait, waits for the thread, with as few locks as he can.
 *
 *	page_alloc    too few free: reclaim_wake(); none: reclaim_clean()
 *	  the thread  clean pages -> shrinkers -> unmap -> write back
 *	page fault    lets go of aspace->lock, reclaim_wait(), tries again;
 *	              if that is hopeless, a process is killed
 *
 * SPDX-License-Identifier: MIT */

#include "mm/reclaim.h"

#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/pagecache_internal.h"
#include "mm/slab.h"
#include "sched/clock.h"

/* Pages that the hand passes with the locks held. */
#define BATCH 64

/* The thread begins when less than this share of all pages is free, and ends
 * when the larger one is.  Users' pages leave 1/128, see page.c. */
#define LOW_SHIFT  6
#define HIGH_SHIFT 5

/* It looks by itself every PERIOD_NS; a round has PASSES at most. */
#define PERIOD_NS NS_PER_SEC
#define PASSES    4
#define PASS_NS   (5 * NS_PER_MSEC)

/* What others keep goes at this rate even while there are clean pages. */
#define SHRINK_PART 16

/* How long, and how often, to wait for it. */
#define WAIT_NS   (100 * NS_PER_MSEC)
#define RETRY_NS  (50 * NS_PER_MSEC)
#define TRIES_MAX 100

/* Does nobody use the page?  Only the cache refers to it, so with pc->lock held
 * nobody comes to.  A dirty page that could not be written has been kept as long
 * as there was memory: the error was noted.  Locks: pc->lock held. */
static bool
is_idle(const struct page *page)
{
	uint16_t flags = atomic_load(&page->flags);

	return (flags & (PAGE_WRITEBACK | PAGE_FILLING)) == 0 &&
	    (flags & (PAGE_DIRTY | PAGE_FAILED)) != PAGE_DIRTY &&
	    page_refs(page) == 1;
}

/* May reclaim drop it?  Not the first time.  Locks: pc->lock held. */
static bool
may_drop(struct page *page)
{
	if (!is_idle(page))
		return false;
	if ((page->flags & PAGE_REFERENCED) != 0) {
		atomic_and(&page->flags, (uint16_t)~PAGE_REFERENCED);
		atomic_sub(&pagecache_stats.active, 1);
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
	/* Twice round: the first time may only take the marks off.  To come to a
	 * file's end is a step too. */
	size_t left = BATCH + 2 * (atomic_load(&pagecache_stats.file) +
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
		left -= MIN(left, MAX(seen, 1));
	}
	return dropped;
}

void
pagecache_drop(struct pagecache *pc, uint64_t first, uint64_t end)
{
	bool more = !cache_is_ram(pc);

	while (more) {
		spin_lock(&pc->lock);
		for (unsigned n = 0; n < BATCH && more; n++, first++) {
			struct page *page = radix_next(&pc->pages, &first);

			more = page != NULL && first < end;
			if (more && is_idle(page))
				cache_remove_locked(pc, page);
		}
		spin_unlock(&pc->lock);
	}
}

/* ---- What is mapped ---------------------------------------------------- */

/* A cache whose pages are mapped somewhere, with a reference, and moved to the
 * end of the list; NULL: none in a whole round.  *left: caches to look at. */
static struct pagecache *
next_mapped(size_t *left)
{
	struct pagecache *found = NULL;

	spin_lock(&caches_lock);
	while (found == NULL && *left > 0 && !list_empty(&caches)) {
		struct pagecache *pc =
		    list_first(&caches, struct pagecache, link);

		list_remove(&pc->link);
		list_add_tail(&caches, &pc->link);
		--*left;
		if (!list_empty(&pc->object.areas) &&
		    ref_get_unless_zero(&pc->object.refs))
			found = pc;
	}
	spin_unlock(&caches_lock);
	return found;
}

/* Take pages of files out of the address spaces that map them, some of each
 * file: who uses them brings them back by a fault, the others can be dropped. */
static void
unmap_some(size_t want)
{
	size_t left = 0;
	size_t share;
	struct pagecache *pc;

	spin_lock(&caches_lock);
	list_for_each(c, &caches, struct pagecache, link)
		left += !list_empty(&c->object.areas);
	share = MAX(want / MAX(left, 1), BATCH);
	left = 0;
	list_for_each(c, &caches, struct pagecache, link)
		left++;
	spin_unlock(&caches_lock);
	while ((pc = next_mapped(&left)) != NULL) {
		uint64_t first = pc->unmap_hand;
		uint64_t end = first;

		spin_lock(&pc->lock);
		for (size_t n = 0; n < share; n++, end++) {
			if (radix_next(&pc->pages, &end) == NULL) {
				end = 0; /* from the start, next time */
				break;
			}
		}
		pc->unmap_hand = end;
		spin_unlock(&pc->lock);
		object_try_unmap(&pc->object, first,
		    end == 0 ? UINT64_MAX >> 1 : end, pc);
		object_put(&pc->object);
	}
}

/* ---- Shrinkers ---------------------------------------------------------- */

#define SHRINKERS_MAX 8

static size_t (*shrinkers[SHRINKERS_MAX])(size_t max); /* [I] after boot */
static unsigned shrinker_count;                        /* [I] after boot */

void
reclaim_add_shrinker(size_t (*shrink)(size_t max))
{
	kassert(shrinker_count < SHRINKERS_MAX);
	shrinkers[shrinker_count++] = shrink;
}

size_t
reclaim_shrink(size_t max)
{
	size_t count = 0;

	for (unsigned i = 0; i < shrinker_count; i++)
		count += shrinkers[i](max);
	return count;
}

/* ---- The thread --------------------------------------------------------- */

static struct waitq wanted = WAITQ_INIT(wanted, "reclaim");
static struct waitq freed = WAITQ_INIT(freed, "memory");
static bool asked;      /* [a] somebody waits for a round */
static bool low;        /* [a] few pages are free */
static bool hopeless;   /* [a] the last round did not find enough */
static bool at_work;    /* [a] a round has begun */
static unsigned rounds; /* [a] that have ended */

static bool
enough_free(void)
{
	return page_free_count() >= page_total_count() >> HIGH_SHIFT;
}

/* Pages of which a disk has a copy, or will have. */
static size_t
store_pages(void)
{
	return atomic_load(&pagecache_stats.file) +
	    atomic_load(&pagecache_stats.device);
}

/* After a round in vain only who waits for one gets the next, and time. */
static bool
must_reclaim(void)
{
	return atomic_load(&asked) ||
	    (atomic_load(&low) && !atomic_load(&hopeless));
}

/* Make memory free, by harsher means each time: clean pages, what others keep
 * for later, pages that are mapped, dirty pages. */
static void
reclaim_round(void)
{
	size_t want = page_total_count() >> HIGH_SHIFT;
	unsigned pass = 0;

	atomic_store(&at_work, true);
	if (!enough_free() && store_pages() > 0)
		reclaim_shrink(want / SHRINK_PART);
	for (; pass < PASSES && !enough_free() && store_pages() > 0; pass++) {
		reclaim_clean(want);
		if (enough_free())
			break;
		reclaim_shrink(want);
		unmap_some(want);
		cache_flush_soon();
		reclaim_clean(want);
		slab_trim();
		if (!enough_free()) /* let writes come to their end */
			thread_sleep_until(clock_ns() + PASS_NS,
			    WAIT_UNINTERRUPTIBLE);
	}
	atomic_store(&hopeless, page_free_count() <
	    page_total_count() >> LOW_SHIFT);
	atomic_store(&at_work, false);
	atomic_add(&rounds, 1);
	waitq_wake_all(&freed);
}

static void
reclaimer(void *unused)
{
	(void)unused;
	for (;;) {
		(void)wait_event_deadline(&wanted, must_reclaim(),
		    clock_ns() + PERIOD_NS);
		atomic_store(&asked, false);
		atomic_store(&low, false);
		reclaim_round();
	}
}

void
reclaim_start(void)
{
	if (kthread_create("reclaim", reclaimer, NULL) == NULL)
		panic("no memory for the thread that reclaims memory");
}

void
reclaim_wake(void)
{
	const struct spinlock *inner = cpu_this()->innermost;

	if (inner != NULL && inner->rank >= RANK_WAITQ)
		return;
	if (!atomic_swap(&low, true))
		waitq_wake_all(&wanted);
}

bool
reclaim_wait(unsigned tries)
{
	unsigned target;

	if (tries >= TRIES_MAX || store_pages() == 0)
		return false;
	/* A round that is at work may have met locks that we held until now:
	 * it says nothing, the next one counts. */
	target = atomic_load(&rounds) + (atomic_load(&at_work) ? 2 : 1);
	atomic_store(&asked, true);
	waitq_wake_all(&wanted);
	(void)WAIT_EVENT(&freed, (int)(atomic_load(&rounds) - target) >= 0,
	    WAIT_UNINTERRUPTIBLE, clock_ns() + WAIT_NS);
	if (!atomic_load(&hopeless))
		return true;
	/* What is left may be locked for a while, by a commit of a journal,
	 * say; if there is hardly anything, it is of no use to wait. */
	if (store_pages() < page_total_count() >> HIGH_SHIFT)
		return false;
	thread_sleep_until(clock_ns() + RETRY_NS, WAIT_UNINTERRUPTIBLE);
	return true;
}
