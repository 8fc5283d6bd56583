/* poll.h - wait on many wait queues at once.
 *
 * Layer: sched   Called by: fs (poll, select), drivers (poll functions)
 *
 * A file's poll function calls poll_wait() for each queue on which a change
 * would be announced, and then returns what is ready now (POLLIN ...).
 * SPDX-License-Identifier: MIT */
#pragma once

#include "sched/waitq.h"

struct poll_entry {
	struct waiter waiter;
	struct waitq *queue;
};

struct poller {
	struct poll_entry *entries; /* [t] the caller's array */
	unsigned count;             /* [t] used */
	unsigned max;               /* [t] room */
	bool overflow;              /* [t] more queues than room: -ENOMEM */
};

/* Queue the running thread on wq too.  p == NULL: only the state is asked for. */
void poll_wait(struct poller *p, struct waitq *wq);

/* Sleep until one queue is woken, the deadline, or a signal.
 * Before: the poll functions with p, none of which found anything ready.
 * Returns 0, -ETIMEDOUT, -ERESTARTSYS. */
int poll_sleep(struct poller *p, uint64_t deadline_ns);

/* Leave all queues. */
void poll_finish(struct poller *p);
