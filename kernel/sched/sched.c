/* sched.c - run queues, preemption, balancing.
 *
 * Layer: sched   Called by: everyone who sleeps; x86's hooks
 *
 * Each CPU has a queue of ready threads and serves it in turn (round robin); nice
 * makes a thread's time slice longer or shorter.  The kernel itself is not
 * preempted: a thread leaves its CPU in thread_block(), thread_yield(), or on the
 * way back to user mode when its slice is over.
 *
 * An idle CPU takes work from the longest queue before it halts, and a busy one
 * from a queue that is longer by two or more every BALANCE_NS.
 *
 * Invariants:
 * (1) A thread is on the queue of thread->cpu if and only if it is THREAD_READY
 *     (a waker that moves it between queues holds the only reference meanwhile).
 * (2) thread->runnable is true from wake-up to the switch away from it after it
 *     set THREAD_BLOCKED; only then may a waker queue it again.
 * (3) thread->on_cpu is true while a CPU uses its stack.  Such a thread is on no
 *     queue but that CPU's, and nobody pulls it from there: so who picks a thread
 *     finds it false.  (Two CPUs that waited for each other's would never end.)
 *
 * The waker and the sleeper that has not left its CPU yet:
 *
 *	CPU 0: sleeper			CPU 1: thread_wake
 *	state = BLOCKED
 *	condition false
 *					lock queue of CPU 0
 *					BLOCKED, runnable: state = RUNNING
 *					unlock
 *	thread_block: lock queue
 *	state is not BLOCKED: stay
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/atomic.h"
#include "lib/string.h"
#include "sched/clock.h"
#include "sched/internal.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "x86/apic.h"
#include "x86/smp.h"

#define SLICE_NS     (10 * NS_PER_MSEC) /* at nice 0 */
#define BALANCE_NS   (50 * NS_PER_MSEC)
#define LOAD_NS      (5 * NS_PER_SEC)
#define LOAD_SHIFT   11
#define LOAD_FIXED_1 (1 << LOAD_SHIFT)
#define NOT_ARMED    UINT64_MAX

/* What protects the members:
 *	x	lock
 *	c	this CPU, interrupts off
 *	a	atomic */
struct runqueue {
	struct spinlock lock;
	struct list ready;       /* [x] threads, the next one first */
	unsigned count;          /* [x] length of ready; [a] to read */
	struct thread *current;  /* [x] */
	struct thread *idle;     /* [I] after sched_init_this_cpu() */
	bool idling;             /* [a] idle runs, and nothing is ready */
	struct thread *previous; /* [c] switched away from; see finish_switch() */
	struct thread *migrating; /* [c] the same, if it may not run here */
	uint64_t armed_ns;       /* [c] when the hardware timer fires */
	uint64_t balance_ns;     /* [c] time of the next balance() */
	uint64_t sampled_ns;     /* [c] last look at user or system mode */
	uint64_t switches;       /* [x] */
	uint64_t user_ns;        /* [c] sampled */
} __attribute__((aligned(CACHE_LINE)));

static struct runqueue queues[MAX_CPUS];
static struct thread idle_threads[MAX_CPUS];

static struct timer load_timer;
static unsigned loadavg[3]; /* [a] */

void (*sched_switch_aspace)(struct aspace *from, struct aspace *to);

static struct runqueue *
this_queue(void)
{
	return &queues[cpu_id()];
}

/* Set the hardware timer if deadline is earlier than what it waits for. */
static void
arm(struct runqueue *rq, uint64_t deadline_ns, uint64_t now_ns)
{
	if (deadline_ns >= rq->armed_ns)
		return;
	rq->armed_ns = deadline_ns;
	apic_timer_arm(deadline_ns > now_ns ? deadline_ns - now_ns : 0);
}

void
sched_timer_changed(void)
{
	uint64_t flags = irq_save();
	struct runqueue *rq = this_queue();

	if (rq->idle != NULL)
		arm(rq, timer_next_deadline(), clock_ns());
	irq_restore(flags);
}

