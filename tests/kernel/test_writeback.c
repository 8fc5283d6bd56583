/* test_writeback.c - the page cache over a store that answers late, from
 * interrupts: read-ahead, write-back, errors, reclaim.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * The store holds BLOCKS pages.  Each request gets a number of ticks to wait; a
 * timer ends it in an interrupt.  It watches that no page is written twice at
 * once, and that only pages with a place are written.
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/pagecache.h"
#include "mm/reclaim.h"
#include "mm_test.h"
#include "sched/clock.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"

#define RW       (PROT_READ | PROT_WRITE)
#define BASE     0x40000000ULL
#define BLOCKS   256
#define REQUESTS 64
#define LATE_NS  (200 * NS_PER_USEC)

enum { NO_PLACE = 0, HAS_PLACE = 1 };

/* One request on its way: pages of one call. */
struct request {
	struct page *pages[32];
	unsigned count;
	bool write;
	uint64_t due_ns;
};

static struct {
	struct spinlock lock;         /* an interrupt takes it */
	char *bytes[BLOCKS];          /* [I] a page each */
	uint8_t place[BLOCKS];        /* [x lock] */
	uint8_t writing[BLOCKS];      /* [x lock] on their way */
	struct request queue[REQUESTS]; /* [x lock] a ring */
	unsigned first;               /* [x lock] */
	unsigned count;               /* [x lock] */
	struct timer timer;
	int error;                    /* [a] of all that ends now */
	unsigned reads, writes;       /* [a] calls */
	unsigned pages_read;          /* [a] */
	unsigned pages_written;       /* [a] */
	unsigned twice, lost;         /* [a] what must not happen */
	unsigned begins, ends;        /* [a] */
	unsigned places_left;         /* [t] before ops->page says -ENOSPC */
	size_t round_bytes;           /* [t] most that begin allows; 0: all */
	bool unlinked;                /* [t] */
	bool commits;                 /* [t] ops->dirty waits for a commit */
} store = {.lock = SPINLOCK_INIT("test store", RANK_DEVICE)};

/* What is behind the file's end is of no meaning: as a file system does it. */
static void
clear_behind_end(struct page *page)
{
	uint64_t bytes = pagecache_bytes(page->cache);
	size_t offset = bytes & PAGE_MASK;

	if (page->index == bytes >> PAGE_SHIFT)
		memset((char *)page_va(page) + offset, 0, PAGE_SIZE - offset);
}

/* Do one request, and tell the page cache. */
static void
answer(const struct request *rq)
{
	int err = atomic_load(&store.error);

	for (unsigned i = 0; i < rq->count; i++) {
		struct page *page = rq->pages[i];
		uint64_t n = page->index;

		if (rq->write) {
			if (err == 0)
				memcpy(store.bytes[n], page_va(page),
				    PAGE_SIZE);
			store.writing[n] = 0;
			pagecache_write_done(page, err);
		} else {
			if (n < BLOCKS)
				memcpy(page_va(page), store.bytes[n],
				    PAGE_SIZE);
			else
				memset(page_va(page), 0, PAGE_SIZE);
			clear_behind_end(page);
			pagecache_read_done(page, err);
		}
	}
}

/* The timer's function: an interrupt. */
static void
answer_due(void *unused)
{
	uint64_t next_ns = 0;

	(void)unused;
	spin_lock_irqs_off(&store.lock);
	while (store.count > 0 && next_ns == 0) {
		struct request *rq = &store.queue[store.first];

		if (rq->due_ns > clock_ns()) {
			next_ns = rq->due_ns;
		} else {
			answer(rq);
			store.first = (store.first + 1) % REQUESTS;
			store.count--;
		}
	}
	spin_unlock_irqs_off(&store.lock);
	if (next_ns != 0)
		timer_start(&store.timer, next_ns);
}

