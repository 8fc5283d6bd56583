/* test_pagecache.c - files in memory: RAM files, and files with a (false)
 * store.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/fault.h"
#include "mm/pagecache.h"
#include "mm_test.h"
#include "sched/clock.h"
#include "sched/waitq.h"

#define RW    (PROT_READ | PROT_WRITE)
#define BASE  0x40000000ULL
#define BLOCKS 8

static const struct pagecache_ops ram_ops;

/* A "disk" of a few pages, which can be slow and fail. */
static char disk[BLOCKS][PAGE_SIZE];
static unsigned fills;
static unsigned writes;
static int disk_error;
static bool slow;

static void
disk_read(struct pagecache *pc, struct page **pages, unsigned count)
{
	(void)pc;
	atomic_add(&fills, count);
	if (slow)
		thread_sleep_until(clock_ns() + NS_PER_MSEC,
		    WAIT_UNINTERRUPTIBLE);
	for (unsigned i = 0; i < count; i++) {
		int err = pages[i]->index < BLOCKS ? disk_error : -EIO;

		if (err == 0)
			memcpy(page_va(pages[i]), disk[pages[i]->index],
			    PAGE_SIZE);
		pagecache_read_done(pages[i], err);
	}
}

static void
disk_write(struct pagecache *pc, struct page **pages, unsigned count,
    bool ordered)
{
	(void)pc;
	(void)ordered;
	for (unsigned i = 0; i < count; i++) {
		writes++;
		if (disk_error == 0)
			memcpy(disk[pages[i]->index], page_va(pages[i]),
			    PAGE_SIZE);
		pagecache_write_done(pages[i], disk_error);
	}
}

static const struct pagecache_ops disk_ops = {
	.read = disk_read,
	.write = disk_write,
};

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

/* Is [pos, pos + n) of the file all byte? */
static bool
file_is(struct pagecache *pc, uint64_t pos, size_t n, char byte)
{
	for (; n > 0; n--, pos++) {
		char c;

		if (read_at(pc, pos, &c, 1) != 1 || c != byte)
			return false;
	}
	return true;
}

KTEST(ram_file_reads_what_was_written)
{
	static struct pagecache pc;
	static char buf[3 * 4096];
	size_t before;

	stay_here();
	before = free_pages_now();
	pagecache_init(&pc, &ram_ops);
	ktest_check(read_at(&pc, 0, buf, 10) == 0);
	ktest_check(write_at(&pc, 5000, "hello", 5) == 5);
	ktest_check(pagecache_bytes(&pc) == 5005 && pc.page_count == 1);
	ktest_check(file_is(&pc, 0, 5000, 0)); /* a hole, then zeroes */
	ktest_check(pc.page_count == 1);
	ktest_check(read_at(&pc, 4999, buf, 100) == 6);
	ktest_check(memcmp(buf, "\0hello", 6) == 0);
	ktest_check(read_at(&pc, 5005, buf, 1) == 0);

	memset(buf, 'x', sizeof(buf));
	ktest_check(write_at(&pc, 100, buf, sizeof(buf)) == sizeof(buf));
	ktest_check(file_is(&pc, 100, sizeof(buf), 'x'));
	ktest_check(file_is(&pc, 0, 100, 0));

	/* A far page needs few nodes; everything goes in the end. */
	ktest_check(write_at(&pc, 1ULL << 40, "far", 3) == 3);
	ktest_check(read_at(&pc, (1ULL << 40) - 1, buf, 9) == 4);
	ktest_check(memcmp(buf, "\0far", 4) == 0);
	pagecache_fini(&pc);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(truncate_frees_pages_and_clears_the_rest)
{
	static struct pagecache pc;
	static char buf[4 * 4096];

	pagecache_init(&pc, &ram_ops);
	memset(buf, 'y', sizeof(buf));
	ktest_check(write_at(&pc, 0, buf, sizeof(buf)) == sizeof(buf));
	pagecache_truncate(&pc, 5000);
	ktest_check(pc.page_count == 2 && pagecache_bytes(&pc) == 5000);
	ktest_check(read_at(&pc, 4990, buf, 100) == 10);
	pagecache_truncate(&pc, 9000);
	ktest_check(file_is(&pc, 0, 5000, 'y'));
	ktest_check(file_is(&pc, 5000, 4000, 0));
	pagecache_truncate(&pc, 0);
	ktest_check(pc.page_count == 0 && read_at(&pc, 0, buf, 1) == 0);
	pagecache_fini(&pc);
}

KTEST(mapping_and_file_are_the_same_pages)
{
	static struct pagecache pc;
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.hint = BASE, .bytes = 3 * PAGE_SIZE, .prot = RW,
		.flags = MAP_SHARED | MAP_FIXED, .object = &pc.object};
	vaddr_t va;
	char c = 'b';

	pagecache_init(&pc, &ram_ops);
	ktest_check(write_at(&pc, 0, "a", 1) == 1);
	pagecache_truncate(&pc, 2 * PAGE_SIZE);
	ktest_check(aspace_map(as, &rq, &va) == 0);
	/* What is read as a hole first, and written by the other later. */
	ktest_check(aspace_read(as, BASE + PAGE_SIZE, &c, 1) == 1 && c == 0);
	ktest_check(write_at(&pc, PAGE_SIZE, "z", 1) == 1);
	ktest_check(aspace_read(as, BASE + PAGE_SIZE, &c, 1) == 1 && c == 'z');
	c = 'b';
	ktest_check(aspace_write(as, BASE, &c, 1) == 1);
	ktest_check(file_is(&pc, 0, 1, 'b'));
	ktest_check(as->resident_file_pages == 2);

	/* A private mapping sees the file until it is written. */
	rq.hint = BASE + (1 << 20);
	rq.flags = MAP_PRIVATE | MAP_FIXED;
	ktest_check(aspace_map(as, &rq, &va) == 0);
	ktest_check(aspace_read(as, va, &c, 1) == 1 && c == 'b');
	c = 'p';
	ktest_check(aspace_write(as, va, &c, 1) == 1);
	ktest_check(file_is(&pc, 0, 1, 'b'));
	ktest_check(aspace_read(as, BASE, &c, 1) == 1 && c == 'b');
	ktest_check(aspace_read(as, va, &c, 1) == 1 && c == 'p');

	/* Behind the end: SIGBUS, and again when the file becomes short. */
	ktest_check(aspace_fault(as, BASE + 2 * PAGE_SIZE, PF_USER) ==
	    FAULT_BUS);
	pagecache_truncate(&pc, 0);
	ktest_check(as->resident_pages == 0);
	ktest_check(aspace_fault(as, BASE, PF_USER) == FAULT_BUS);
	ktest_check(aspace_fault(as, va, PF_USER) == FAULT_BUS);
	aspace_put(as);
	ktest_check(ref_count(&pc.object.refs) == 1);
	pagecache_fini(&pc);
}