static uint64_t
slice_ns(const struct thread *thread)
{
	int weight = NICE_MAX + 1 - atomic_load(&thread->nice); /* 1 to 40 */

	return SLICE_NS * (uint64_t)weight / (NICE_MAX + 1);
}

static bool
allowed_on(const struct thread *thread, unsigned cpu)
{
	return (atomic_load(&thread->affinity) & BIT(cpu)) != 0;
}

/* ---- Queues ---- */

static void
enqueue(struct runqueue *rq, struct thread *thread)
{
	kassert(spin_held(&rq->lock) && !thread->on_queue);
	list_add_tail(&rq->ready, &thread->queue_link);
	thread->on_queue = true;
	atomic_store(&rq->count, rq->count + 1);
}

static void
dequeue(struct runqueue *rq, struct thread *thread)
{
	kassert(spin_held(&rq->lock) && thread->on_queue); /* (1) */
	list_remove(&thread->queue_link);
	thread->on_queue = false;
	atomic_store(&rq->count, rq->count - 1);
}

/* Where should a woken thread run?  On its last CPU if that is idle (its caches),
 * else on any idle one, else on its last, else where it may. */
static unsigned
choose_cpu(const struct thread *thread)
{
	unsigned last = thread->cpu;
	unsigned n = cpu_count();
	unsigned fallback = MAX_CPUS;

	if (n == 1)
		return 0;
	if (allowed_on(thread, last) && atomic_load(&queues[last].idling))
		return last;
	for (unsigned cpu = 0; cpu < n; cpu++) {
		if (!allowed_on(thread, cpu))
			continue;
		if (atomic_load(&queues[cpu].idling))
			return cpu;
		fallback = cpu;
	}
	return allowed_on(thread, last) || fallback == MAX_CPUS ? last : fallback;
}

/* Put a READY thread on rq, which is locked.  True: its CPU idles; kick it. */
static bool
place_locked(struct runqueue *rq, struct thread *thread)
{
	enqueue(rq, thread);
	/* Pairs with sched_idle(): it sees the count, or we that it idles. */
	atomic_fence();
	if (!atomic_load(&rq->idling))
		return false;
	atomic_store(&rq->idling, false);
	return true;
}

/* Put a READY thread that is on no queue on that of cpu. */
static void
place(struct thread *thread, unsigned cpu)
{
	struct runqueue *rq = &queues[cpu];
	uint64_t flags = spin_lock_irq(&rq->lock);
	bool kick;

	thread->cpu = cpu;
	kick = place_locked(rq, thread);
	spin_unlock_irq(&rq->lock, flags);
	if (kick)
		smp_kick(cpu);
}

/* Take a thread that may run on cpu off the queue of `from`; NULL: none. */
static struct thread *
take_from(struct runqueue *from, unsigned cpu)
{
	uint64_t flags = spin_lock_irq(&from->lock);
	struct thread *found = NULL;

	list_for_each(thread, &from->ready, struct thread, queue_link) {
		if (allowed_on(thread, cpu) && !atomic_load(&thread->on_cpu)) {
			found = thread;
			break;
		}
	}
	if (found != NULL) {
		dequeue(from, found);
		found->cpu = cpu;
	}
	spin_unlock_irq(&from->lock, flags);
	return found;
}

/* Take one thread from the longest queue that is longer than ours by at least
 * margin.  True: it is on our queue now.  Interrupts are off. */
static bool
pull_work(struct runqueue *rq, unsigned margin)
{
	unsigned me = cpu_id();
	unsigned n = cpu_count();
	unsigned most = atomic_load(&rq->count) + margin;
	struct runqueue *from = NULL;
	struct thread *thread;

	for (unsigned cpu = 0; cpu < n; cpu++) {
		unsigned count = atomic_load(&queues[cpu].count);

		if (cpu != me && count >= most) {
			most = count + 1;
			from = &queues[cpu];
		}
	}
	if (from == NULL)
		return false;
	thread = take_from(from, me);
	if (thread == NULL)
		return false;
	place(thread, me);
	return true;
}

