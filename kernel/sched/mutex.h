/* mutex.h - locks whose waiters sleep.
 *
 * Layer: sched   Called by: everyone who may sleep
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sched/waitq.h"

struct mutex {
	struct thread *owner; /* [a] NULL: free */
	struct waitq waiters;
	enum lock_rank rank;  /* [I] below RANK_MUTEX_LAST */
	struct mutex *outer;  /* [t] what the owner locked before */
};

#define MUTEX_INIT(var, name_, rank_) \
	{.waiters = WAITQ_INIT((var).waiters, name_), .rank = (rank_)}

void mutex_init(struct mutex *mutex, const char *name, enum lock_rank rank);

/* Locks: no spinlock held; only mutexes of lower rank, or of the same rank where
 * the caller orders them (mutex_lock_nested).  May sleep. */
void mutex_lock(struct mutex *mutex);
/* A second lock of the same rank, in an order that the caller guarantees. */
void mutex_lock_nested(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
/* As mutex_lock, but a signal ends the wait: 0 or -ERESTARTSYS. */
int mutex_lock_interruptible(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

/* Does the running thread hold it? */
static inline bool
mutex_held(const struct mutex *mutex)
{
	return __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) == thread_current();
}
