/* mutex.c - locks whose waiters sleep.
 *
 * Layer: sched   Called by: everyone who may sleep
 *
 * owner goes from NULL to a thread by one compare-and-swap, and back by one store:
 * an uncontended mutex costs no more.  Each thread lists the mutexes that it
 * holds, for the check of ranks.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/atomic.h"
#include "sched/mutex.h"

void
mutex_init(struct mutex *mutex, const char *name, enum lock_rank rank)
{
	kassert(rank <= RANK_MUTEX_LAST);
	mutex->owner = NULL;
	mutex->rank = rank;
	mutex->outer = NULL;
	waitq_init(&mutex->waiters, name);
}

bool
mutex_trylock(struct mutex *mutex)
{
	struct thread *nobody = NULL;
	struct thread *self = thread_current();

	if (!atomic_cas(&mutex->owner, &nobody, self))
		return false;
	mutex->outer = self->innermost;
	self->innermost = mutex;
	return true;
}

/* The innermost mutex held must be of lower rank (or equal, if nested). */
static inline void
check_order(const struct mutex *mutex, bool nested)
{
	const struct mutex *held = thread_current()->innermost;

	kassert(may_sleep());
	if (unlikely(held != NULL && held->rank >= mutex->rank + nested))
		panic("lock order: %s (rank %d) taken with %s (rank %d) held",
		    mutex->waiters.name, mutex->rank, held->waiters.name,
		    held->rank);
}

/* A function of its own, so that a free mutex costs no room on the stack. */
static void __attribute__((noinline))
wait_and_lock(struct mutex *mutex)
{
	wait_event(&mutex->waiters, mutex_trylock(mutex));
}

static inline void
lock(struct mutex *mutex, bool nested)
{
	check_order(mutex, nested);
	if (unlikely(!mutex_trylock(mutex)))
		wait_and_lock(mutex);
}

void
mutex_lock(struct mutex *mutex)
{
	lock(mutex, false);
}

void
mutex_lock_nested(struct mutex *mutex)
{
	lock(mutex, true);
}

int
mutex_lock_interruptible(struct mutex *mutex)
{
	check_order(mutex, false);
	if (mutex_trylock(mutex))
		return 0;
	return wait_event_interruptible(&mutex->waiters, mutex_trylock(mutex));
}

void
mutex_unlock(struct mutex *mutex)
{
	struct mutex **p = &thread_current()->innermost;

	kassert(mutex_held(mutex));
	while (*p != mutex)
		p = &(*p)->outer;
	*p = mutex->outer;
	atomic_store(&mutex->owner, NULL);
	waitq_wake_one(&mutex->waiters);
}
