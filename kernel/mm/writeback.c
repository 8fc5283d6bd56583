/* writeback.c - bringing dirty pages to the store.
 *
 * Layer: mm   Called by: fs (fsync), main (starts the thread), pagecache_io.c
 *
 * Mappings lose the right to write to a page, then it is marked clean, and then
 * it is written: whoever changes it meanwhile makes it dirty again.  If a mapping
 * got the right back between the first two steps, the page stays dirty.
 *
 * It is not in write-back while the locks of address spaces are waited for: who
 * has one may be in a page fault, and wait there for the journal's commit,
 * which waits for the end of write-back.
 *
 *	flush                     fault (has as->lock)      commit
 *	                          needs a handle: waits
 *	                          for the commit
 *	write-back: NO, not yet                             waits until all is
 *	waits for as->lock                                  written, for ever
 *
 *	dirty --start--> write-back --done--> clean, mark taken off later
 *	  ^                  | error, or it was changed meanwhile
 *	  +------------------+
 *
 * The end of a write may come in an interrupt, where the table cannot be
 * touched.  So a page keeps its mark while it is written, and a page whose
 * write failed is dirty again by a flag alone.  Who next goes through the marked
 * pages takes off the marks of those that are clean.
 *
 * A cache with marked pages is on a list, the oldest first.  The thread that
 * writes them back takes it off, starts the writes, and puts it back if marks
 * are left; it never waits for a write.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/printk.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/pagecache_internal.h"
#include "mm/reclaim.h"
#include "sched/clock.h"
#include "sched/sched.h"

#define FLUSH_PERIOD_NS (1 * NS_PER_SEC)
#define DIRTY_AGE_NS    (5 * NS_PER_SEC)

/* From this share of all pages on, dirty ones are written whatever their age;
 * from the second on, those who make them must wait. */
#define DIRTY_START_SHIFT 4 /* 1/16 */
#define DIRTY_LIMIT_SHIFT 3 /* 1/8 */

struct spinlock caches_lock = SPINLOCK_INIT("page caches", RANK_PAGECACHES);
struct list caches = LIST_INIT(caches);                /* [x caches_lock] */
static struct list dirty_list = LIST_INIT(dirty_list); /* [x caches_lock] */
static uint64_t dirty_number;                          /* [x caches_lock] */
static struct waitq flush_wanted = WAITQ_INIT(flush_wanted, "flush");
static struct waitq throttled = WAITQ_INIT(throttled, "too many dirty pages");
static bool flush_now; /* [a] the thread is to do a round at once */

/* ---- Limits ------------------------------------------------------------ */

static size_t
dirty_total(void)
{
	return pagecache_dirty_pages() +
	    atomic_load(&pagecache_stats.writeback);
}

static bool
must_flush(void)
{
	return pagecache_dirty_pages() >=
	    page_total_count() >> DIRTY_START_SHIFT;
}

static bool
must_throttle(void)
{
	return dirty_total() >= page_total_count() >> DIRTY_LIMIT_SHIFT;
}

/* ---- The lists --------------------------------------------------------- */

void
cache_list(struct pagecache *pc)
{
	spin_lock(&caches_lock);
	if (!pc->listed) {
		list_add_tail(&caches, &pc->link);
		pc->listed = true;
	}
	spin_unlock(&caches_lock);
}

void
cache_unlist(struct pagecache *pc)
{
	spin_lock(&caches_lock);
	if (pc->listed)
		list_remove(&pc->link);
	if (pc->dirty_listed)
		list_remove(&pc->dirty_link);
	pc->listed = false;
	pc->dirty_listed = false;
	spin_unlock(&caches_lock);
}

/* Put a cache at the end of the list of dirty ones.  Locks: caches_lock. */
static void
add_dirty(struct pagecache *pc)
{
	pc->dirtied_ns = clock_ns();
	pc->dirty_number = ++dirty_number;
	list_add_tail(&dirty_list, &pc->dirty_link);
	pc->dirty_listed = true;
}

/* The cache has a dirty page: see to it that it is written in time (4). */
static void
list_dirty(struct pagecache *pc)
{
	spin_lock(&caches_lock);
	if (!pc->dirty_listed)
		add_dirty(pc);
	spin_unlock(&caches_lock);
}

/* ---- Dirty ------------------------------------------------------------- */

static void
count_dirty(struct pagecache *pc)
{
	atomic_add(&pagecache_stats.dirty, 1);
	atomic_add(&pc->dirty_pages, 1);
}

static void
make_dirty(struct pagecache *pc, struct page *page, bool mapped)
{
	spin_lock(&pc->lock);
	pc->mapped_writes += mapped;
	if (radix_get(&pc->pages, page->index) == page) {
		/* An interrupt may do the same: see pagecache_write_done(). */
		if ((atomic_or(&page->flags, PAGE_DIRTY) & PAGE_DIRTY) == 0)
			count_dirty(pc);
		radix_mark(&pc->pages, page->index, true); /* (3) */
	}
	spin_unlock(&pc->lock);
	if (!atomic_load(&pc->dirty_listed))
		list_dirty(pc);
}

