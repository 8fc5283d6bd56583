/* test_slab.c - the kernel heap and kernel stacks.
 *
 * Layer: tests   Called by: debug/ktest.c
 *
 * SPDX-License-Identifier: MIT */

#include "lib/string.h"
#include "mm/meminfo.h"
#include "mm/pagetable.h"
#include "mm_test.h"

#define HELD   600
#define STACKS 150

/* Is p filled with byte? */
static bool
filled_with(const uint8_t *p, uint8_t byte, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != byte)
			return false;
	}
	return true;
}

KTEST(kmalloc_objects_do_not_overlap)
{
	static uint8_t *held[HELD];
	static size_t size_of[HELD];
	uint32_t random = 7;
	size_t before;

	stay_here();
	before = free_pages_now();
	for (unsigned step = 0; step < 6000; step++) {
		unsigned i = test_random(&random) % HELD;

		if (held[i] != NULL) {
			ktest_check(filled_with(held[i], i, size_of[i]));
			kfree(held[i]);
			held[i] = NULL;
			continue;
		}
		size_of[i] = test_random(&random) % 16 == 0
		    ? 1 + test_random(&random) % 9000
		    : 1 + test_random(&random) % 300;
		held[i] = kmalloc(size_of[i]);
		if (held[i] != NULL)
			memset(held[i], i, size_of[i]);
	}
	for (unsigned i = 0; i < HELD; i++) {
		if (held[i] != NULL) {
			ktest_check(filled_with(held[i], i, size_of[i]));
			kfree(held[i]);
		}
		held[i] = NULL;
	}
	ktest_check(free_pages_now() == before);
	go_anywhere();
}

KTEST(kmalloc_aligns_powers_of_two)
{
	for (size_t size = 1; size <= 1 << 20; size *= 2) {
		void *p = kmalloc(size);
		size_t align = size < 16 ? 8 : size < 64 ? 16 : 64;

		ktest_check(p != NULL && IS_ALIGNED((uint64_t)p, align));
		kfree(p);
	}
	ktest_check(kmalloc((PAGE_SIZE << MAX_ORDER) + 1) == NULL);
	kfree(NULL);
}

KTEST(kzalloc_gives_zeroes)
{
	for (size_t size = 8; size <= 8192; size *= 4) {
		uint8_t *p = kmalloc(size);

		ktest_check(p != NULL);
		memset(p, 0xa5, size);
		kfree(p);
		p = kzalloc(size);
		ktest_check(p != NULL && filled_with(p, 0, size));
		kfree(p);
	}
}

KTEST(slab_cache_gives_back_empty_slabs)
{
	static struct slab_cache cache;
	static bool ready;
	static void *objects[1000];
	size_t before;

	stay_here();
	if (!ready)
		slab_cache_init(&cache, "test", 200, 8);
	ready = true;
	before = free_pages_now();
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
		objects[i] = slab_alloc(&cache);
	ktest_check(page_free_count() < before - 200 * 1000 / PAGE_SIZE);
	for (unsigned i = 0; i < ARRAY_SIZE(objects); i++)
		slab_free(&cache, objects[i]);
	/* Most go back at once: a few wait for the next to come. */
	ktest_check(page_free_count() >= before - 10);
	ktest_check(free_pages_now() == before && cache.slabs == 0);
	go_anywhere();
}

KTEST(kstack_has_a_guard_page_and_is_reused)
{
	uint8_t *stack;
	int level;

	kstack_free(kstack_alloc()); /* cuts a pool that is too long */
	stack = kstack_alloc();
	ktest_check(stack != NULL);
	memset(stack, 0x11, KSTACK_BYTES);
	ktest_check(kstack_is_guard((vaddr_t)stack - 1));
	ktest_check(!kstack_is_guard((vaddr_t)stack));
	ktest_check(pagetable_lookup(&kernel_pagetable,
	    (vaddr_t)stack - PAGE_SIZE, &level) == 0);
	ktest_check((pagetable_lookup(&kernel_pagetable, (vaddr_t)stack,
	    &level) & PTE_NX) != 0);
	kstack_free(stack);
	ktest_check(kstack_alloc() == stack);
	kstack_free(stack);
}

KTEST(kstack_pool_gives_its_pages_back)
{
	static void *stacks[STACKS];
	struct meminfo info;
	size_t most;

	for (unsigned i = 0; i < STACKS; i++) {
		stacks[i] = kstack_alloc();
		ktest_check(stacks[i] != NULL);
	}
	most = kstack_page_count();
	for (unsigned i = 0; i < STACKS; i++)
		kstack_free(stacks[i]);
	ktest_check(kstack_pool_page_count() >= STACKS * 4);
	/* The next to ask finds the pool too long, and cuts it. */
	kstack_free(kstack_alloc());
	ktest_check(kstack_pool_page_count() <= 64 * 4);
	ktest_check(kstack_page_count() < most);
	meminfo_get(&info);
	ktest_check(info.stack_pages == kstack_page_count());
	/* Addresses without pages get new ones. */
	for (unsigned i = 0; i < STACKS; i++) {
		stacks[i] = kstack_alloc();
		memset(stacks[i], i, KSTACK_BYTES);
	}
	for (unsigned i = 0; i < STACKS; i++) {
		ktest_check(*(uint8_t *)stacks[i] == (uint8_t)i);
		kstack_free(stacks[i]);
	}
}

KTEST(kstack_alloc_leaves_nothing_behind_without_memory)
{
	static void *stacks[STACKS];
	unsigned count = 0;
	size_t before;
	void *p;

	stay_here();
	/* Empty the pool, so that the next one needs pages. */
	while (kstack_pool_page_count() > 0 && count < STACKS)
		stacks[count++] = kstack_alloc();
	before = free_pages_now();
	for (unsigned n = 1; n < 20; n++) {
		alloc_fail_nth(n);
		p = kstack_alloc();
		if (alloc_fail_nth(0) != 0)
			break;
		ktest_check(p == NULL);
		/* A place for the next stack may have been noted. */
		ktest_check(free_pages_now() + 2 >= before);
	}
	ktest_check(p != NULL);
	kstack_free(p);
	while (count > 0)
		kstack_free(stacks[--count]);
	go_anywhere();
}