/* ---- Switching ---- */

/* First thing after a switch, on the new stack: the old one is free. (3) */
static void
finish_switch(void)
{
	struct runqueue *rq = this_queue();
	struct thread *migrating = rq->migrating;

	rq->migrating = NULL;
	atomic_store(&rq->previous->on_cpu, false);
	if (migrating != NULL)
		place(migrating, choose_cpu(migrating));
}

/* The next thread, off the queue; the idle thread if there is none. */
static struct thread *
pick(struct runqueue *rq)
{
	struct thread *next = list_first(&rq->ready, struct thread, queue_link);

	if (next == NULL)
		return rq->idle;
	dequeue(rq, next);
	return next;
}

/* The running thread stops being that: blocked, dead, or back on a queue.
 * False: it stays, for nobody else is ready. */
static bool
put_current(struct runqueue *rq, struct thread *current)
{
	if (current->state == THREAD_BLOCKED || current->state == THREAD_DEAD) {
		current->runnable = false; /* (2) */
		current->switches_voluntary++;
		return true;
	}
	if (current == rq->idle)
		return rq->count > 0;
	if (!allowed_on(current, current->cpu))
		rq->migrating = current;
	else if (rq->count > 0)
		enqueue(rq, current);
	else
		return false;
	current->state = THREAD_READY;
	current->switches_involuntary++;
	return true;
}

/* Run next instead of current.  Returns when current runs again. */
static void
switch_to(struct runqueue *rq, struct thread *current, struct thread *next,
    uint64_t now)
{
	kassert(!atomic_load(&next->on_cpu)); /* (3) */
	next->on_cpu = true;
	next->state = THREAD_RUNNING;
	next->switched_in_ns = now;
	if (next != rq->idle) {
		next->slice_end_ns = now + slice_ns(next);
		arm(rq, next->slice_end_ns, now);
	}
	if (current->aspace != next->aspace && sched_switch_aspace != NULL)
		sched_switch_aspace(current->aspace, next->aspace);
	context_switch(&current->context, &next->context);
	finish_switch();
}

/* Leave the CPU to the next ready thread; return when it is our turn again, at
 * once if there is no other.  Interrupts are off; no spinlock is held. */
static void
schedule(void)
{
	struct runqueue *rq = this_queue();
	struct thread *current = thread_current();
	struct thread *next = current;
	uint64_t now = clock_ns();

	kassert(may_sleep() && !irq_enabled());
	clock_note(now);
	spin_lock_irqs_off(&rq->lock);
	if (put_current(rq, current)) {
		next = pick(rq);
		atomic_store(&rq->idling, next == rq->idle);
		current->cpu_ns += now - current->switched_in_ns;
		rq->switches++;
		rq->current = next;
		rq->previous = current;
	} else {
		current->slice_end_ns = now + slice_ns(current);
	}
	spin_unlock_irqs_off(&rq->lock);
	if (next != current)
		switch_to(rq, current, next, now);
}

void
thread_block(void)
{
	uint64_t flags = irq_save();

	schedule();
	irq_restore(flags);
}

void
thread_yield(void)
{
	thread_block(); /* RUNNING: schedule() puts it at the end of the queue. */
}

void
thread_exit(void)
{
	irq_disable();
	thread_current()->state = THREAD_DEAD;
	schedule();
	panic("a dead thread runs");
}

void
thread_wait_off_cpu(const struct thread *thread)
{
	kassert(thread != thread_current());
	while (atomic_load(&thread->on_cpu))
		cpu_relax();
}

/* Every new thread starts here. */
static void
thread_main(void *arg)
{
	struct thread *thread = arg;

	finish_switch();
	irq_enable();
	thread->entry(thread->entry_arg);
	thread_exit();
}

