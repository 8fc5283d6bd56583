/* pid.c - the table of numbers: who is process, thread, group or session n.
 *
 * Layer: proc   Called by: fork, exit, job, wait, procfs, syscall
 *
 * An array of PID_MAX entries, in pages that are allocated when a number in
 * them is first used, and kept.  Looking a number up is two loads; going over
 * all of them in order is going over the array.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "mm/page.h"
#include "proc/job.h"
#include "proc/proc.h"

/* A number is free when all are NULL. */
struct pid_entry {
	struct task *task;
	struct proc *proc;
	struct pgrp *pgrp;
	struct session *session;
};

#define ENTRIES_PER_PAGE (PAGE_SIZE / sizeof(struct pid_entry))
#define TABLE_PAGES      (PID_MAX / ENTRIES_PER_PAGE)

/* After the numbers have gone round once, the low ones stay with the daemons
 * that were started first. */
#define FIRST_PID_AGAIN 300

static struct pid_entry *table[TABLE_PAGES]; /* [p] */
static pid_t last_pid;                       /* [p] handed out last */

/* The entry of id, or NULL: nobody can have that number. */
static struct pid_entry *
entry(pid_t id)
{
	struct pid_entry *page;

	kassert(spin_held(&proc_lock));
	if (id <= 0 || id >= PID_MAX)
		return NULL;
	page = table[(unsigned)id / ENTRIES_PER_PAGE];
	if (page == NULL)
		return NULL;
	return &page[(unsigned)id % ENTRIES_PER_PAGE];
}

/* The entry of id, in range; its page is made if need be.  NULL: no memory. */
static struct pid_entry *
entry_make(pid_t id)
{
	struct pid_entry **slot = &table[(unsigned)id / ENTRIES_PER_PAGE];
	struct page *page;

	if (*slot == NULL) {
		page = page_alloc(0, PAGE_ZERO);
		if (page == NULL)
			return NULL;
		*slot = page_va(page);
	}
	return entry(id);
}

static bool
entry_is_free(const struct pid_entry *e)
{
	return e->task == NULL && e->proc == NULL && e->pgrp == NULL &&
	    e->session == NULL;
}

pid_t
pid_alloc(struct task *task)
{
	pid_t id = last_pid;

	for (unsigned tried = 0; tried < PID_MAX; tried++) {
		struct pid_entry *e;

		id = id + 1 < PID_MAX ? id + 1 : FIRST_PID_AGAIN;
		e = entry_make(id);
		if (e == NULL)
			return -ENOMEM;
		if (entry_is_free(e)) {
			e->task = task;
			last_pid = id;
			return id;
		}
	}
	return -EAGAIN;
}

struct task *
pid_task(pid_t id)
{
	struct pid_entry *e = entry(id);

	return e == NULL ? NULL : e->task;
}

struct proc *
pid_proc(pid_t id)
{
	struct pid_entry *e = entry(id);

	return e == NULL ? NULL : e->proc;
}

struct pgrp *
pid_pgrp(pid_t id)
{
	struct pid_entry *e = entry(id);

	return e == NULL ? NULL : e->pgrp;
}

void
pid_set_task(pid_t id, struct task *task)
{
	kassert(id > 0 && id < PID_MAX);
	entry(id)->task = task;
}

void
pid_set_proc(pid_t id, struct proc *p)
{
	entry(id)->proc = p;
}

void
pid_set_pgrp(pid_t id, struct pgrp *pgrp)
{
	entry(id)->pgrp = pgrp;
}

void
pid_set_session(pid_t id, struct session *session)
{
	entry(id)->session = session;
}

/* The first entry behind id that used() accepts, or NULL. */
static struct pid_entry *
entry_next(pid_t id, bool (*used)(const struct pid_entry *e))
{
	for (unsigned n = (unsigned)id + 1; n < PID_MAX; n++) {
		struct pid_entry *page = table[n / ENTRIES_PER_PAGE];

		if (page == NULL) {
			n |= ENTRIES_PER_PAGE - 1; /* Skip its numbers. */
			continue;
		}
		if (used(&page[n % ENTRIES_PER_PAGE]))
			return &page[n % ENTRIES_PER_PAGE];
	}
	return NULL;
}

static bool
has_proc(const struct pid_entry *e)
{
	return e->proc != NULL;
}

struct proc *
pid_next_proc(pid_t id)
{
	struct pid_entry *e = entry_next(id, has_proc);

	return e == NULL ? NULL : e->proc;
}