static void
submit(struct page **pages, unsigned count, bool write)
{
	uint64_t due_ns = clock_ns() + LATE_NS;
	struct request *rq;
	bool first;
	uint64_t irq;

	for (;;) {
		irq = spin_lock_irq(&store.lock);
		if (store.count < REQUESTS)
			break;
		spin_unlock_irq(&store.lock, irq);
		thread_sleep_until(due_ns, WAIT_UNINTERRUPTIBLE);
	}
	rq = &store.queue[(store.first + store.count) % REQUESTS];
	rq->count = count;
	rq->write = write;
	rq->due_ns = due_ns;
	memcpy(rq->pages, pages, count * sizeof(*pages));
	first = store.count++ == 0;
	spin_unlock_irq(&store.lock, irq);
	if (first)
		timer_start(&store.timer, due_ns);
}

static void
store_read(struct pagecache *pc, struct page **pages, unsigned count)
{
	(void)pc;
	atomic_add(&store.reads, 1);
	atomic_add(&store.pages_read, count);
	submit(pages, count, false);
}

static void
store_write(struct pagecache *pc, struct page **pages, unsigned count,
    bool ordered)
{
	(void)pc;
	(void)ordered;
	atomic_add(&store.writes, 1);
	atomic_add(&store.pages_written, count);
	for (unsigned i = 0; i < count; i++) {
		uint64_t n = pages[i]->index;

		kassert(n < BLOCKS && (i == 0 || n == pages[0]->index + i));
		if (store.place[n] != HAS_PLACE)
			atomic_add(&store.lost, 1);
		if (atomic_swap(&store.writing[n], 1) != 0)
			atomic_add(&store.twice, 1);
	}
	submit(pages, count, true);
}

static int
store_begin(struct pagecache *pc, uint64_t pos, size_t *bytes, void **cookie)
{
	(void)pc;
	(void)pos;
	store.begins++;
	if (store.round_bytes != 0)
		*bytes = MIN(*bytes, store.round_bytes);
	*cookie = &store;
	return 0;
}

static int
give_place(uint64_t n)
{
	if (store.place[n] == HAS_PLACE)
		return 0;
	if (store.places_left == 0)
		return -ENOSPC;
	store.places_left--;
	store.place[n] = HAS_PLACE;
	return 0;
}

static int
store_page(struct pagecache *pc, struct page *page, unsigned from, unsigned to,
    void *cookie)
{
	(void)pc;
	ktest_check(cookie == &store && from < to && to <= PAGE_SIZE);
	return give_place(page->index);
}

static int
store_end(struct pagecache *pc, uint64_t end, void *cookie)
{
	ktest_check(cookie == &store && end <= pagecache_bytes(pc));
	store.ends++;
	return 0;
}

static int
store_dirty(struct pagecache *pc, struct page *page)
{
	if (store.commits) {
		thread_sleep_until(clock_ns() + 4 * LATE_NS,
		    WAIT_UNINTERRUPTIBLE);
		ktest_check(pagecache_write_ordered(pc) == 0);
	}
	return give_place(page->index);
}

static bool
store_unlinked(struct pagecache *pc)
{
	(void)pc;
	return store.unlinked;
}

static const struct pagecache_ops store_ops = {
	.read = store_read,
	.write = store_write,
	.begin = store_begin,
	.page = store_page,
	.end = store_end,
	.dirty = store_dirty,
	.unlinked = store_unlinked,
};

/* The byte that block n is filled with at first. */
static char
pattern(uint64_t n)
{
	return (char)('A' + n % 23);
}

/* A store with all blocks, and the cache of a file of that many pages.  Stays on
 * this CPU: which of them sees what first is not what is tested. */
static void
store_open(struct pagecache *pc, uint64_t pages)
{
	stay_here();
	for (unsigned n = 0; n < BLOCKS; n++) {
		store.bytes[n] = page_va(page_alloc(0, 0));
		memset(store.bytes[n], pattern(n), PAGE_SIZE);
		store.place[n] = n < pages ? HAS_PLACE : NO_PLACE;
	}
	timer_init(&store.timer, answer_due, NULL);
	store.error = 0;
	store.reads = store.writes = 0;
	store.pages_read = store.pages_written = 0;
	store.twice = store.lost = 0;
	store.begins = store.ends = 0;
	store.places_left = BLOCKS;
	store.round_bytes = 0;
	store.unlinked = false;
	store.commits = false;
	pagecache_init(pc, &store_ops);
	pc->bytes = pages << PAGE_SHIFT;
}