void
pagecache_dirty(struct page *page)
{
	struct pagecache *pc = page->cache;

	if (pc->ops->write != NULL &&
	    (atomic_load(&page->flags) & PAGE_DIRTY) == 0)
		make_dirty(pc, page, false);
}

void
pagecache_dirty_mapped(struct page *page)
{
	struct pagecache *pc = page->cache;

	if (pc->ops->write != NULL)
		make_dirty(pc, page, true);
}

void
pagecache_write_done(struct page *page, int err)
{
	struct pagecache *pc = page->cache;
	uint16_t again = PAGE_DIRTY;

	kassert((page->flags & PAGE_WRITEBACK) != 0);
	if (err == -ENOMEM) {
		atomic_add(&pc->no_memory, 1);
	} else if (err != 0) {
		again |= PAGE_FAILED;
		atomic_store(&pc->error, err);
		atomic_add(&pc->error_count, 1);
	} else {
		again = 0;
		atomic_and(&page->flags, (uint16_t)~PAGE_FAILED);
	}
	if (again != 0 &&
	    (atomic_or(&page->flags, again) & PAGE_DIRTY) == 0)
		count_dirty(pc);
	atomic_sub(&pagecache_stats.writeback, 1);
	/* From here on the cache may go away: see drop_pages(). */
	atomic_and(&page->flags, (uint16_t)~PAGE_WRITEBACK);
	page_wake(page);
	page_put(page);
	if (!must_throttle())
		waitq_wake_all(&throttled);
}

/* ---- Starting writes --------------------------------------------------- */

/* Consecutive pages that will be written together. */
struct run {
	struct page *pages[RUN_PAGES_MAX];
	unsigned count;
	struct page *busy; /* dirty, but still being written: with a reference */
	uint32_t mapped_writes; /* when the mappings were protected */
	bool keep; /* a mapping may write to it: it stays dirty */
};

/* May the page be written now?  Takes the mark off one that is clean.
 * Locks: pc->lock held. */
static bool
may_write(struct pagecache *pc, struct page *page)
{
	uint16_t flags = atomic_load(&page->flags);

	if ((flags & (PAGE_DIRTY | PAGE_WRITEBACK)) == 0)
		radix_mark(&pc->pages, page->index, false);
	return (flags & (PAGE_DIRTY | PAGE_WRITEBACK)) == PAGE_DIRTY;
}

/* From dirty to write-back.  Locks: pc->lock held. */
static void
take_page(struct pagecache *pc, struct page *page, struct run *run)
{
	page_get(page);
	atomic_or(&page->flags, PAGE_WRITEBACK);
	atomic_and(&page->flags, (uint16_t)~PAGE_DIRTY);
	atomic_add(&pagecache_stats.writeback, 1);
	atomic_sub(&pagecache_stats.dirty, 1);
	atomic_sub(&pc->dirty_pages, 1);
	run->pages[run->count++] = page;
}

/* Take the next run of dirty pages in [*index, end) for writing; *index moves
 * behind it.  run->count 0: there is none, unless busy is set.
 * wait: stop at a page that is dirty and still being written. */
static void
take_run(struct pagecache *pc, uint64_t *index, uint64_t end, bool wait,
    struct run *run)
{
	struct page *page;

	run->count = 0;
	run->busy = NULL;
	spin_lock(&pc->lock);
	run->keep |= pc->mapped_writes != run->mapped_writes;
	for (; run->count < RUN_PAGES_MAX; ++*index) {
		uint64_t at = *index;

		page = radix_next_marked(&pc->pages, &at);
		if (page == NULL || at >= end) {
			if (run->count == 0)
				*index = end;
			break;
		}
		if (run->count > 0 && at != *index)
			break;
		*index = at;
		if (may_write(pc, page)) {
			take_page(pc, page, run);
		} else if (run->count > 0) {
			break;
		} else if (wait &&
		    (atomic_load(&page->flags) & PAGE_DIRTY) != 0) {
			page_get(page);
			run->busy = page;
			break;
		}
	}
	spin_unlock(&pc->lock);
}

/* The bytes behind the file's end, which a mapping may have changed, are zero in
 * the store (2). */
static void
clear_behind_end(struct pagecache *pc, struct page *page)
{
	uint64_t end;

	spin_lock(&pc->lock);
	end = pc->writing_end;
	end = MAX(end, pagecache_bytes(pc));
	if (end >> PAGE_SHIFT == page->index && (end & PAGE_MASK) != 0)
		memset((char *)page_va(page) + (end & PAGE_MASK), 0,
		    PAGE_SIZE - (end & PAGE_MASK));
	spin_unlock(&pc->lock);
}