KTEST(max_prot_limits_what_mprotect_may_give)
{
	static struct pagecache pc;
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.hint = BASE, .bytes = PAGE_SIZE, .prot = PROT_READ,
		.max_prot = PROT_READ | PROT_EXEC,
		.flags = MAP_SHARED | MAP_FIXED, .object = &pc.object};
	vaddr_t va;

	pagecache_init(&pc, &ram_ops);
	ktest_check(aspace_map(as, &rq, &va) == 0);
	ktest_check(aspace_protect(as, BASE, PAGE_SIZE, RW) == -EACCES);
	ktest_check(aspace_protect(as, BASE, PAGE_SIZE, PROT_EXEC) == 0);
	aspace_put(as);
	pagecache_fini(&pc);
}

KTEST(fork_shares_mapped_files_and_truncate_reaches_both)
{
	static struct pagecache pc;
	struct aspace *parent = aspace_create();
	struct aspace *child;
	struct map_request rq = {
		.hint = BASE, .bytes = 4 * PAGE_SIZE, .prot = RW,
		.flags = MAP_SHARED | MAP_FIXED, .object = &pc.object};
	vaddr_t va;
	char c = 'q';

	pagecache_init(&pc, &ram_ops);
	pagecache_truncate(&pc, 4 * PAGE_SIZE);
	ktest_check(aspace_map(parent, &rq, &va) == 0);
	ktest_check(aspace_write(parent, BASE, &c, 1) == 1);
	ktest_check(aspace_write(parent, BASE + 3 * PAGE_SIZE, &c, 1) == 1);
	/* Split into three areas: each is on the object's list. */
	ktest_check(aspace_protect(parent, BASE + PAGE_SIZE, PAGE_SIZE,
	    PROT_READ) == 0);
	ktest_check(parent->area_count == 3);
	ktest_check(aspace_clone(parent, &child) == 0);
	ktest_check(child->resident_pages == 2);
	pagecache_truncate(&pc, PAGE_SIZE);
	ktest_check(child->resident_pages == 1 && parent->resident_pages == 1);
	ktest_check(aspace_read(child, BASE, &c, 1) == 1 && c == 'q');
	aspace_put(parent);
	aspace_put(child);
	pagecache_fini(&pc);
}