static void
store_close(struct pagecache *pc)
{
	object_put(&pc->object);
	ktest_check(store.count == 0 && store.twice == 0 && store.lost == 0);
	ktest_check(store.begins == store.ends);
	ktest_check(pagecache_dirty_pages() == 0);
	ktest_check(pagecache_stats.writeback == 0);
	for (unsigned n = 0; n < BLOCKS; n++)
		page_free(page_from_va(store.bytes[n]));
	go_anywhere();
}

static ssize_t
read_at(struct pagecache *pc, uint64_t pos, void *buf, size_t n)
{
	struct iobuf io = iobuf_kernel(buf, n);

	return pagecache_read(pc, &io, pos);
}

static ssize_t
write_at(struct pagecache *pc, uint64_t pos, const void *buf, size_t n)
{
	struct iobuf io = iobuf_kernel((void *)(uintptr_t)buf, n);

	return pagecache_write(pc, &io, pos);
}

static char page_buf[64 * 4096];

KTEST(sequential_reader_gets_windows_and_a_random_one_pages)
{
	static struct pagecache pc;
	struct readahead ra = {0};
	uint64_t at = 0;

	store_open(&pc, 128);
	for (; at < 128; at++) {
		struct iobuf io = iobuf_kernel(page_buf, PAGE_SIZE);

		ktest_check(pagecache_read_ahead(&pc, &io, at << PAGE_SHIFT,
		    &ra) == (ssize_t)PAGE_SIZE);
		ktest_check(page_buf[0] == pattern(at) &&
		    page_buf[PAGE_SIZE - 1] == pattern(at));
	}
	ktest_check(store.pages_read == 128 && store.reads < 10);
	reclaim_clean(SIZE_MAX);
	ktest_check(pc.page_count == 0);
	ra = (struct readahead){0};
	store.reads = store.pages_read = 0;
	for (at = 5; at < 128; at += 9) {
		struct iobuf io = iobuf_kernel(page_buf, PAGE_SIZE);

		ktest_check(pagecache_read_ahead(&pc, &io, at << PAGE_SHIFT,
		    &ra) == (ssize_t)PAGE_SIZE);
		ktest_check(page_buf[7] == pattern(at));
	}
	ktest_check(store.pages_read == store.reads);
	/* One large read is one that knows what it wants. */
	reclaim_clean(SIZE_MAX);
	store.reads = store.pages_read = 0;
	ktest_check(read_at(&pc, 40960, page_buf, 64 << PAGE_SHIFT) ==
	    64 << PAGE_SHIFT);
	ktest_check(store.reads <= 4 && page_buf[40960] == pattern(20));
	store_close(&pc);
}

KTEST(failed_read_is_told_and_tried_again)
{
	static struct pagecache pc;
	char c;

	store_open(&pc, 8);
	store.error = -EIO;
	ktest_check(read_at(&pc, 0, &c, 1) == -EIO);
	ktest_check(read_at(&pc, 0, &c, 1) == -EIO);
	pagecache_will_need(&pc, 0, 8); /* nobody waits for these */
	thread_sleep_until(clock_ns() + 5 * LATE_NS, WAIT_UNINTERRUPTIBLE);
	store.error = 0;
	ktest_check(read_at(&pc, 3 * 4096, &c, 1) == 1 && c == pattern(3));
	store_close(&pc);
}

