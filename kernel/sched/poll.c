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

/* A wake-up may have come while later queues were joined, and joining them made
 * the thread blocked again.  So look at the marks of all, now that it is:
 *
 *	poll()                            interrupt
 *	------------------------------    ------------------------------
 *	joins queue 1, blocked; no data
 *	                                  data; marks queue 1's waiter woken
 *	                                  thread is running
 *	joins queue 2, blocked
 *	woken marks: do not sleep */
int
poll_sleep(struct poller *p, uint64_t deadline_ns)
{
	struct thread *thread = thread_current();

	atomic_store(&thread->state, THREAD_BLOCKED);
	atomic_fence();
	for (unsigned i = 0; i < p->count; i++) {
		if (atomic_load(&p->entries[i].waiter.woken)) {
			atomic_store(&thread->state, THREAD_RUNNING);
			return 0;
		}
	}
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
