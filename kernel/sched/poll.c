/* poll.c - wait on many wait queues at once.
 *
 * Layer: sched   Called by: fs (poll, select), drivers (poll functions)
 *
 * SPDX-License-Identifier: MIT */

#include "lib/atomic.h"
#include "sched/poll.h"

void
poll_wait(struct poller *p, struct waitq *wq)
{
	struct poll_entry *entry;

	if (p == NULL)
		return;
	if (p->count == p->max) {
		p->overflow = true;
		return;
	}
	entry = &p->entries[p->count++];
	*entry = (struct poll_entry){.queue = wq};
	list_init(&entry->waiter.link);
	waitq_prepare(wq, &entry->waiter);
}

int
poll_sleep(struct poller *p, uint64_t deadline_ns)
{
	if (p->count == 0)
		atomic_store(&thread_current()->state, THREAD_BLOCKED);
	return waitq_sleep(WAIT_INTERRUPTIBLE, deadline_ns);
}

void
poll_finish(struct poller *p)
{
	for (unsigned i = 0; i < p->count; i++)
		waitq_finish(p->entries[i].queue, &p->entries[i].waiter);
	p->count = 0;
	atomic_store(&thread_current()->state, THREAD_RUNNING);
}
