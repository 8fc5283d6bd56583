/* rbtree.c - red-black trees: insertion and removal with O(log n) repairs.
 *
 * Layer: lib   Called by: mm/aspace
 *
 * Each repair looks at one side and has a mirror image.  Children are reached
 * by rb_child(node, side) so that one text serves both sides: side is 0 for
 * left and 1 for right, and 1 - side is the other one.
 * SPDX-License-Identifier: MIT */

#include "lib/rbtree.h"

#include "debug/assert.h"

static struct rb_node **
rb_child(struct rb_node *node, int side)
{
	return side == 0 ? &node->left : &node->right;
}

static bool
is_red(const struct rb_node *node)
{
	return node != NULL && node->red;
}

/* On which side of its parent is node? */
static int
side_of(const struct rb_node *node)
{
	return node == node->parent->right;
}

/* Let new take old's place below old's parent.  new may be NULL. */
static void
replace_child(struct rb_tree *tree, struct rb_node *old, struct rb_node *new)
{
	struct rb_node *parent = old->parent;

	if (parent == NULL)
		tree->root = new;
	else
		*rb_child(parent, side_of(old)) = new;
	if (new != NULL)
		new->parent = parent;
}

/* Turn the edge from top to its child on the side opposite to `side`, so that
 * top goes down on `side`; the order does not change.  For side == 0 (left):
 *
 *	  top                  up
 *	 /   \                /  \
 *	a     up     -->    top   c
 *	     /  \          /   \
 *	    b    c        a     b
 */
static void
rotate(struct rb_tree *tree, struct rb_node *top, int side)
{
	struct rb_node *up = *rb_child(top, 1 - side);
	struct rb_node *inner = *rb_child(up, side);

	replace_child(tree, top, up);
	*rb_child(up, side) = top;
	top->parent = up;
	*rb_child(top, 1 - side) = inner;
	if (inner != NULL)
		inner->parent = top;
}

void
rb_insert(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent,
    struct rb_node **link)
{
	kassert(*link == NULL);
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	node->red = true;
	*link = node;

	/* node is red and its parent may be: (1) is broken here or nowhere. */
	while (is_red(node->parent)) {
		struct rb_node *top = node->parent->parent;
		int side = side_of(node->parent);
		struct rb_node *uncle = *rb_child(top, 1 - side);

		if (is_red(uncle)) {
			/* Push the black of top down; top may clash now. */
			node->parent->red = false;
			uncle->red = false;
			top->red = true;
			node = top;
			continue;
		}
		if (side_of(node) != side) {
			node = node->parent;
			rotate(tree, node, side);
		}
		node->parent->red = false;
		top->red = true;
		rotate(tree, top, 1 - side);
	}
	tree->root->red = false;
}

/* The paths through parent's child on `side` have one black node too few.
 * Repair that, moving the fault upwards where it cannot be repaired here. */
static void
repair_missing_black(struct rb_tree *tree, struct rb_node *parent, int side)
{
	while (parent != NULL && !is_red(*rb_child(parent, side))) {
		struct rb_node *sibling = *rb_child(parent, 1 - side);

		if (sibling->red) {
			/* Get a black sibling, below a red parent. */
			sibling->red = false;
			parent->red = true;
			rotate(tree, parent, side);
			sibling = *rb_child(parent, 1 - side);
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			/* Take a black from the sibling's side too. */
			sibling->red = true;
			if (parent->red) {
				parent->red = false;
				return;
			}
			if (parent->parent == NULL)
				return;
			side = side_of(parent);
			parent = parent->parent;
			continue;
		}
		if (!is_red(*rb_child(sibling, 1 - side))) {
			(*rb_child(sibling, side))->red = false;
			sibling->red = true;
			rotate(tree, sibling, 1 - side);
			sibling = *rb_child(parent, 1 - side);
		}
		sibling->red = parent->red;
		parent->red = false;
		(*rb_child(sibling, 1 - side))->red = false;
		rotate(tree, parent, side);
		return;
	}
	if (parent != NULL)
		(*rb_child(parent, side))->red = false;
	else if (tree->root != NULL)
		tree->root->red = false;
}

/* Take out a node that has at most one child. */
static void
remove_simple(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *child = node->left != NULL ? node->left : node->right;
	struct rb_node *parent = node->parent;
	int side = parent != NULL ? side_of(node) : 0;

	replace_child(tree, node, child);
	if (!node->red)
		repair_missing_black(tree, parent, side);
}

void
rb_remove(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *next;

	if (node->left == NULL || node->right == NULL) {
		remove_simple(tree, node);
		return;
	}
	/* The next node in order has no left child: take that out, and let it
	 * stand in for node, with node's colour. */
	next = rb_next(node);
	remove_simple(tree, next);
	replace_child(tree, node, next);
	next->red = node->red;
	next->left = node->left;
	next->right = node->right;
	if (next->left != NULL)
		next->left->parent = next;
	if (next->right != NULL)
		next->right->parent = next;
}

/* The last node on the way down from node, always to one side. */
static struct rb_node *
outermost(struct rb_node *node, int side)
{
	while (node != NULL && *rb_child(node, side) != NULL)
		node = *rb_child(node, side);
	return node;
}

struct rb_node *
rb_first(const struct rb_tree *tree)
{
	return outermost(tree->root, 0);
}

struct rb_node *
rb_last(const struct rb_tree *tree)
{
	return outermost(tree->root, 1);
}

/* The neighbour in order, on side. */
static struct rb_node *
neighbour(const struct rb_node *from, int side)
{
	struct rb_node *node = (struct rb_node *)(uintptr_t)from;

	if (*rb_child(node, side) != NULL)
		return outermost(*rb_child(node, side), 1 - side);
	while (node->parent != NULL && side_of(node) == side)
		node = node->parent;
	return node->parent;
}

struct rb_node *
rb_next(const struct rb_node *node)
{
	return neighbour(node, 1);
}

struct rb_node *
rb_prev(const struct rb_node *node)
{
	return neighbour(node, 0);
}

/* Black nodes on every path down from node, or -1 when (1) or (2) is broken.
 * Recursive: the tree is at most 2 log2(n) high. */
static int
black_height(const struct rb_node *node, const struct rb_node *parent)
{
	int left;
	int right;

	if (node == NULL)
		return 0;
	if (node->parent != parent || (node->red && is_red(parent)))
		return -1;
	left = black_height(node->left, node);
	right = black_height(node->right, node);
	if (left < 0 || left != right)
		return -1;
	return left + (node->red ? 0 : 1);
}

bool
rb_valid(const struct rb_tree *tree)
{
	return !is_red(tree->root) && black_height(tree->root, NULL) >= 0;
}
