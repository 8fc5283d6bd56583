/* test_aspace_smp.c - many threads on one address space and one file at once.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * What is checked is that everything can be taken apart again in the end, and
 * that a page holds only what was written through its own address or its file.
 * SPDX-License-Identifier: MIT */

#include "mm/aspace.h"
#include "mm/fault.h"
#include "mm/pagecache.h"
#include "mm_test.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/waitq.h"

#define RW      (PROT_READ | PROT_WRITE)
#define BASE    0x40000000ULL
#define PAGES   64
#define WORKERS 5
#define STEPS   600

static const struct pagecache_ops ram_ops;
static struct pagecache file;
static struct mutex file_lock = MUTEX_INIT(file_lock, "test", RANK_INODE);
static struct aspace *shared_as;
static struct waitq workers_done = WAITQ_INIT(workers_done, "test workers");
static unsigned done;   /* [a] workers that are */
static unsigned wrong;  /* [a] bytes that should not be there */

/* Every byte ever written at a page's start is the page's number plus one. */
static void
check_page(struct aspace *as, unsigned page)
{
	uint8_t byte;

	if (aspace_read(as, BASE + page * PAGE_SIZE, &byte, 1) == 1 &&
	    byte != 0 && byte != page + 1)
		atomic_add(&wrong, 1);
}

static void
map_some(struct aspace *as, unsigned page, unsigned count, uint32_t random)
{
	struct map_request rq = {
		.hint = BASE + page * PAGE_SIZE,
		.bytes = count * PAGE_SIZE,
		.prot = random % 4 == 0 ? PROT_READ : RW,
		.flags = MAP_FIXED |
		    (random % 3 == 0 ? MAP_SHARED : MAP_PRIVATE),
		.object = random % 2 == 0 ? &file.object : NULL,
		.offset = page * PAGE_SIZE,
	};
	vaddr_t va;

	ktest_check(aspace_map(as, &rq, &va) == 0);
}

static void
random_step(uint32_t *random)
{
	struct aspace *as = shared_as;
	unsigned page = test_random(random) % PAGES;
	unsigned most = 1 + test_random(random) % 8;
	unsigned count = MIN(most, PAGES - page);
	vaddr_t va = BASE + page * PAGE_SIZE;
	uint8_t byte = page + 1;
	struct aspace *child;

	switch (test_random(random) % 10) {
	case 0:
		map_some(as, page, count, test_random(random));
		break;
	case 1:
		aspace_unmap(as, va, count * PAGE_SIZE);
		break;
	case 2:
		aspace_protect(as, va, count * PAGE_SIZE,
		    test_random(random) % 2 == 0 ? RW : PROT_READ);
		break;
	case 3:
		if (aspace_clone(as, &child) == 0) {
			aspace_write(child, va, &byte, 1);
			check_page(child, page);
			aspace_put(child);
		}
		break;
	case 4: /* as truncate(2) would, under the inode's lock */
		mutex_lock(&file_lock);
		pagecache_truncate(&file, page * PAGE_SIZE);
		pagecache_truncate(&file, PAGES * PAGE_SIZE);
		mutex_unlock(&file_lock);
		break;
	default:
		aspace_write(as, va, &byte, 1);
		check_page(as, test_random(random) % PAGES);
	}
}

static void
worker(void *arg)
{
	uint32_t random = (uintptr_t)arg;

	for (unsigned step = 0; step < STEPS; step++) {
		random_step(&random);
		if (step % 16 == 0)
			thread_yield();
	}
	atomic_add(&done, 1);
	waitq_wake_all(&workers_done);
}

KTEST(aspace_and_file_survive_many_threads)
{
	size_t left;

	atomic_store(&done, 0);
	pagecache_init(&file, &ram_ops);
	pagecache_truncate(&file, PAGES * PAGE_SIZE);
	shared_as = aspace_create();
	for (uintptr_t i = 1; i <= WORKERS; i++)
		ktest_check(kthread_create("mm test", worker, (void *)i) !=
		    NULL);
	wait_event(&workers_done, atomic_load(&done) == WORKERS);
	ktest_check(atomic_load(&wrong) == 0);

	/* The counts agree with the tables to the last page. */
	ktest_check(aspace_unmap(shared_as, BASE, PAGES * PAGE_SIZE) == 0);
	ktest_check(shared_as->resident_pages == 0);
	ktest_check(shared_as->resident_file_pages == 0);
	ktest_check(shared_as->area_count == 0);
	ktest_check(shared_as->pt.table_pages == 1);
	aspace_put(shared_as);
	left = pagecache_total_pages();
	ktest_check(ref_count(&file.object.refs) == 1);
	pagecache_truncate(&file, 0);
	ktest_check(pagecache_total_pages() + PAGES >= left);
	ktest_check(file.page_count == 0);
	pagecache_fini(&file);
}
