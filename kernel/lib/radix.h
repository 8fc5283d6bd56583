/* radix.h - a sparse array of pointers: a tree of 64-entry nodes.
 *
 * Layer: lib   Called by: mm/pagecache
 *
 * It is as high as its largest index needs: an array that holds only index 0
 * has no node at all, up to index 63 it has one.
 *
 *	root -> [0..63] -> [0..63] -> item        height 2: indices 0..4095
 *
 * Each item may carry a mark.  A node has a bit for every slot with a marked
 * item below it, so that the marked items are found without looking at others.
 *
 * No locks: the owner protects it.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define RADIX_BITS  6
#define RADIX_SLOTS (1 << RADIX_BITS)

struct radix_node {
	void *slot[RADIX_SLOTS];
	uint64_t used;   /* bit n: slot[n] is not NULL */
	uint64_t marked; /* bit n: a marked item is in or below slot[n] */
};

struct radix {
	void *root;        /* height 0: the item of index 0 */
	unsigned height;
	uint64_t limit;    /* the largest index that this height can hold */
	bool root_marked;  /* height 0: the item is marked */
	/* Where nodes come from: zeroed ones; alloc may return NULL. */
	struct radix_node *(*node_alloc)(void);
	void (*node_free)(struct radix_node *node);
};

void radix_init(struct radix *rx, struct radix_node *(*node_alloc)(void),
    void (*node_free)(struct radix_node *node));

/* The item at index, or NULL. */
void *radix_get(const struct radix *rx, uint64_t index);

/* Store an item where none is.  item: not NULL.
 * Returns 0; -EEXIST: there is one; -ENOMEM.  Nothing changes on error. */
int radix_insert(struct radix *rx, uint64_t index, void *item);

/* Take the item out and return it, or NULL.  Frees empty nodes. */
void *radix_remove(struct radix *rx, uint64_t index);

/* The first item at index *index or above, whose index comes back in *index;
 * NULL: there is none.  radix_next_marked: only marked items. */
void *radix_next(const struct radix *rx, uint64_t *index);
void *radix_next_marked(const struct radix *rx, uint64_t *index);

/* Mark or unmark the item at index, which must be there. */
void radix_mark(struct radix *rx, uint64_t index, bool marked);

static inline bool
radix_empty(const struct radix *rx)
{
	return rx->root == NULL;
}