/* Some dirty pages of [*index, end) are about to be taken for writing: take the
 * right to write to them from all mappings.  *index moves to the first of them.
 * Returns the end of those that are protected. */
static uint64_t
protect_pages(struct pagecache *pc, uint64_t *index, uint64_t end,
    bool ordered, struct run *run)
{
	bool found;

	run->keep = false;
	spin_lock(&pc->lock);
	found = radix_next_marked(&pc->pages, index) != NULL && *index < end;
	run->mapped_writes = pc->mapped_writes;
	spin_unlock(&pc->lock);
	if (!found) {
		*index = end;
		return end;
	}
	/* Who maps the file later makes a page dirty, and is counted, before he
	 * may write to it. */
	run->keep = ordered && !list_empty(&pc->object.areas);
	if (ordered || list_empty(&pc->object.areas))
		return end;
	end = MIN(end, *index + RUN_PAGES_MAX);
	object_write_protect(&pc->object, *index, end);
	return end;
}

static void
write_run(struct pagecache *pc, struct run *run, bool ordered)
{
	for (unsigned i = 0; i < run->count && run->keep; i++)
		pagecache_dirty(run->pages[i]);
	clear_behind_end(pc, run->pages[run->count - 1]);
	pc->ops->write(pc, run->pages, run->count, ordered);
}

/* Start to write; wait: what is dirty and being written is written again. */
static size_t
start_writes(struct pagecache *pc, uint64_t first, uint64_t end, bool ordered,
    bool wait)
{
	uint64_t index = first;
	size_t started = 0;
	struct run run;

	while (index < end) {
		uint64_t stop = protect_pages(pc, &index, end, ordered, &run);

		take_run(pc, &index, stop, wait, &run);
		if (run.busy != NULL) {
			page_wait(run.busy, PAGE_WRITEBACK);
			page_put(run.busy);
		} else if (run.count > 0) {
			started += run.count;
			write_run(pc, &run, ordered);
		}
		sched_cond_yield();
	}
	return started;
}

size_t
cache_start_writes(struct pagecache *pc, uint64_t first, uint64_t end,
    bool ordered)
{
	return start_writes(pc, first, end, ordered, false);
}

void
cache_wait_writes(struct pagecache *pc, uint64_t first, uint64_t end)
{
	struct page *page;

	for (uint64_t index = first; index < end; index++) {
		bool moving = false;

		spin_lock(&pc->lock);
		page = radix_next_marked(&pc->pages, &index);
		if (page != NULL && index < end) {
			may_write(pc, page); /* takes off the mark */
			moving = (page->flags & PAGE_WRITEBACK) != 0;
			if (moving)
				page_get(page);
		}
		spin_unlock(&pc->lock);
		if (page == NULL)
			break;
		if (moving) {
			page_wait(page, PAGE_WRITEBACK);
			page_put(page);
			index--; /* once more, for its mark */
		}
	}
}

/* ---- Sync and errors --------------------------------------------------- */

/* The last error, if there was one since *mark. */
static int
error_since(struct pagecache *pc, uint32_t *mark)
{
	uint32_t count = atomic_load(&pc->error_count);

	if (count == atomic_load(mark))
		return 0;
	atomic_store(mark, count);
	return atomic_load(&pc->error);
}

/* Write the dirty pages of [first, end) and wait.  Also those that are being
 * written and have changed: blocks that they got meanwhile may be in the
 * transaction that is about to commit.
 * Returns 0, the last error since *mark, or -ENOMEM. */
static int
write_and_wait(struct pagecache *pc, uint64_t first, uint64_t end, bool ordered,
    uint32_t *mark)
{
	unsigned tries = 0;
	uint32_t before;

	do {
		before = atomic_load(&pc->no_memory);
		start_writes(pc, first, end, ordered, true);
		cache_wait_writes(pc, first, end);
		if (atomic_load(&pc->no_memory) == before)
			return error_since(pc, mark);
	} while (reclaim_wait(tries++));
	return -ENOMEM;
}

int
pagecache_sync_range(struct pagecache *pc, uint64_t first, uint64_t end,
    bool wait)
{
	if (pc->ops->write == NULL)
		return 0;
	if (wait)
		return write_and_wait(pc, first, end, false, &pc->error_told);
	start_writes(pc, first, end, false, false);
	return 0;
}

int
pagecache_sync(struct pagecache *pc)
{
	return pagecache_sync_range(pc, 0, UINT64_MAX, true);
}

int
pagecache_write_ordered(struct pagecache *pc)
{
	uint32_t mark = atomic_load(&pc->error_count);

	if (pc->ops->write == NULL)
		return 0;
	return write_and_wait(pc, 0, UINT64_MAX, true, &mark);
}

