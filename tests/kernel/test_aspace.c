/* test_aspace.c - address spaces against a model; faults; fork.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * No program runs here: memory is reached with aspace_read() and
 * aspace_write(), which fault in pages as a program's accesses do.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/fault.h"
#include "mm/pagecache.h"
#include "mm_test.h"

#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define BASE 0x40000000ULL
#define PAGES 96 /* of the model */

static int
map_at(struct aspace *as, vaddr_t va, size_t pages, unsigned prot,
    unsigned flags)
{
	struct map_request rq = {
		.hint = va,
		.bytes = pages * PAGE_SIZE,
		.prot = prot,
		.flags = flags | MAP_FIXED,
	};
	vaddr_t got = 0;
	int err = aspace_map(as, &rq, &got);

	ktest_check(err != 0 || got == va);
	return err;
}

static bool
write_byte(struct aspace *as, vaddr_t va, uint8_t byte)
{
	return aspace_write(as, va, &byte, 1) == 1;
}

/* The byte at va, or -1. */
static int
read_byte(struct aspace *as, vaddr_t va)
{
	uint8_t byte;

	return aspace_read(as, va, &byte, 1) == 1 ? byte : -1;
}

static int
count_area(const struct area *area, void *arg)
{
	(void)area;
	++*(unsigned *)arg;
	return 0;
}

/* What each page of the window should be. */
static struct model {
	bool mapped;
	unsigned prot;
	uint8_t byte;
} model[PAGES];

/* Do areas and pages agree with the model, and are neighbours joined? */
static void
compare(struct aspace *as)
{
	unsigned runs = 0;
	unsigned areas = 0;
	size_t mapped = 0;

	for (unsigned i = 0; i < PAGES; i++) {
		const struct model *m = &model[i];
		vaddr_t va = BASE + i * PAGE_SIZE;
		int expect = m->mapped && m->prot != 0 ? m->byte : -1;

		ktest_check(aspace_is_mapped(as, va, 1) == m->mapped);
		ktest_check(read_byte(as, va + 5) == expect);
		mapped += m->mapped;
		if (m->mapped && (i == 0 || !m[-1].mapped ||
		    m[-1].prot != m->prot))
			runs++;
	}
	aspace_for_each_area(as, count_area, &areas);
	ktest_check(areas == runs && as->area_count == runs);
	ktest_check(as->mapped_pages == mapped);
	ktest_check(as->resident_pages <= mapped);
	ktest_check(rb_valid(&as->areas));
}

static unsigned
random_prot(uint32_t *random)
{
	static const unsigned prots[] = {PROT_NONE, PROT_READ, RW, RW, RW,
		PROT_READ | PROT_EXEC};

	return prots[test_random(random) % ARRAY_SIZE(prots)];
}

/* One random operation on [first, first + count), in the model too. */
static void
random_step(struct aspace *as, uint32_t *random, unsigned first, unsigned count)
{
	vaddr_t va = BASE + first * PAGE_SIZE;
	unsigned prot = random_prot(random);
	bool whole = true;
	unsigned i;

	switch (test_random(random) % 5) {
	case 0: /* map over what is there */
		ktest_check(map_at(as, va, count, prot, ANON) == 0);
		for (i = first; i < first + count; i++)
			model[i] = (struct model){true, prot, 0};
		break;
	case 1:
		ktest_check(aspace_unmap(as, va, count * PAGE_SIZE) == 0);
		for (i = first; i < first + count; i++)
			model[i] = (struct model){0};
		break;
	case 2: /* stops at the first hole */
		for (i = first; i < first + count && whole; i++) {
			whole = model[i].mapped;
			if (whole)
				model[i].prot = prot;
		}
		ktest_check(aspace_protect(as, va, count * PAGE_SIZE, prot) ==
		    (whole ? 0 : -ENOMEM));
		break;
	case 3:
		for (i = first; i < first + count; i++) {
			whole = whole && model[i].mapped;
			model[i].byte = 0;
		}
		ktest_check(aspace_discard(as, va, count * PAGE_SIZE) ==
		    (whole ? 0 : -ENOMEM));
		break;
	default:
		for (i = first; i < first + count; i++) {
			bool may = model[i].mapped &&
			    (model[i].prot & PROT_WRITE) != 0;
			uint8_t byte = test_random(random);

			ktest_check(write_byte(as,
			    BASE + i * PAGE_SIZE + 5, byte) == may);
			if (may)
				model[i].byte = byte;
		}
	}
}

