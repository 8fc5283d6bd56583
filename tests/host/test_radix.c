/* test_radix.c - random use of the sparse array against a plain list, with and
 * without memory.
 *
 * Sources: kernel/lib/radix.c
 * SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "lib/radix.h"

#define ITEMS 400
#define STEPS 40000

static struct {
	uint64_t index;
	bool in;
	bool marked;
} model[ITEMS]; /* by rising index */

static struct radix rx;
static long nodes;
static long fail_in; /* allocations until one fails; < 0: never */

#define CHECK(expr)                                                      \
	do {                                                             \
		if (!(expr)) {                                           \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			exit(1);                                         \
		}                                                        \
	} while (0)

static struct radix_node *
node_alloc(void)
{
	if (fail_in >= 0 && fail_in-- == 0)
		return NULL;
	nodes++;
	return calloc(1, sizeof(struct radix_node));
}

static void
node_free(struct radix_node *node)
{
	nodes--;
	free(node);
}

/* Some indices close together, some far apart, up to the largest. */
static void
choose_indices(void)
{
	uint64_t index = 0;

	for (int i = 0; i < ITEMS; i++) {
		model[i].index = index;
		index += 1 + (uint64_t)rand() % 3;
		if (i % 50 == 49)
			index += 1ULL << (i / 8);
	}
	model[ITEMS - 1].index = UINT64_MAX;
}

/* Every index gives its item, and iteration gives exactly those in order. */
static void
compare(void)
{
	uint64_t at = 0;
	uint64_t at_marked = 0;

	for (int i = 0; i < ITEMS; i++) {
		void *item = model[i].in ? &model[i] : NULL;

		CHECK(radix_get(&rx, model[i].index) == item);
		if (item == NULL)
			continue;
		CHECK(radix_next(&rx, &at) == item && at == model[i].index);
		at++;
		if (!model[i].marked)
			continue;
		CHECK(radix_next_marked(&rx, &at_marked) == item);
		CHECK(at_marked == model[i].index);
		at_marked++;
	}
	if (!model[ITEMS - 1].in)
		CHECK(radix_next(&rx, &at) == NULL);
	if (!model[ITEMS - 1].marked)
		CHECK(radix_next_marked(&rx, &at_marked) == NULL);
}

static void
step(bool grow)
{
	int i = rand() % ITEMS;
	long before = nodes;

	if (grow && !model[i].in) {
		int err;

		fail_in = rand() % 8 == 0 ? rand() % 4 : -1;
		err = radix_insert(&rx, model[i].index, &model[i]);
		CHECK(err == 0 || err == -ENOMEM);
		if (err != 0)
			CHECK(fail_in == -1 && nodes <= before);
		model[i].in = err == 0;
		fail_in = -1;
	} else if (grow) {
		CHECK(radix_insert(&rx, model[i].index, &rx) == -EEXIST);
	} else {
		void *item = radix_remove(&rx, model[i].index);

		CHECK(item == (model[i].in ? &model[i] : NULL));
		model[i].in = false;
		model[i].marked = false;
	}
	if (model[i].in && rand() % 2 == 0) {
		model[i].marked = !model[i].marked;
		radix_mark(&rx, model[i].index, model[i].marked);
	}
}

/* A tree that grows by a level keeps its marks, and gets none from before. */
static void
grow_with_marks(void)
{
	for (uint64_t far = 64; far != 0; far <<= 6) {
		uint64_t at = 0;

		CHECK(radix_insert(&rx, 1, &model[1]) == 0);
		CHECK(radix_insert(&rx, 2, &model[2]) == 0);
		radix_mark(&rx, 2, true);
		CHECK(radix_insert(&rx, far, &rx) == 0);
		CHECK(radix_next_marked(&rx, &at) == &model[2] && at == 2);
		radix_mark(&rx, 2, false);
		radix_remove(&rx, far);
		CHECK(radix_insert(&rx, far, &rx) == 0);
		at = 0;
		CHECK(radix_next_marked(&rx, &at) == NULL);
		radix_remove(&rx, far);
		radix_remove(&rx, 2);
		radix_remove(&rx, 1);
	}
}

int
main(void)
{
	srand(1);
	fail_in = -1;
	radix_init(&rx, node_alloc, node_free);
	choose_indices();
	compare();
	for (int i = 0; i < STEPS; i++) {
		bool grow = rand() % 5 != 0;

		step(i / (STEPS / 4) % 2 == 0 ? grow : !grow);
		if (i % 37 == 0)
			compare();
	}
	for (int i = 0; i < ITEMS; i++)
		radix_remove(&rx, model[i].index);
	CHECK(radix_empty(&rx) && nodes == 0);

	/* Index 0 alone needs no node. */
	CHECK(radix_insert(&rx, 0, &rx) == 0 && nodes == 0);
	CHECK(radix_insert(&rx, 63, &rx) == 0 && nodes == 1);
	CHECK(radix_remove(&rx, 63) == &rx && nodes == 0);
	CHECK(radix_remove(&rx, 0) == &rx && radix_empty(&rx));
	grow_with_marks();
	CHECK(radix_empty(&rx) && nodes == 0);
	return 0;
}
