/* test_page.c - the page allocator.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */

#include "lib/string.h"
#include "mm_test.h"

#define HELD 400

/* Take blocks of one order until there is none.  They are chained through their
 * page structs: memory that is not touched costs the host nothing. */
static size_t
take_all(unsigned order, unsigned flags, struct list *taken)
{
	struct page *page;
	size_t count = 0;

	while ((page = page_alloc(order, flags)) != NULL) {
		list_add(taken, &page->link);
		count++;
	}
	return count;
}

/* Take memory away until only some MiB are left: enough to play with. */
static void
take_most(struct list *taken)
{
	struct page *page;

	while (page_free_count() > 16 << MAX_ORDER &&
	    (page = page_alloc(MAX_ORDER, 0)) != NULL)
		list_add(taken, &page->link);
}

static void
put_all(struct list *taken)
{
	list_for_each_safe(page, taken, struct page, link) {
		list_remove(&page->link);
		page_put(page);
	}
}

KTEST(page_alloc_of_every_order_is_aligned_and_comes_back)
{
	size_t before;

	stay_here();
	before = free_pages_now();
	for (unsigned order = 0; order <= MAX_ORDER; order++) {
		struct page *page = page_alloc(order, PAGE_ZERO);
		uint64_t *words;
		uint64_t sum = 0;

		ktest_check(page != NULL);
		if (page == NULL)
			continue;
		ktest_check(IS_ALIGNED(page_to_pa(page), PAGE_SIZE << order));
		ktest_check(page_free_count() == before - (1ULL << order));
		words = page_va(page);
		for (size_t i = 0; i < (PAGE_SIZE << order) / 8; i++)
			sum |= words[i];
		ktest_check(sum == 0);
		memset(words, 0xff, PAGE_SIZE << order);
		page_put(page);
	}
	ktest_check(page_free_count() == before);
	go_anywhere();
}

KTEST(page_alloc_returns_null_when_memory_is_used_up)
{
	size_t before;
	size_t count;
	struct list some = LIST_INIT(some);
	struct list most = LIST_INIT(most);

	stay_here();
	take_most(&most);
	before = free_pages_now();
	count = take_all(0, PAGE_USER, &some);
	/* Users leave a reserve, which the kernel can have. */
	ktest_check(page_free_count() >= page_total_count() / 200);
	ktest_check(page_free_count() < page_total_count() / 50);
	ktest_check(page_free_count() == before - count);
	put_all(&some);
	count = take_all(0, 0, &some);
	ktest_check(page_free_count() == before - count);
	/* Only what other CPUs have at hand is out of reach. */
	ktest_check(page_free_count() <= 64 * (cpu_count() - 1));
	ktest_check(kmalloc(2 * PAGE_SIZE) == NULL);
	ktest_check(kstack_alloc() == NULL || kstack_pool_page_count() > 0);
	put_all(&some);
	ktest_check(free_pages_now() == before);
	put_all(&most);
	go_anywhere();
}

KTEST(page_free_joins_buddies_again)
{
	size_t blocks;
	struct list some = LIST_INIT(some);
	struct list most = LIST_INIT(most);

	stay_here();
	take_most(&most);
	blocks = take_all(MAX_ORDER, 0, &some);
	ktest_check(blocks > 0);
	put_all(&some);
	take_all(0, 0, &some); /* all in single pages ... */
	put_all(&some);
	/* ... and whole again */
	ktest_check(take_all(MAX_ORDER, 0, &some) == blocks);
	put_all(&some);
	put_all(&most);
	go_anywhere();
}

KTEST(page_alloc_never_gives_a_page_twice)
{
	static struct page *held[HELD];
	static uint8_t order_of[HELD];
	uint32_t random = 1;
	size_t before;

	stay_here();
	before = free_pages_now();
	for (unsigned step = 0; step < 8000; step++) {
		unsigned i = test_random(&random) % HELD;

		if (held[i] != NULL) {
			/* Nobody else has written into it meanwhile. */
			uint64_t *words = page_va(held[i]);
			size_t last = (PAGE_SIZE << order_of[i]) / 8 - 1;

			ktest_check(words[0] == i && words[last] == ~i);
			page_put(held[i]);
			held[i] = NULL;
			continue;
		}
		order_of[i] = test_random(&random) % 64 == 0
		    ? test_random(&random) % 5 : 0;
		held[i] = page_alloc(order_of[i], 0);
		if (held[i] != NULL) {
			uint64_t *words = page_va(held[i]);

			words[0] = i;
			words[(PAGE_SIZE << order_of[i]) / 8 - 1] = ~i;
		}
	}
	for (unsigned i = 0; i < HELD; i++) {
		if (held[i] != NULL)
			page_put(held[i]);
		held[i] = NULL;
	}
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(page_lives_as_long_as_its_last_reference)
{
	struct page *page = page_alloc(0, 0);
	size_t before;

	stay_here();
	before = page_free_count();
	ktest_check(page != NULL && page_refs(page) == 1);
	page_get(page);
	page_put(page);
	ktest_check(page_refs(page) == 1 && page_free_count() == before);
	page_put(page);
	ktest_check(page_free_count() == before + 1);
	go_anywhere();
}

KTEST(alloc_fail_nth_fails_that_allocation_and_no_other)
{
	void *a;
	void *b;
	void *c;

	kfree(kmalloc(100)); /* so that there are free objects */
	alloc_fail_nth(2);
	a = kmalloc(100);
	b = kmalloc(100);
	c = kmalloc(100);
	ktest_check(a != NULL && b == NULL && c != NULL);
	ktest_check(alloc_fail_nth(0) == 0);
	alloc_fail_nth(1);
	ktest_check(page_alloc(0, 0) == NULL);
	kfree(a);
	kfree(c);
}