uint32_t
pagecache_error_mark(struct pagecache *pc)
{
	return atomic_load(&pc->error_told);
}

int
pagecache_error_since(struct pagecache *pc, uint32_t *mark)
{
	return error_since(pc, mark);
}

/* The first cache on the list of dirty ones with a number above `after` that
 * matches, with a reference; NULL: none. */
static struct pagecache *
dirty_after(uint64_t after, bool (*match)(struct pagecache *pc, void *arg),
    void *arg)
{
	struct pagecache *found = NULL;

	spin_lock(&caches_lock);
	list_for_each(pc, &dirty_list, struct pagecache, dirty_link) {
		if (pc->dirty_number > after &&
		    (match == NULL || match(pc, arg)) &&
		    ref_get_unless_zero(&pc->object.refs)) {
			found = pc;
			break;
		}
	}
	spin_unlock(&caches_lock);
	return found;
}

/* Done with a cache of the list: drop the reference, and take it off the list
 * if no page is marked any more (4). */
static void
put_dirty(struct pagecache *pc)
{
	uint64_t index = 0;

	spin_lock(&caches_lock);
	spin_lock(&pc->lock);
	if (radix_next_marked(&pc->pages, &index) == NULL &&
	    pc->dirty_listed) {
		list_remove(&pc->dirty_link);
		pc->dirty_listed = false;
	}
	spin_unlock(&pc->lock);
	spin_unlock(&caches_lock);
	object_put(&pc->object);
}

int
pagecache_sync_matching(bool (*match)(struct pagecache *pc, void *arg),
    void *arg)
{
	struct pagecache *pc;
	uint64_t number = 0;
	int first_error = 0;

	/* The flusher moves a cache behind all others: it is seen twice. */
	while ((pc = dirty_after(number, match, arg)) != NULL) {
		int err;

		number = pc->dirty_number;
		err = pagecache_sync(pc);
		if (first_error == 0)
			first_error = err;
		put_dirty(pc);
	}
	return first_error;
}

/* ---- The thread, and those who make it necessary ----------------------- */

/* The cache at the head of the list, moved to its end, with a reference: if it
 * became dirty before old_ns, or hurry and its number is up to `last`. */
static struct pagecache *
next_to_flush(uint64_t old_ns, bool hurry, uint64_t last)
{
	struct pagecache *found = NULL;

	spin_lock(&caches_lock);
	list_for_each(pc, &dirty_list, struct pagecache, dirty_link) {
		if (pc->dirty_number > last ||
		    (!hurry && pc->dirtied_ns > old_ns))
			break;
		if (ref_get_unless_zero(&pc->object.refs)) {
			list_remove(&pc->dirty_link);
			add_dirty(pc);
			found = pc;
			break;
		}
	}
	spin_unlock(&caches_lock);
	return found;
}

void
pagecache_flush_round(void)
{
	uint64_t now = clock_ns();
	uint64_t old = now > DIRTY_AGE_NS ? now - DIRTY_AGE_NS : 0;
	bool asked = atomic_swap(&flush_now, false);
	uint64_t last;
	struct pagecache *pc;

	spin_lock(&caches_lock);
	last = dirty_number;
	spin_unlock(&caches_lock);
	while ((pc = next_to_flush(old, asked || must_flush(), last)) != NULL) {
		cache_start_writes(pc, 0, UINT64_MAX, false);
		put_dirty(pc);
	}
	waitq_wake_all(&throttled);
}

void
cache_flush_soon(void)
{
	atomic_store(&flush_now, true);
	waitq_wake_all(&flush_wanted);
}

static void
flusher(void *unused)
{
	(void)unused;
	for (;;) {
		(void)wait_event_deadline(&flush_wanted,
		    atomic_load(&flush_now), clock_ns() + FLUSH_PERIOD_NS);
		pagecache_flush_round();
	}
}

void
pagecache_start_flusher(void)
{
	if (kthread_create("flush", flusher, NULL) == NULL)
		panic("no memory for the thread that writes back");
}

void
cache_throttle_writer(struct pagecache *pc)
{
	if (likely(!must_flush()))
		return;
	if (atomic_load(&pc->dirty_pages) >= RUN_PAGES_MAX)
		cache_start_writes(pc, 0, UINT64_MAX, false);
	if (must_throttle())
		cache_wait_writes(pc, 0, UINT64_MAX);
}

/* How long a writer through a mapping waits at most. */
#define THROTTLE_NS (100 * NS_PER_MSEC)

void
pagecache_throttle_slow(void)
{
	if (likely(!must_throttle()))
		return;
	cache_flush_soon();
	(void)WAIT_EVENT(&throttled, !must_throttle(), WAIT_UNINTERRUPTIBLE,
	    clock_ns() + THROTTLE_NS);
}
