/* waitq.h - wait queues: sleep until a condition holds.
 *
 * Layer: sched   Called by: everyone who waits
 *
 * The waiter queues itself BEFORE it looks at its condition for the last time,
 * so a wake-up that comes in between finds it:
 *
 *	waiter: queue self, BLOCKED          waker: make the condition true
 *	waiter: condition? no: leave CPU     waker: wake the queue
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/atomic.h"
#include "sched/thread.h"

struct waitq {
	struct spinlock lock;
	struct list waiters; /* [x lock] struct waiter */
	const char *name;    /* [I] what is waited for, as ps shows it */
};

/* On the waiting thread's stack. */
struct waiter {
	struct list link; /* [x waitq.lock] */
	struct thread *thread;
	bool exclusive; /* waitq_wake_one() counts it */
	bool woken;     /* [x waitq.lock] */
};

#define WAITQ_INIT(var, name_)                                       \
	{.lock = SPINLOCK_INIT(name_, RANK_WAITQ),                   \
	    .waiters = LIST_INIT((var).waiters), .name = (name_)}

void waitq_init(struct waitq *wq, const char *name);

static inline bool
waitq_active(const struct waitq *wq)
{
	return !list_empty(&wq->waiters);
}

/* waitq_wake_n() for a queue that is not empty. */
unsigned waitq_wake_waiters(struct waitq *wq, unsigned n);

/* Wake the first waiter / all / at most n waiters.  Return how many.  Any context. */
static inline unsigned
waitq_wake_n(struct waitq *wq, unsigned n)
{
	/* Pairs with waitq_prepare(): either we see the waiter, or it sees the
	 * condition that our caller has made true. */
	atomic_fence();
	return waitq_active(wq) ? waitq_wake_waiters(wq, n) : 0;
}

static inline unsigned
waitq_wake_one(struct waitq *wq)
{
	return waitq_wake_n(wq, 1);
}

static inline unsigned
waitq_wake_all(struct waitq *wq)
{
	return waitq_wake_n(wq, UINT32_MAX);
}

enum wait_flags {
	WAIT_UNINTERRUPTIBLE = 0,
	WAIT_INTERRUPTIBLE = 1, /* a signal ends the wait */
};

#define WAIT_FOREVER UINT64_MAX

/* The pieces of wait_event(), for those who need them one by one.
 * waitq_prepare: queue w (again) and set THREAD_BLOCKED.
 * waitq_sleep: sleep until woken, deadline (clock_ns()) or, when interruptible,
 *   a signal.  Returns 0, -ETIMEDOUT or -ERESTARTSYS: the last two only if no
 *   wake-up came first.
 * waitq_finish: leave the queue.  True: a wake-up had taken w off it. */
void waitq_prepare(struct waitq *wq, struct waiter *w);
int waitq_sleep(enum wait_flags flags, uint64_t deadline_ns);
bool waitq_finish(struct waitq *wq, struct waiter *w);

#define WAIT_EVENT(wq_, condition, flags, deadline_ns)                        \
	({                                                                    \
		struct waiter waiter_;                                        \
		int error_ = 0;                                               \
		if (!(condition)) {                                           \
			const uint64_t deadline_ = (deadline_ns); /* once */  \
			waiter_ = (struct waiter){.exclusive = true};         \
			list_init(&waiter_.link);                             \
			for (;;) {                                            \
				waitq_prepare((wq_), &waiter_);               \
				if (condition)                                \
					break;                                \
				error_ = waitq_sleep((flags), deadline_);     \
				if (condition) {                              \
					error_ = 0;                           \
					break;                                \
				}                                             \
				if (error_ != 0)                              \
					break;                                \
			}                                                     \
			if (waitq_finish((wq_), &waiter_) && error_ != 0)     \
				waitq_wake_one(wq_); /* it was for another */ \
		}                                                             \
		error_;                                                       \
	})

/* Sleep until condition, an expression without side effects that is looked at
 * again after every wake-up.  Nothing is locked while it is looked at: take the
 * lock afterwards and look again, or let the condition take it. */
#define wait_event(wq, condition) \
	((void)WAIT_EVENT(wq, condition, WAIT_UNINTERRUPTIBLE, WAIT_FOREVER))
#define wait_event_interruptible(wq, condition) \
	WAIT_EVENT(wq, condition, WAIT_INTERRUPTIBLE, WAIT_FOREVER)
#define wait_event_deadline(wq, condition, deadline_ns) \
	WAIT_EVENT(wq, condition, WAIT_INTERRUPTIBLE, deadline_ns)

/* Sleep until deadline_ns of clock_ns().  Returns 0, or -ERESTARTSYS. */
int thread_sleep_until(uint64_t deadline_ns, enum wait_flags flags);