void
thread_init(struct thread *thread, const char *name, vaddr_t stack_top,
    void (*entry)(void *arg), void *arg)
{
	memset(thread, 0, sizeof(*thread));
	context_init(&thread->context, stack_top, thread_main, thread);
	thread->entry = entry;
	thread->entry_arg = arg;
	thread->state = THREAD_NEW;
	thread->affinity = BIT(MAX_CPUS) - 1;
	thread->cpu = cpu_id();
	list_init(&thread->queue_link);
	strlcpy(thread->name, name, sizeof(thread->name));
}

void
thread_start(struct thread *thread)
{
	kassert(thread->state == THREAD_NEW);
	thread->state = THREAD_READY;
	thread->runnable = true;
	place(thread, choose_cpu(thread));
}

/* Lock the queue of thread->cpu; the thread may move until we hold it. */
static struct runqueue *
lock_queue_of(struct thread *thread, uint64_t *flags)
{
	for (;;) {
		unsigned cpu = atomic_load(&thread->cpu);

		*flags = spin_lock_irq(&queues[cpu].lock);
		if (cpu == atomic_load(&thread->cpu))
			return &queues[cpu];
		spin_unlock_irq(&queues[cpu].lock, *flags);
	}
}

bool
thread_wake(struct thread *thread)
{
	uint64_t flags;
	struct runqueue *rq = lock_queue_of(thread, &flags);
	unsigned last = thread->cpu;
	unsigned cpu = last;
	bool wake = thread->state == THREAD_BLOCKED;
	bool kick = false;

	if (wake && thread->runnable) {
		thread->state = THREAD_RUNNING; /* It has not left its CPU. */
	} else if (wake) {
		thread->state = THREAD_READY;
		thread->runnable = true;
		if (!atomic_load(&thread->on_cpu)) /* (3) */
			cpu = choose_cpu(thread);
		if (cpu == last)
			kick = place_locked(rq, thread);
	}
	spin_unlock_irq(&rq->lock, flags);
	if (kick)
		smp_kick(cpu);
	if (cpu != last)
		place(thread, cpu);
	return wake;
}

void
thread_interrupt(struct thread *thread)
{
	atomic_store(&thread->interrupted, true);
	atomic_or(&thread->context.user_work, USER_WORK_SIGNAL);
	atomic_fence();
	if (atomic_load(&thread->interruptible))
		thread_wake(thread);
	else if (thread->on_cpu && thread->cpu != cpu_id())
		smp_kick(thread->cpu); /* Out of user mode, to see user_work. */
}

void
thread_clear_interrupt(void)
{
	struct thread *thread = thread_current();

	atomic_store(&thread->interrupted, false);
	atomic_and(&thread->context.user_work, ~USER_WORK_SIGNAL);
}

int
thread_set_affinity(struct thread *thread, uint64_t mask)
{
	mask &= BIT(cpu_count()) - 1;
	if (mask == 0)
		return -EINVAL;
	atomic_store(&thread->affinity, mask);
	if (thread == thread_current()) {
		if (!allowed_on(thread, cpu_id()))
			thread_yield();
	} else if (atomic_load(&thread->on_cpu) && thread->cpu != cpu_id()) {
		atomic_or(&thread->context.user_work, USER_WORK_RESCHED);
		smp_kick(thread->cpu);
	}
	return 0;
}

uint64_t
thread_cpu_ns(const struct thread *thread)
{
	uint64_t used = atomic_load(&thread->cpu_ns);

	if (atomic_load(&thread->on_cpu) && thread->state == THREAD_RUNNING)
		used += clock_ns() - thread->switched_in_ns;
	return used;
}

/* ---- Preemption ---- */

void
sched_timer_irq(bool from_user)
{
	struct runqueue *rq = this_queue();
	struct thread *current = thread_current();
	uint64_t now = clock_ns();

	clock_note(now);
	rq->armed_ns = NOT_ARMED;
	if (rq->idle == NULL)
		return;
	if (from_user) {
		uint64_t since = now - MAX(rq->sampled_ns, current->switched_in_ns);

		current->user_ns += since;
		rq->user_ns += since;
	}
	rq->sampled_ns = now;
	timer_run_due(now);
	if (current != rq->idle && now >= current->slice_end_ns) {
		if (now >= rq->balance_ns) {
			rq->balance_ns = now + BALANCE_NS;
			pull_work(rq, 2);
		}
		if (atomic_load(&rq->count) > 0)
			atomic_or(&current->context.user_work, USER_WORK_RESCHED);
		current->slice_end_ns = now + slice_ns(current);
	}
	if (current != rq->idle)
		arm(rq, current->slice_end_ns, now);
	arm(rq, timer_next_deadline(), now);
}

