/* rbtree.h - a red-black tree whose nodes are inside the objects.
 *
 * Layer: lib   Called by: mm/aspace (areas)
 *
 * The tree knows no keys: the caller walks down from the root to the place of
 * the new node and links it there; rb_insert() then rebalances.
 *
 *	struct rb_node **link = &tree->root, *parent = NULL;
 *	while (*link != NULL) {
 *		parent = *link;
 *		link = key < key_of(parent) ? &parent->left : &parent->right;
 *	}
 *	rb_insert(tree, &object->node, parent, link);
 *
 * Invariants:
 * (1) A red node has no red child.
 * (2) Every path from a node down to a missing child passes the same number
 *     of black nodes.  So no path is more than twice as long as another.
 *
 * No locks: the owner of the tree protects it.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"

struct rb_node {
	struct rb_node *parent;
	struct rb_node *left;
	struct rb_node *right;
	bool red;
};

struct rb_tree {
	struct rb_node *root;
};

#define rb_entry(node, type, member) container_of(node, type, member)

/* Put node at *link, an empty child of parent (or the tree's root). */
void rb_insert(struct rb_tree *tree, struct rb_node *node,
    struct rb_node *parent, struct rb_node **link);

/* Take node out.  node: in the tree. */
void rb_remove(struct rb_tree *tree, struct rb_node *node);

/* The leftmost and rightmost node; the neighbours in order.  NULL: none. */
struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

/* For tests: are (1), (2) and all parent links in order? */
bool rb_valid(const struct rb_tree *tree);
