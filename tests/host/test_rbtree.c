/* test_rbtree.c - random insertions and removals against a sorted array.
 *
 * Sources: kernel/lib/rbtree.c
 * SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "lib/rbtree.h"

#define KEYS  700
#define STEPS 60000

struct item {
	struct rb_node node;
	int key;
	bool in;
};

static struct item items[KEYS];
static struct rb_tree tree;

#define CHECK(expr)                                                      \
	do {                                                             \
		if (!(expr)) {                                           \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			exit(1);                                         \
		}                                                        \
	} while (0)

static void
insert(struct item *item)
{
	struct rb_node **link = &tree.root;
	struct rb_node *parent = NULL;

	while (*link != NULL) {
		parent = *link;
		link = item->key < rb_entry(parent, struct item, node)->key
		    ? &parent->left : &parent->right;
	}
	rb_insert(&tree, &item->node, parent, link);
	item->in = true;
}

/* The tree walked both ways is the array's members in order. */
static void
compare(void)
{
	struct rb_node *node = rb_first(&tree);

	CHECK(rb_valid(&tree));
	for (int i = 0; i < KEYS; i++) {
		if (!items[i].in)
			continue;
		CHECK(node == &items[i].node);
		node = rb_next(node);
	}
	CHECK(node == NULL);
	node = rb_last(&tree);
	for (int i = KEYS - 1; i >= 0; i--) {
		if (!items[i].in)
			continue;
		CHECK(node == &items[i].node);
		node = rb_prev(node);
	}
	CHECK(node == NULL);
}

int
main(void)
{
	srand(1);
	for (int i = 0; i < KEYS; i++)
		items[i].key = i;
	compare();
	for (int step = 0; step < STEPS; step++) {
		/* First it mostly grows, then it mostly shrinks. */
		struct item *item = &items[rand() % KEYS];
		bool grow = rand() % 4 != 0;

		if (step >= STEPS / 2)
			grow = !grow;
		if (grow && !item->in)
			insert(item);
		if (!grow && item->in) {
			rb_remove(&tree, &item->node);
			item->in = false;
		}
		if (step % 97 == 0)
			compare();
		else
			CHECK(rb_valid(&tree));
	}
	for (int i = 0; i < KEYS; i++) {
		if (items[i].in)
			rb_remove(&tree, &items[i].node);
		items[i].in = false;
		CHECK(rb_valid(&tree));
	}
	CHECK(tree.root == NULL);
	return 0;
}
