/* timer.c - call a function at a point in time.
 *
 * Layer: sched   Called by: waitq, proc (itimers), drivers
 *
 * One list a CPU, sorted by deadline.  A timer belongs to the CPU that started it
 * last.  Cancelling waits for a function that is just running on another CPU:
 *
 *	CPU 0: timer_cancel		CPU 1: timer_run_due
 *	not pending, but running	unlocked, in fn
 *	spins				fn returns, running = false
 *	returns
 *
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "lib/atomic.h"
#include "sched/clock.h"
#include "sched/internal.h"
#include "sched/timer.h"
#include "sync/spinlock.h"
#include "x86/smp.h"

struct timer_queue {
	struct spinlock lock;
	struct list timers; /* [x lock] by deadline */
};

static struct timer_queue queues[MAX_CPUS] = {
#define QUEUE(n) \
	[n] = {SPINLOCK_INIT("timers", RANK_TIMER), LIST_INIT(queues[n].timers)}
    QUEUE(0), QUEUE(1), QUEUE(2), QUEUE(3),
    QUEUE(4), QUEUE(5), QUEUE(6), QUEUE(7),
#undef QUEUE
};

void
timer_init(struct timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct timer){.fn = fn, .arg = arg};
	list_init(&timer->link);
}

/* Lock the queue that the timer belongs to; it may move until we hold it. */
static struct timer_queue *
lock_queue(struct timer *timer, uint64_t *flags)
{
	for (;;) {
		unsigned cpu = atomic_load(&timer->cpu);

		*flags = spin_lock_irq(&queues[cpu].lock);
		if (cpu == atomic_load(&timer->cpu))
			return &queues[cpu];
		spin_unlock_irq(&queues[cpu].lock, *flags);
	}
}

/* Put timer before the first that is later; most are the latest, so from the
 * end. */
static void
insert_sorted(struct timer_queue *queue, struct timer *timer)
{
	struct list *where = queue->timers.prev;

	while (where != &queue->timers && timer->deadline_ns <
	    list_entry(where, struct timer, link)->deadline_ns)
		where = where->prev;
	list_insert(where, &timer->link);
	timer->pending = true;
}

void
timer_start(struct timer *timer, uint64_t deadline_ns)
{
	struct timer_queue *queue;
	uint64_t flags;
	unsigned cpu;
	bool first;

	queue = lock_queue(timer, &flags);
	if (timer->pending)
		list_remove(&timer->link);
	timer->pending = false;
	if (!timer->running)
		atomic_store(&timer->cpu, cpu_id());
	spin_unlock_irq(&queue->lock, flags);

	queue = lock_queue(timer, &flags);
	timer->deadline_ns = deadline_ns;
	insert_sorted(queue, timer);
	first = queue->timers.next == &timer->link;
	cpu = timer->cpu;
	spin_unlock_irq(&queue->lock, flags);
	if (first && cpu == cpu_id())
		sched_timer_changed();
	else if (first)
		smp_kick(cpu); /* fn ran there: it sets its timer again. */
}

bool
timer_cancel(struct timer *timer)
{
	for (;;) {
		uint64_t flags;
		struct timer_queue *queue = lock_queue(timer, &flags);
		bool pending = timer->pending;
		bool running = timer->running;

		if (pending)
			list_remove(&timer->link);
		timer->pending = false;
		spin_unlock_irq(&queue->lock, flags);
		if (!running)
			return pending;
		cpu_relax();
	}
}

void
timer_run_due(uint64_t now_ns)
{
	struct timer_queue *queue = &queues[cpu_id()];
	uint64_t flags = spin_lock_irq(&queue->lock);

	for (;;) {
		struct timer *timer =
		    list_first(&queue->timers, struct timer, link);

		if (timer == NULL || timer->deadline_ns > now_ns)
			break;
		list_remove(&timer->link);
		timer->pending = false;
		timer->running = true;
		spin_unlock_irq(&queue->lock, flags);
		timer->fn(timer->arg);
		flags = spin_lock_irq(&queue->lock);
		timer->running = false;
	}
	spin_unlock_irq(&queue->lock, flags);
}

uint64_t
timer_next_deadline(void)
{
	struct timer_queue *queue = &queues[cpu_id()];
	uint64_t flags = spin_lock_irq(&queue->lock);
	struct timer *first = list_first(&queue->timers, struct timer, link);
	uint64_t deadline = first != NULL ? first->deadline_ns : UINT64_MAX;

	spin_unlock_irq(&queue->lock, flags);
	return deadline;
}
