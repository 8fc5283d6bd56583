/* waitq.c - wait queues: sleep until a condition holds.
 *
 * Layer: sched   Called by: everyone who waits
 *
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/atomic.h"
#include "sched/clock.h"
#include "sched/timer.h"
#include "sched/waitq.h"

void
waitq_init(struct waitq *wq, const char *name)
{
	spin_init(&wq->lock, name, RANK_WAITQ);
	list_init(&wq->waiters);
	wq->name = name;
}

unsigned
waitq_wake_waiters(struct waitq *wq, unsigned n)
{
	unsigned woken = 0;
	uint64_t flags = spin_lock_irq(&wq->lock);

	while (woken < n && !list_empty(&wq->waiters)) {
		struct waiter *w = list_first(&wq->waiters, struct waiter, link);

		list_remove(&w->link);
		atomic_store(&w->woken, true);
		/* *w is on the waiter's stack; waitq_finish() waits for our lock
		 * before it goes. */
		if (thread_wake(w->thread) && w->exclusive)
			woken++;
	}
	spin_unlock_irq(&wq->lock, flags);
	return woken;
}

void
waitq_prepare(struct waitq *wq, struct waiter *w)
{
	struct thread *thread = thread_current();
	uint64_t flags = spin_lock_irq(&wq->lock);

	w->thread = thread;
	w->woken = false;
	if (list_empty(&w->link))
		list_add_tail(&wq->waiters, &w->link);
	thread->wait_reason = wq->name;
	atomic_store(&thread->state, THREAD_BLOCKED);
	spin_unlock_irq(&wq->lock, flags);
	atomic_fence();
}

static void
timeout(void *arg)
{
	thread_wake(arg);
}

/* Leave the CPU if nobody has woken us since waitq_prepare(). */
static void
block_until(uint64_t deadline_ns)
{
	struct timer timer;

	if (deadline_ns == WAIT_FOREVER) {
		thread_block();
		return;
	}
	timer_init(&timer, timeout, thread_current());
	timer_start(&timer, deadline_ns);
	thread_block();
	timer_cancel(&timer);
}

int
waitq_sleep(enum wait_flags flags, uint64_t deadline_ns)
{
	struct thread *thread = thread_current();
	int err = 0;

	kassert(may_sleep());
	if (flags & WAIT_INTERRUPTIBLE) {
		atomic_store(&thread->interruptible, true);
		atomic_fence();
		if (atomic_load(&thread->interrupted))
			err = -ERESTARTSYS;
	}
	if (err == 0 && deadline_ns != WAIT_FOREVER && clock_ns() >= deadline_ns)
		err = -ETIMEDOUT;
	if (err == 0)
		block_until(deadline_ns);
	else
		atomic_store(&thread->state, THREAD_RUNNING);
	atomic_store(&thread->interruptible, false);
	return err;
}

bool
waitq_finish(struct waitq *wq, struct waiter *w)
{
	struct thread *thread = thread_current();
	bool woken = atomic_load(&w->woken);

	if (woken) {
		/* Who woke us has taken us off the queue, but may still look at
		 * *w: not once the lock has been free. */
		while (atomic_load(&wq->lock.holder) != NULL)
			cpu_relax();
	} else {
		uint64_t flags = spin_lock_irq(&wq->lock);

		woken = w->woken;
		list_remove(&w->link);
		spin_unlock_irq(&wq->lock, flags);
	}
	atomic_store(&thread->state, THREAD_RUNNING);
	thread->wait_reason = NULL;
	return woken;
}

int
thread_sleep_until(uint64_t deadline_ns, enum wait_flags flags)
{
	struct waitq nobody;
	int err;

	waitq_init(&nobody, "sleep");
	err = WAIT_EVENT(&nobody, false, flags, deadline_ns);
	return err == -ETIMEDOUT ? 0 : err;
}
