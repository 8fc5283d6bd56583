/* list.h - a doubly linked list whose links are inside the objects.
 *
 * Layer: lib   Called by: everyone
 *
 * The head is a struct list too; the list is a ring through the head.
 * A link that is on no list points to itself, so it may be removed twice.
 *
 *	struct list queue;			head
 *	struct job { struct list link; };	member
 *	list_add_tail(&queue, &job->link);
 *	list_for_each(j, &queue, struct job, link) ...
 *
 * No locks: the owner of the list protects it.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(head)            {&(head), &(head)}
#define list_entry(l, type, member) container_of(l, type, member)

static inline void
list_init(struct list *l)
{
	l->next = l;
	l->prev = l;
}

static inline bool
list_empty(const struct list *head)
{
	return head->next == head;
}

/* Put l directly behind where. */
static inline void
list_insert(struct list *where, struct list *l)
{
	l->next = where->next;
	l->prev = where;
	where->next->prev = l;
	where->next = l;
}

static inline void
list_add(struct list *head, struct list *l)
{
	list_insert(head, l);
}

static inline void
list_add_tail(struct list *head, struct list *l)
{
	list_insert(head->prev, l);
}

/* Take l off its list; it may be on none. */
static inline void
list_remove(struct list *l)
{
	l->prev->next = l->next;
	l->next->prev = l->prev;
	list_init(l);
}

/* Move all members of from to the end of to; from is empty then. */
static inline void
list_splice(struct list *to, struct list *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

/* The first member, or NULL. */
#define list_first(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->next, type, member))
#define list_last(head, type, member) \
	(list_empty(head) ? NULL : list_entry((head)->prev, type, member))

#define list_for_each(p, head, type, member)                                  \
	for (type *p = list_entry((head)->next, type, member);                \
	    &p->member != (head);                                             \
	    p = list_entry(p->member.next, type, member))

/* As list_for_each; the body may remove p. */
#define list_for_each_safe(p, head, type, member)                             \
	for (type *p = list_entry((head)->next, type, member),                \
	    *p##_next = list_entry(p->member.next, type, member);             \
	    &p->member != (head);                                             \
	    p = p##_next, p##_next = list_entry(p->member.next, type, member))