KTEST(aspace_behaves_like_an_array_of_pages)
{
	struct aspace *as;
	uint32_t random = 3;
	size_t before;

	stay_here();
	before = free_pages_now();
	as = aspace_create();
	memset(model, 0, sizeof(model));
	for (unsigned step = 0; step < 1500; step++) {
		unsigned first = test_random(&random) % PAGES;
		unsigned count = 1 + test_random(&random) % 12;

		random_step(as, &random, first, MIN(count, PAGES - first));
		if (step % 16 == 0)
			compare(as);
		if (step % 100 == 99) {
			/* Go on as one's own child, parent gone or not. */
			struct aspace *child;

			ktest_check(aspace_clone(as, &child) == 0);
			compare(child);
			compare(as);
			aspace_put(as);
			as = child;
		}
	}
	aspace_put(as);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(fork_copies_a_page_only_when_it_is_written)
{
	struct aspace *parent;
	struct aspace *child;
	struct page *a;
	struct page *b;
	size_t before;

	stay_here();
	before = free_pages_now();
	parent = aspace_create();
	ktest_check(map_at(parent, BASE, 2, RW, ANON) == 0);
	ktest_check(write_byte(parent, BASE, 1));
	ktest_check(aspace_clone(parent, &child) == 0);
	ktest_check(child->resident_pages == 1);

	ktest_check(aspace_get_page(parent, BASE, false, &a) == FAULT_OK);
	ktest_check(aspace_get_page(child, BASE, false, &b) == FAULT_OK);
	ktest_check(a == b && page_refs(a) == 4);
	page_put(b);
	page_put(a);
	ktest_check(write_byte(child, BASE, 2)); /* a copy */
	ktest_check(read_byte(parent, BASE) == 1);
	ktest_check(aspace_get_page(child, BASE, false, &b) == FAULT_OK);
	ktest_check(a != b);
	page_put(b);
	ktest_check(write_byte(parent, BASE, 3)); /* sole user: no copy */
	ktest_check(aspace_get_page(parent, BASE, false, &b) == FAULT_OK);
	ktest_check(a == b);
	page_put(b);
	ktest_check(read_byte(child, BASE) == 2);
	/* What is touched after the fork is each one's own. */
	ktest_check(write_byte(parent, BASE + PAGE_SIZE, 9));
	ktest_check(read_byte(child, BASE + PAGE_SIZE) == 0);
	aspace_put(parent);
	ktest_check(read_byte(child, BASE) == 2);
	aspace_put(child);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(shared_anonymous_memory_stays_shared_after_fork)
{
	struct aspace *parent;
	struct aspace *child;
	size_t before;

	stay_here();
	before = free_pages_now();
	parent = aspace_create();
	ktest_check(map_at(parent, BASE, 3, RW, MAP_SHARED | MAP_ANONYMOUS) ==
	    0);
	ktest_check(write_byte(parent, BASE, 1));
	ktest_check(aspace_clone(parent, &child) == 0);
	ktest_check(write_byte(child, BASE, 2));
	ktest_check(write_byte(child, BASE + PAGE_SIZE, 3));
	ktest_check(read_byte(parent, BASE) == 2);
	ktest_check(read_byte(parent, BASE + PAGE_SIZE) == 3);
	aspace_put(parent);
	ktest_check(read_byte(child, BASE) == 2);
	aspace_put(child);
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(fault_tells_why_an_access_is_refused)
{
	struct aspace *as = aspace_create();

	ktest_check(map_at(as, BASE, 1, PROT_READ, ANON) == 0);
	ktest_check(map_at(as, BASE + PAGE_SIZE, 1, PROT_NONE, ANON) == 0);
	ktest_check(aspace_fault(as, BASE, PF_USER) == FAULT_OK);
	ktest_check(aspace_fault(as, BASE, PF_USER) == FAULT_OK);
	ktest_check(aspace_fault(as, BASE, PF_USER | PF_WRITE) ==
	    FAULT_SEGV_ACCERR);
	ktest_check(aspace_fault(as, BASE, PF_USER | PF_FETCH) ==
	    FAULT_SEGV_ACCERR);
	ktest_check(aspace_fault(as, BASE + PAGE_SIZE, PF_USER) ==
	    FAULT_SEGV_ACCERR);
	ktest_check(aspace_fault(as, BASE - 1, PF_USER) == FAULT_SEGV_MAPERR);
	ktest_check(aspace_fault(as, 0, PF_USER) == FAULT_SEGV_MAPERR);
	ktest_check(aspace_fault(as, USER_TOP, PF_USER) == FAULT_SEGV_MAPERR);
	ktest_check(aspace_fault(as, DIRECT_BASE, PF_USER) ==
	    FAULT_SEGV_MAPERR);
	aspace_put(as);
}

KTEST(stack_grows_to_its_limit_and_keeps_a_gap)
{
	struct aspace *as = aspace_create();
	vaddr_t top = BASE + (64ULL << 20);
	vaddr_t low;

	ktest_check(map_at(as, top - PAGE_SIZE, 1, RW, ANON | MAP_GROWSDOWN) ==
	    0);
	as->stack_limit = 8 << 20;
	ktest_check(write_byte(as, top - (1 << 20), 1));
	ktest_check(write_byte(as, top - (8 << 20), 1));
	ktest_check(!write_byte(as, top - (8 << 20) - 1, 1));
	ktest_check(as->area_count == 1);
	ktest_check(as->resident_pages == 2);

	/* Something mapped below keeps its distance. */
	as->stack_limit = 64 << 20;
	low = top - (12 << 20);
	ktest_check(map_at(as, low, 1, RW, ANON) == 0);
	ktest_check(!write_byte(as, low + PAGE_SIZE + STACK_GUARD_GAP - 1, 1));
	ktest_check(write_byte(as, low + PAGE_SIZE + STACK_GUARD_GAP, 1));
	aspace_put(as);
}

KTEST(brk_moves_the_end_of_the_heap)
{
	struct aspace *as = aspace_create();
	vaddr_t start = BASE + 0x123;

	aspace_brk_init(as, start);
	ktest_check(aspace_brk(as, 0) == start);
	ktest_check(aspace_brk(as, start - 1) == start);
	ktest_check(aspace_brk(as, start + 10000) == start + 10000);
	ktest_check(write_byte(as, start + 9999, 7));
	ktest_check(aspace_brk(as, start + 20000) == start + 20000);
	ktest_check(as->area_count == 1);
	ktest_check(read_byte(as, start + 9999) == 7);
	ktest_check(aspace_brk(as, start) == start);
	ktest_check(aspace_brk(as, start + 10000) == start + 10000);
	ktest_check(read_byte(as, start + 9999) == 0); /* new memory */
	/* It does not run into a mapping. */
	ktest_check(map_at(as, BASE + (1 << 20), 1, RW, ANON) == 0);
	ktest_check(aspace_brk(as, BASE + (1 << 20)) == start + 10000);
	ktest_check(aspace_brk(as, BASE + (1 << 20) - 2 * PAGE_SIZE) ==
	    BASE + (1 << 20) - 2 * PAGE_SIZE);
	as->map_limit = 2 << 20;
	ktest_check(aspace_brk(as, BASE) == BASE + (1 << 20) - 2 * PAGE_SIZE);
	aspace_put(as);
}

KTEST(mmap_chooses_free_addresses_and_obeys_its_flags)
{
	struct aspace *as = aspace_create();
	struct map_request rq = {
		.bytes = 3 * PAGE_SIZE, .prot = RW, .flags = ANON};
	vaddr_t a;
	vaddr_t b;

	ktest_check(aspace_map(as, &rq, &a) == 0 && a + rq.bytes == MMAP_TOP);
	ktest_check(aspace_map(as, &rq, &b) == 0 && b == a - rq.bytes);
	ktest_check(as->area_count == 1); /* joined */
	ktest_check(aspace_unmap(as, a, rq.bytes) == 0);
	ktest_check(aspace_map(as, &rq, &a) == 0 && a + rq.bytes == MMAP_TOP);
	rq.hint = BASE + 1;
	ktest_check(aspace_map(as, &rq, &b) == 0 && b == BASE + PAGE_SIZE);
	ktest_check(aspace_map(as, &rq, &b) == 0 && b != BASE + PAGE_SIZE);

	rq.hint = BASE + PAGE_SIZE;
	rq.flags = ANON | MAP_FIXED_NOREPLACE;
	ktest_check(aspace_map(as, &rq, &b) == -EEXIST);
	rq.hint = BASE + 4 * PAGE_SIZE;
	ktest_check(aspace_map(as, &rq, &b) == 0 && b == rq.hint);

	rq.flags = ANON | MAP_FIXED;
	rq.hint = 0;
	ktest_check(aspace_map(as, &rq, &b) == -EPERM);
	rq.hint = BASE + 1;
	ktest_check(aspace_map(as, &rq, &b) == -EINVAL);
	rq.hint = USER_TOP - PAGE_SIZE;
	ktest_check(aspace_map(as, &rq, &b) == -ENOMEM);
	rq.hint = 0;
	rq.flags = ANON;
	rq.bytes = 0;
	ktest_check(aspace_map(as, &rq, &b) == -EINVAL);
	rq.bytes = 1ULL << 46;
	ktest_check(aspace_map(as, &rq, &b) == -ENOMEM);
	rq.prot = PROT_NONE; /* only addresses: that is possible */
	ktest_check(aspace_map(as, &rq, &b) == 0);
	ktest_check(aspace_unmap(as, b, rq.bytes) == 0);
	rq.bytes = 1ULL << 47;
	ktest_check(aspace_map(as, &rq, &b) == -ENOMEM);
	rq.bytes = PAGE_SIZE;
	as->map_limit = as->mapped_pages * PAGE_SIZE;
	ktest_check(aspace_map(as, &rq, &b) == -ENOMEM);
	ktest_check(aspace_unmap(as, 1, PAGE_SIZE) == -EINVAL);
	ktest_check(aspace_unmap(as, BASE, 0) == -EINVAL);
	ktest_check(aspace_unmap(as, USER_TOP, PAGE_SIZE) == -EINVAL);
	aspace_put(as);
}

KTEST(mremap_grows_shrinks_and_moves)
{
	struct aspace *as = aspace_create();
	struct remap_request rq = {BASE, 4 * PAGE_SIZE, 8 * PAGE_SIZE, 0, 0};
	struct page *before;
	struct page *after;
	vaddr_t va;

	ktest_check(map_at(as, BASE, 4, RW, ANON) == 0);
	ktest_check(write_byte(as, BASE + PAGE_SIZE, 42));
	ktest_check(aspace_remap(as, &rq, &va) == 0 && va == BASE);
	ktest_check(as->mapped_pages == 8 && as->area_count == 1);
	rq = (struct remap_request){BASE, 8 * PAGE_SIZE, 2 * PAGE_SIZE, 0, 0};
	ktest_check(aspace_remap(as, &rq, &va) == 0 && as->mapped_pages == 2);

	/* In the way: only a move helps, and it takes the page along. */
	ktest_check(map_at(as, BASE + 2 * PAGE_SIZE, 1, PROT_READ, ANON) == 0);
	ktest_check(aspace_get_page(as, BASE + PAGE_SIZE, false, &before) == 0);
	rq = (struct remap_request){BASE, 2 * PAGE_SIZE, 3 * PAGE_SIZE, 0, 0};
	ktest_check(aspace_remap(as, &rq, &va) == -ENOMEM);
	rq.flags = MREMAP_MAYMOVE;
	ktest_check(aspace_remap(as, &rq, &va) == 0 && va != BASE);
	ktest_check(read_byte(as, va + PAGE_SIZE) == 42);
	ktest_check(read_byte(as, BASE) == -1);
	ktest_check(aspace_get_page(as, va + PAGE_SIZE, false, &after) == 0);
	ktest_check(before == after);
	page_put(before);
	page_put(after);

	rq = (struct remap_request){va, 3 * PAGE_SIZE, 3 * PAGE_SIZE,
	    MREMAP_MAYMOVE | MREMAP_FIXED, BASE + PAGE_SIZE};
	ktest_check(aspace_remap(as, &rq, &va) == 0 && va == BASE + PAGE_SIZE);
	ktest_check(read_byte(as, BASE + 2 * PAGE_SIZE) == 42);
	ktest_check(as->mapped_pages == 3);

	rq = (struct remap_request){BASE, PAGE_SIZE, PAGE_SIZE, 0, 0};
	ktest_check(aspace_remap(as, &rq, &va) == -EFAULT);
	rq = (struct remap_request){BASE + 1, PAGE_SIZE, PAGE_SIZE, 0, 0};
	ktest_check(aspace_remap(as, &rq, &va) == -EINVAL);
	rq = (struct remap_request){BASE + PAGE_SIZE, PAGE_SIZE, 0, 0, 0};
	ktest_check(aspace_remap(as, &rq, &va) == -EINVAL);
	rq = (struct remap_request){BASE + PAGE_SIZE, PAGE_SIZE, PAGE_SIZE,
	    MREMAP_FIXED, BASE + 8 * PAGE_SIZE};
	ktest_check(aspace_remap(as, &rq, &va) == -EINVAL);
	aspace_put(as);
}

/* Everything that needs memory, on as and a child.  Stops at the first failure,
 * which must be -ENOMEM. */
static int
use_memory(struct aspace *as)
{
	struct remap_request rq = {BASE, 4 * PAGE_SIZE, 6 * PAGE_SIZE,
	    MREMAP_MAYMOVE, 0};
	struct aspace *child;
	struct page *page;
	vaddr_t va;
	int err = map_at(as, BASE, 4, RW, ANON);

	if (err != 0)
		return err;
	for (unsigned i = 0; i < 4; i++) {
		enum fault_result result = aspace_get_page(as,
		    BASE + i * PAGE_SIZE, true, &page);

		if (result != FAULT_OK) {
			ktest_check(result == FAULT_OOM);
			return -ENOMEM;
		}
		page_put(page);
	}
	err = map_at(as, BASE + 4 * PAGE_SIZE, 2, RW,
	    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE);
	if (err == 0)
		err = aspace_protect(as, BASE + PAGE_SIZE, PAGE_SIZE, 0);
	if (err == 0)
		err = aspace_protect(as, BASE, 4 * PAGE_SIZE, RW);
	if (err == 0)
		err = aspace_remap(as, &rq, &va);
	if (err == 0)
		err = aspace_unmap(as, va + PAGE_SIZE, PAGE_SIZE);
	if (err == 0)
		err = aspace_clone(as, &child);
	if (err != 0)
		return err;
	err = aspace_get_page(child, va, true, &page) == FAULT_OK ? 0 : -ENOMEM;
	if (err == 0)
		page_put(page);
	aspace_put(child);
	return err;
}

KTEST(aspace_survives_the_failure_of_any_allocation)
{
	size_t before;
	unsigned n;
	int err = -ENOMEM;

	stay_here();
	before = free_pages_now();
	for (n = 1; err != 0 && n < 1000; n++) {
		struct aspace *as;

		alloc_fail_nth(n);
		as = aspace_create();
		err = as == NULL ? -ENOMEM : use_memory(as);
		/* MAP_POPULATE may fail and say nothing. */
		if (alloc_fail_nth(0) == 0 && err == 0)
			err = -ENOMEM;
		ktest_check(err == 0 || err == -ENOMEM);
		if (as != NULL)
			aspace_put(as);
		ktest_check(free_pages_now() == before);
	}
	ktest_check(err == 0 && n > 20);
	go_anywhere();
}

static unsigned told; /* pages that the notifier was told of */

static void
count_pages(struct aspace_notifier *notifier, vaddr_t start, vaddr_t end)
{
	(void)notifier;
	told += (end - start) / PAGE_SIZE;
}

KTEST(notifier_hears_of_pages_that_go_or_become_read_only)
{
	struct aspace_notifier notifier = {.invalidate = count_pages};
	struct aspace *as = aspace_create();
	struct aspace *child;

	list_init(&notifier.link);
	aspace_notify(as, &notifier);
	ktest_check(map_at(as, BASE, 4, RW, ANON) == 0);
	told = 0;
	ktest_check(write_byte(as, BASE, 1) && told == 0);
	ktest_check(aspace_clone(as, &child) == 0 && told > 0);
	told = 0;
	ktest_check(write_byte(as, BASE, 1) && told == 1); /* another page */
	told = 0;
	ktest_check(aspace_protect(as, BASE, PAGE_SIZE, PROT_READ) == 0);
	ktest_check(told > 0);
	told = 0;
	ktest_check(aspace_unmap(as, BASE, PAGE_SIZE) == 0 && told > 0);
	aspace_notify_end(as, &notifier);
	aspace_put(child);
	aspace_put(as);
}