KTEST(write_goes_in_rounds_between_begin_and_end)
{
	static struct pagecache pc;

	store_open(&pc, 4);
	memset(page_buf, 'w', sizeof(page_buf));
	/* Whole pages are not read; the last one, partly inside, is. */
	ktest_check(write_at(&pc, 0, page_buf, 3 * 4096 + 10) == 3 * 4096 + 10);
	ktest_check(store.pages_read == 1 && store.begins == 1);
	/* 40 pages: rounds of 16. */
	ktest_check(write_at(&pc, 4 * 4096, page_buf, 40 * 4096) == 40 * 4096);
	ktest_check(store.begins == 4 && store.pages_read == 1);
	ktest_check(pagecache_bytes(&pc) == 44 * 4096);
	/* begin may want less at a time. */
	store.round_bytes = 1000;
	store.begins = store.ends = 0;
	ktest_check(write_at(&pc, 500, page_buf, 5000) == 5000);
	ktest_check(store.begins == 5);
	store.round_bytes = 0;
	/* No places: as far as they go, then the error. */
	store.places_left = 3;
	ktest_check(write_at(&pc, 50 * 4096, page_buf, 5 * 4096) == 3 * 4096);
	ktest_check(write_at(&pc, 53 * 4096, page_buf, 1) == -ENOSPC);
	ktest_check(pagecache_bytes(&pc) == 53 * 4096);
	ktest_check(pagecache_sync(&pc) == 0);
	ktest_check(store.bytes[3][9] == 'w' && store.bytes[3][10] ==
	    pattern(3) && store.bytes[43][4095] == 'w');
	ktest_check(read_at(&pc, 45 * 4096, page_buf, 1) == 1);
	store_close(&pc);
}

KTEST(page_changed_while_it_is_written_is_written_again)
{
	static struct pagecache pc;

	store_open(&pc, 16);
	for (char c = 'a'; c <= 'p'; c++) {
		ktest_check(write_at(&pc, 4096, &c, 1) == 1);
		pagecache_sync_range(&pc, 0, UINT64_MAX, false);
		ktest_check(write_at(&pc, 4097, &c, 1) == 1);
		ktest_check(write_at(&pc, 8192, &c, 1) == 1);
		ktest_check(pagecache_sync(&pc) == 0);
		ktest_check(store.bytes[1][0] == c && store.bytes[1][1] == c);
		ktest_check(store.bytes[2][0] == c);
		/* The same for the journal. */
		ktest_check(write_at(&pc, 4096, "1", 1) == 1);
		pagecache_sync_range(&pc, 0, UINT64_MAX, false);
		ktest_check(write_at(&pc, 4100, &c, 1) == 1);
		ktest_check(pagecache_write_ordered(&pc) == 0);
		ktest_check(store.bytes[1][4] == c);
	}
	ktest_check(pagecache_dirty_pages() == 0);
	/* Neighbours go together. */
	memset(page_buf, 'r', sizeof(page_buf));
	ktest_check(write_at(&pc, 0, page_buf, 16 * 4096) == 16 * 4096);
	store.writes = 0;
	ktest_check(pagecache_sync(&pc) == 0 && store.writes == 1);
	store_close(&pc);
}

KTEST(truncation_waits_for_what_is_being_written)
{
	static struct pagecache pc;

	store_open(&pc, 16);
	memset(page_buf, 't', sizeof(page_buf));
	for (unsigned i = 0; i < 20; i++) {
		ktest_check(write_at(&pc, 0, page_buf, 16 * 4096) ==
		    16 * 4096);
		pagecache_sync_range(&pc, 0, UINT64_MAX, false);
		pagecache_truncate(&pc, 4096 + 100);
		/* Nothing behind it is on its way: blocks may be reused. */
		for (unsigned n = 2; n < 16; n++)
			ktest_check(store.writing[n] == 0);
		ktest_check(pc.page_count == 2);
		ktest_check(pagecache_sync(&pc) == 0);
		ktest_check(store.bytes[1][99] == 't' &&
		    store.bytes[1][100] == 0);
		/* Nor of the last page, which may have several blocks. */
		ktest_check(write_at(&pc, 4096, page_buf, 100) == 100);
		pagecache_sync_range(&pc, 0, UINT64_MAX, false);
		pagecache_truncate(&pc, 4096 + 50);
		ktest_check(store.writing[1] == 0);
	}
	/* The rest of the last page is cleared in the store too, though the
	 * page was not in memory. */
	pagecache_truncate(&pc, 0);
	memset(store.bytes[0], 's', PAGE_SIZE);
	pagecache_truncate(&pc, 4096);
	pagecache_truncate(&pc, 50);
	ktest_check(pagecache_sync(&pc) == 0);
	ktest_check(store.bytes[0][49] == 's' && store.bytes[0][50] == 0);
	store_close(&pc);
}