KTEST(store_is_read_once_and_written_when_dirty)
{
	static struct pagecache pc;
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.hint = BASE, .bytes = 4 * PAGE_SIZE, .prot = RW,
		.flags = MAP_SHARED | MAP_FIXED, .object = &pc.object};
	vaddr_t va;
	char c;

	pagecache_init(&pc, &disk_ops);
	memset(disk, 'd', sizeof(disk));
	pc.bytes = 4 * PAGE_SIZE;
	fills = writes = 0;
	ktest_check(file_is(&pc, 0, PAGE_SIZE + 1, 'd') && fills == 2);
	ktest_check(pagecache_sync(&pc) == 0 && writes == 0);
	ktest_check(write_at(&pc, 10, "w", 1) == 1);
	ktest_check(pagecache_dirty_pages() == 1);
	ktest_check(pagecache_sync(&pc) == 0 && writes == 1);
	ktest_check(disk[0][10] == 'w' && disk[0][11] == 'd');
	ktest_check(pagecache_dirty_pages() == 0);

	/* A mapping: reading leaves it clean, each write after a sync
	 * dirties. */
	ktest_check(aspace_map(as, &rq, &va) == 0);
	ktest_check(aspace_read(as, BASE + PAGE_SIZE, &c, 1) == 1 && c == 'd');
	ktest_check(pagecache_dirty_pages() == 0);
	for (c = 'A'; c < 'D'; c++) {
		ktest_check(aspace_write(as, BASE + PAGE_SIZE, &c, 1) == 1);
		ktest_check(pagecache_dirty_pages() == 1);
		ktest_check(pagecache_sync(&pc) == 0 && disk[1][0] == c);
	}

	/* Errors: of reading, seen by read and fault; of writing, kept
	 * dirty. */
	disk_error = -EIO;
	ktest_check(read_at(&pc, 2 * PAGE_SIZE, &c, 1) == -EIO);
	ktest_check(aspace_fault(as, BASE + 2 * PAGE_SIZE, PF_USER) ==
	    FAULT_BUS);
	ktest_check(write_at(&pc, 0, "e", 1) == 1);
	ktest_check(pagecache_sync(&pc) == -EIO);
	ktest_check(pagecache_dirty_pages() == 1);
	disk_error = 0;
	ktest_check(read_at(&pc, 2 * PAGE_SIZE, &c, 1) == 1 && c == 'd');
	ktest_check(pagecache_sync(&pc) == 0 && disk[0][0] == 'e');
	aspace_put(as);
	pagecache_fini(&pc);
	ktest_check(pagecache_dirty_pages() == 0);
}

static struct waitq readers_done = WAITQ_INIT(readers_done, "test readers");
static unsigned readers; /* [a] that are done */
static struct pagecache *read_pc;

static void
reader(void *arg)
{
	ktest_check(file_is(read_pc, (uintptr_t)arg, 1, 'd'));
	atomic_add(&readers, 1);
	waitq_wake_all(&readers_done);
}

KTEST(readers_of_one_page_wait_for_one_fill)
{
	static struct pagecache pc;

	pagecache_init(&pc, &disk_ops);
	memset(disk, 'd', sizeof(disk));
	pc.bytes = PAGE_SIZE;
	read_pc = &pc;
	fills = 0;
	atomic_store(&readers, 0);
	slow = true;
	for (uintptr_t i = 0; i < 5; i++)
		ktest_check(kthread_create("reader", reader, (void *)i) !=
		    NULL);
	wait_event(&readers_done, atomic_load(&readers) == 5);
	slow = false;
	ktest_check(fills == 1);
	pagecache_fini(&pc);
}

KTEST(pagecache_survives_the_failure_of_any_allocation)
{
	static struct pagecache pc;
	size_t before;
	unsigned n;

	stay_here();
	before = free_pages_now();
	for (n = 1; n < 50; n++) {
		ssize_t a;
		ssize_t b;

		pagecache_init(&pc, &ram_ops);
		alloc_fail_nth(n);
		a = write_at(&pc, 0, "one", 3);
		b = write_at(&pc, 70 * PAGE_SIZE, "two", 3);
		if (alloc_fail_nth(0) != 0) {
			ktest_check(a == 3 && b == 3);
			pagecache_fini(&pc);
			break;
		}
		ktest_check(a == -ENOSPC || b == -ENOSPC);
		pagecache_fini(&pc);
		ktest_check(free_pages_now() == before);
	}
	ktest_check(n > 3 && n < 50);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}
