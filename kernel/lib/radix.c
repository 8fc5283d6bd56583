/* radix.c - a sparse array of pointers: a tree of 64-entry nodes.
 *
 * Layer: lib   Called by: mm/pagecache
 *
 * A node at level n (1: its slots are items) uses bits [6(n-1), 6n) of the
 * index.  The bit map of used slots finds the next item without a loop.
 * SPDX-License-Identifier: MIT */

#include "lib/radix.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/bits.h"

#define RADIX_MAX_HEIGHT 11 /* 11 * 6 >= 64 bits of index */

void
radix_init(struct radix *rx, struct radix_node *(*node_alloc)(void),
    void (*node_free)(struct radix_node *node))
{
	*rx = (struct radix){.node_alloc = node_alloc, .node_free = node_free};
}

/* Which slot of a node at level leads to index? */
static unsigned
slot_of(uint64_t index, unsigned level)
{
	return index >> (RADIX_BITS * (level - 1)) & (RADIX_SLOTS - 1);
}

static void
set_height(struct radix *rx, unsigned height)
{
	rx->height = height;
	rx->limit = height >= RADIX_MAX_HEIGHT ? UINT64_MAX
	    : (1ULL << (RADIX_BITS * height)) - 1;
}

void *
radix_get(const struct radix *rx, uint64_t index)
{
	void *entry = rx->root;

	if (index > rx->limit)
		return NULL;
	for (unsigned level = rx->height; level > 0 && entry != NULL; level--)
		entry = ((const struct radix_node *)entry)
			    ->slot[slot_of(index, level)];
	return entry;
}

/* Free the chain of nodes without an item that insertion left behind when the
 * memory ended, and levels at the top that only lead to slot 0. */
static void
shrink_top(struct radix *rx)
{
	while (rx->height > 0) {
		struct radix_node *node = rx->root;

		if ((node->used & ~1ULL) != 0)
			return;
		rx->root = node->slot[0];
		set_height(rx, rx->height - 1);
		rx->root_marked = (node->marked & 1) != 0;
		rx->node_free(node);
	}
}

/* Is an item of the tree marked?  There is one. */
static bool
has_marks(const struct radix *rx)
{
	const struct radix_node *node = rx->root;

	return rx->height == 0 ? rx->root_marked : node->marked != 0;
}

/* Make the tree high enough for index.  Returns 0 or -ENOMEM. */
static int
grow_top(struct radix *rx, uint64_t index)
{
	while (index > rx->limit) {
		struct radix_node *node;

		if (rx->root == NULL) {
			/* An empty tree has no nodes. */
			set_height(rx, rx->height + 1);
			continue;
		}
		node = rx->node_alloc();
		if (node == NULL)
			return -ENOMEM;
		node->slot[0] = rx->root;
		node->used = 1;
		node->marked = has_marks(rx) ? 1 : 0;
		rx->root = node;
		set_height(rx, rx->height + 1);
	}
	return 0;
}

/* Free nodes on the path to index that have no slot in use. */
static void
free_empty_path(struct radix *rx, uint64_t index)
{
	struct radix_node *path[RADIX_MAX_HEIGHT + 1];
	void *entry = rx->root;
	unsigned level;

	for (level = rx->height; level > 0 && entry != NULL; level--) {
		path[level] = entry;
		entry = path[level]->slot[slot_of(index, level)];
	}
	for (level++; level <= rx->height && path[level]->used == 0; level++) {
		rx->node_free(path[level]);
		if (level == rx->height) {
			rx->root = NULL;
			break;
		}
		path[level + 1]->slot[slot_of(index, level + 1)] = NULL;
		path[level + 1]->used &= ~BIT(slot_of(index, level + 1));
	}
	if (rx->root == NULL)
		set_height(rx, 0);
	else
		shrink_top(rx);
}

int
radix_insert(struct radix *rx, uint64_t index, void *item)
{
	void **link = &rx->root;
	struct radix_node *node = NULL;
	int err = grow_top(rx, index);

	kassert(item != NULL);
	for (unsigned level = rx->height; err == 0 && level > 0; level--) {
		if (*link == NULL) {
			*link = rx->node_alloc();
			if (*link == NULL) {
				err = -ENOMEM;
				break;
			}
			if (node != NULL)
				node->used |= BIT(slot_of(index, level + 1));
		}
		node = *link;
		link = &node->slot[slot_of(index, level)];
	}
	if (err == 0 && *link != NULL)
		return -EEXIST;
	if (err != 0) {
		free_empty_path(rx, index);
		return err;
	}
	*link = item;
	if (node != NULL)
		node->used |= BIT(slot_of(index, 1));
	return 0;
}

void
radix_mark(struct radix *rx, uint64_t index, bool marked)
{
	struct radix_node *path[RADIX_MAX_HEIGHT + 1];
	void *entry = rx->root;

	kassert(radix_get(rx, index) != NULL);
	if (rx->height == 0) {
		rx->root_marked = marked;
		return;
	}
	for (unsigned level = rx->height; level > 0; level--) {
		path[level] = entry;
		entry = path[level]->slot[slot_of(index, level)];
	}
	for (unsigned level = 1; level <= rx->height; level++) {
		uint64_t bit = BIT(slot_of(index, level));

		if (marked)
			path[level]->marked |= bit;
		else
			path[level]->marked &= ~bit;
		if (!marked && path[level]->marked != 0)
			break; /* others keep the mark alive further up */
	}
}

void *
radix_remove(struct radix *rx, uint64_t index)
{
	void *item = radix_get(rx, index);
	struct radix_node *node = rx->root;

	if (item == NULL)
		return NULL;
	radix_mark(rx, index, false);
	if (rx->height == 0) {
		rx->root = NULL;
		return item;
	}
	for (unsigned level = rx->height; level > 1; level--)
		node = node->slot[slot_of(index, level)];
	node->slot[slot_of(index, 1)] = NULL;
	node->used &= ~BIT(slot_of(index, 1));
	if (node->used == 0)
		free_empty_path(rx, index);
	else
		shrink_top(rx);
	return item;
}

/* The first item (marked: marked item) at *index or above.  From the root down:
 * at each level the bit map gives the next slot; where a subtree has none left,
 * the search goes on from the start of the following one. */
static void *
find_next(const struct radix *rx, uint64_t *index, bool marked)
{
	uint64_t at = *index;

	if (rx->root == NULL)
		return NULL;
	if (rx->height == 0) {
		if (at > 0 || (marked && !rx->root_marked))
			return NULL;
		return rx->root;
	}
	while (at <= rx->limit) {
		struct radix_node *node = rx->root;
		unsigned level = rx->height;

		for (;;) {
			unsigned slot = slot_of(at, level);
			uint64_t bits = (marked ? node->marked : node->used) &
			    ~(BIT(slot) - 1);
			unsigned shift = RADIX_BITS * (level - 1);
			unsigned found;

			if (bits == 0)
				break;
			found = __builtin_ctzll(bits);
			if (found != slot) /* its first index */
				at = ((at >> shift & ~63ULL) | found) << shift;
			if (level == 1) {
				*index = at;
				return node->slot[found];
			}
			node = node->slot[found];
			level--;
		}
		/* Nothing in the rest of this node: to the next one. */
		if (level == rx->height)
			return NULL;
		at = ((at >> (RADIX_BITS * level)) + 1) << (RADIX_BITS * level);
	}
	return NULL;
}

void *
radix_next(const struct radix *rx, uint64_t *index)
{
	return find_next(rx, index, false);
}

void *
radix_next_marked(const struct radix *rx, uint64_t *index)
{
	return find_next(rx, index, true);
}