KTEST(write_errors_are_kept_until_told_once_to_each)
{
	static struct pagecache pc;
	uint32_t old_file;
	uint32_t new_file;

	store_open(&pc, 8);
	old_file = pagecache_error_mark(&pc);
	ktest_check(read_at(&pc, 0, page_buf, 1) == 1);
	store.error = -EIO;
	ktest_check(write_at(&pc, 0, "e", 1) == 1);
	ktest_check(pagecache_write_ordered(&pc) == -EIO);
	ktest_check(pagecache_dirty_pages() == 1);
	new_file = pagecache_error_mark(&pc); /* nobody was told yet */
	ktest_check(pagecache_error_since(&pc, &new_file) == -EIO);
	ktest_check(pagecache_sync(&pc) == -EIO);
	ktest_check(pagecache_error_since(&pc, &old_file) == -EIO);
	ktest_check(pagecache_error_since(&pc, &old_file) == 0);
	new_file = pagecache_error_mark(&pc);
	ktest_check(pagecache_error_since(&pc, &new_file) == 0);
	/* The device is well again: nothing is lost. */
	store.error = 0;
	ktest_check(pagecache_sync(&pc) == 0 && store.bytes[0][0] == 'e');
	ktest_check(pagecache_sync(&pc) == 0);
	/* Not for ever: a page that cannot be written goes when memory is
	 * short. */
	store.error = -ENOSPC;
	ktest_check(write_at(&pc, 0, "f", 1) == 1);
	reclaim_clean(SIZE_MAX);
	ktest_check(pagecache_dirty_pages() == 1);
	pagecache_flush_round();
	ktest_check(pagecache_sync(&pc) == -ENOSPC);
	reclaim_clean(SIZE_MAX);
	ktest_check(pc.page_count == 0 && pagecache_dirty_pages() == 0);
	store_close(&pc);
}

KTEST(old_pages_are_written_by_the_thread_and_young_ones_are_not)
{
	static struct pagecache pc;

	pagecache_sync_matching(NULL, NULL); /* others', which come first */
	store_open(&pc, 8);
	ktest_check(write_at(&pc, 0, "o", 1) == 1);
	pagecache_flush_round();
	ktest_check(store.writes == 0 && pc.dirty_listed);
	/* We, or the thread, if it is its time: then it is about to. */
	pc.dirtied_ns = 0;
	pagecache_flush_round();
	for (unsigned i = 0; i < 1000 && atomic_load(&store.writes) == 0; i++)
		thread_sleep_until(clock_ns() + LATE_NS, WAIT_UNINTERRUPTIBLE);
	ktest_check(store.writes == 1);
	ktest_check(pagecache_sync(&pc) == 0 && store.bytes[0][0] == 'o');
	/* The cache leaves the list when nothing is marked any more. */
	pc.dirtied_ns = 0;
	pagecache_flush_round();
	for (unsigned i = 0; i < 1000 && atomic_load(&pc.dirty_listed); i++)
		thread_sleep_until(clock_ns() + LATE_NS, WAIT_UNINTERRUPTIBLE);
	ktest_check(!pc.dirty_listed && store.writes == 1);
	store_close(&pc);
}