void
sched_kick_irq(void)
{
	/* The interrupt itself ended the halt, or leads through user_return;
	 * or another CPU put a timer into our queue. */
	sched_timer_changed();
}

void
sched_user_return(void)
{
	struct thread *thread = thread_current();

	atomic_and(&thread->context.user_work, ~USER_WORK_RESCHED);
	thread_yield();
}

void
sched_cond_yield(void)
{
	if (atomic_load(&thread_current()->context.user_work) & USER_WORK_RESCHED)
		sched_user_return();
}

/* ---- Idle threads ---- */

void
sched_init_this_cpu(void)
{
	unsigned cpu = cpu_id();
	struct runqueue *rq = &queues[cpu];
	struct thread *idle = &idle_threads[cpu];

	spin_init(&rq->lock, "run queue", RANK_RUNQUEUE);
	list_init(&rq->ready);
	list_init(&idle->queue_link);
	idle->context.stack_top = cpu_this()->kernel_rsp;
	idle->state = THREAD_RUNNING;
	idle->runnable = true;
	idle->on_cpu = true;
	idle->is_idle = true;
	idle->cpu = cpu;
	idle->affinity = BIT(cpu);
	idle->switched_in_ns = clock_ns();
	strlcpy(idle->name, "idle", sizeof(idle->name));
	idle->name[4] = (char)('0' + cpu);
	rq->armed_ns = NOT_ARMED;
	rq->current = idle;
	cpu_this()->context = &idle->context;
	apic_timer_init();
	rq->idle = idle;
}

static void
update_load(void *arg)
{
	/* exp(-5 s / 1, 5, 15 min) in 1/2048. */
	static const unsigned decay[3] = {1884, 2014, 2037};
	unsigned active = 0;

	(void)arg;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		active += atomic_load(&queues[cpu].count);
		active += queues[cpu].current != queues[cpu].idle;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(loadavg); i++)
		loadavg[i] = (loadavg[i] * decay[i] +
		    active * LOAD_FIXED_1 * (LOAD_FIXED_1 - decay[i])) >> LOAD_SHIFT;
	timer_start(&load_timer, clock_ns() + LOAD_NS);
}

void
sched_idle(void)
{
	struct runqueue *rq = this_queue();

	if (cpu_id() == 0) {
		timer_init(&load_timer, update_load, NULL);
		timer_start(&load_timer, clock_ns() + LOAD_NS);
	}
	for (;;) {
		irq_disable();
		atomic_store(&rq->idling, true);
		atomic_fence();
		if (atomic_load(&rq->count) == 0 && !pull_work(rq, 1))
			cpu_idle();
		irq_disable();
		schedule();
		irq_enable();
	}
}

/* ---- Numbers for /proc ---- */

void
sched_cpu_stats(unsigned cpu, struct sched_stats *out)
{
	const struct runqueue *rq = &queues[cpu];
	uint64_t total = clock_ns();

	out->switches = atomic_load(&rq->switches);
	out->idle_ns = rq->idle != NULL ? thread_cpu_ns(rq->idle) : 0;
	out->user_ns = atomic_load(&rq->user_ns);
	out->system_ns = total > out->idle_ns + out->user_ns ?
	    total - out->idle_ns - out->user_ns : 0;
	out->ready = atomic_load(&rq->count) + (rq->current != rq->idle);
}

void
sched_loadavg(unsigned avg[3])
{
	for (unsigned i = 0; i < ARRAY_SIZE(loadavg); i++)
		avg[i] = atomic_load(&loadavg[i]);
}