KTEST(last_reference_writes_a_file_but_not_an_unlinked_one)
{
	static struct pagecache pc;

	for (int unlinked = 0; unlinked < 2; unlinked++) {
		store_open(&pc, 8);
		store.unlinked = unlinked;
		ktest_check(write_at(&pc, 4096, "l", 1) == 1);
		object_get(&pc.object);
		object_put(&pc.object);
		ktest_check(store.writes == 0);
		pc.object.refs.count = 1;
		store_close(&pc);
		ktest_check(store.writes == (unlinked ? 0 : 1));
	}
}

KTEST(reclaim_drops_clean_pages_that_nobody_used_twice)
{
	static struct pagecache pc;
	struct page *held;

	store_open(&pc, 100);
	for (uint64_t at = 0; at < 100; at++)
		ktest_check(read_at(&pc, at << PAGE_SHIFT, page_buf, 1) == 1);
	ktest_check(write_at(&pc, 0, "d", 1) == 1);
	ktest_check(pagecache_get(&pc, 50, 0, &held) == 0);
	ktest_check(pc.page_count == 100);
	reclaim_clean(SIZE_MAX);
	ktest_check(pc.page_count == 2); /* the dirty one, and the one we hold */
	page_put(held);
	ktest_check(pagecache_sync(&pc) == 0);
	pagecache_drop(&pc, 0, UINT64_MAX);
	ktest_check(pc.page_count == 0);
	ktest_check(read_at(&pc, 0, page_buf, 1) == 1 && page_buf[0] == 'd');
	store_close(&pc);
}

KTEST(mapped_file_is_written_back_and_unmapped_by_reclaim)
{
	static struct pagecache pc;
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.hint = BASE, .bytes = 32 * PAGE_SIZE, .prot = RW,
		.flags = MAP_SHARED | MAP_FIXED, .object = &pc.object};
	vaddr_t va;
	char c = 'm';

	store_open(&pc, 16);
	ktest_check(aspace_map(as, &rq, &va) == 0);
	rq.hint = BASE + (1 << 20);
	rq.flags = MAP_PRIVATE | MAP_FIXED;
	ktest_check(aspace_map(as, &rq, &va) == 0);
	for (unsigned i = 0; i < 16; i++)
		ktest_check(aspace_write(as, BASE + i * PAGE_SIZE, &c, 1) == 1);
	ktest_check(aspace_write(as, va, "p", 1) == 1); /* a private copy */
	ktest_check(aspace_read(as, va + PAGE_SIZE, &c, 1) == 1);
	/* The journal may not wait for the address space: the pages stay
	 * dirty. */
	ktest_check(pagecache_write_ordered(&pc) == 0);
	ktest_check(store.bytes[15][0] == 'm' && pc.dirty_pages == 16);
	ktest_check(pagecache_sync(&pc) == 0 && pc.dirty_pages == 0);
	c = 'n';
	ktest_check(aspace_write(as, BASE, &c, 1) == 1 && pc.dirty_pages == 1);
	ktest_check(pagecache_sync(&pc) == 0 && store.bytes[0][0] == 'n');
	reclaim_clean(SIZE_MAX);
	ktest_check(pc.page_count == 16); /* they are mapped */
	object_try_unmap(&pc.object, 0, 16, &pc);
	ktest_check(as->resident_file_pages == 0 && as->resident_pages == 1);
	reclaim_clean(SIZE_MAX);
	ktest_check(pc.page_count == 0);
	ktest_check(aspace_read(as, BASE, &c, 1) == 1 && c == 'n');
	ktest_check(aspace_read(as, va, &c, 1) == 1 && c == 'p');
	ktest_check(aspace_read(as, va + PAGE_SIZE, &c, 1) == 1 && c == 'm');
	/* What a mapping leaves behind the file's end is not stored. */
	pagecache_truncate(&pc, 100);
	ktest_check(aspace_write(as, BASE + 200, &c, 1) == 1);
	ktest_check(pagecache_sync(&pc) == 0 && store.bytes[0][200] == 0);
	aspace_put(as);
	store_close(&pc);
}

static struct pagecache fault_pc;
static struct waitq written = WAITQ_INIT(written, "written");
static bool write_over; /* [a] */

/* Writes the file back while a page fault is at work. */
static void
write_during_fault(void *unused)
{
	(void)unused;
	thread_sleep_until(clock_ns() + LATE_NS, WAIT_UNINTERRUPTIBLE);
	ktest_check(pagecache_sync(&fault_pc) == 0);
	atomic_store(&write_over, true);
	waitq_wake_all(&written);
}

KTEST(page_fault_waits_for_a_commit_while_its_file_is_written)
{
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.hint = BASE, .bytes = 16 * PAGE_SIZE, .prot = RW,
		.flags = MAP_SHARED | MAP_FIXED, .object = &fault_pc.object};
	vaddr_t va;
	char c = 'w';

	store_open(&fault_pc, 16);
	ktest_check(aspace_map(as, &rq, &va) == 0);
	ktest_check(write_at(&fault_pc, 0, &c, 1) == 1);
	ktest_check(aspace_read(as, BASE + PAGE_SIZE, &c, 1) == 1);
	atomic_store(&write_over, false);
	store.commits = true;
	ktest_check(kthread_create("writer", write_during_fault, NULL) != NULL);
	ktest_check(aspace_write(as, BASE + PAGE_SIZE, &c, 1) == 1);
	wait_event(&written, atomic_load(&write_over));
	store.commits = false;
	ktest_check(pagecache_sync(&fault_pc) == 0);
	ktest_check(store.bytes[0][0] == 'w' && fault_pc.dirty_pages == 0);
	aspace_put(as);
	store_close(&fault_pc);
}

/* ---- All at once ------------------------------------------------------- */

#define WORKERS 4
#define STEPS   300

static struct pagecache work_pc;
static struct mutex work_lock = MUTEX_INIT(work_lock, "work", RANK_INODE);
static struct waitq work_done = WAITQ_INIT(work_done, "workers");
static unsigned work_left; /* [a] */

/* Each worker has its own quarter of the file, writes its pages' numbers to
 * it, and reads them back; all of them sync, drop and flush. */
static void
worker(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;
	uint32_t random = me + 1;
	uint32_t value[64] = {0};

	thread_set_affinity(thread_current(), 1);
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned k = test_random(&random) % 64;
		uint64_t pos = ((uint64_t)me * 64 + k) << PAGE_SHIFT;
		uint32_t seen = 0;

		switch (test_random(&random) % 8) {
		case 0:
			ktest_check(pagecache_sync(&work_pc) == 0);
			break;
		case 1:
			reclaim_clean(32);
			break;
		case 2:
			ktest_check(pagecache_write_ordered(&work_pc) == 0);
			break;
		case 3:
			pagecache_will_need(&work_pc, pos >> PAGE_SHIFT, 8);
			break;
		default:
			mutex_lock(&work_lock);
			value[k] = test_random(&random) | 1;
			ktest_check(write_at(&work_pc, pos + 4 * (k % 9),
			    &value[k], 4) == 4);
			mutex_unlock(&work_lock);
		}
		k = test_random(&random) % 64;
		pos = ((uint64_t)me * 64 + k) << PAGE_SHIFT;
		ktest_check(read_at(&work_pc, pos + 4 * (k % 9), &seen, 4) ==
		    4);
		if (value[k] != 0)
			ktest_check(seen == value[k]);
		sched_cond_yield();
	}
	if (atomic_sub(&work_left, 1) == 0)
		waitq_wake_all(&work_done);
}

KTEST(pagecache_survives_writers_syncs_and_reclaim_at_once)
{
	store_open(&work_pc, BLOCKS);
	thread_set_affinity(thread_current(), 1); /* where the workers are */
	atomic_store(&work_left, WORKERS);
	for (uintptr_t i = 0; i < WORKERS; i++)
		ktest_check(kthread_create("worker", worker, (void *)i) !=
		    NULL);
	wait_event(&work_done, atomic_load(&work_left) == 0);
	ktest_check(pagecache_sync(&work_pc) == 0);
	store_close(&work_pc);
}
