/* sched.c - threads of the kernel's world: one at a time, in virtual time.
 *
 * Layer: tests/host/fs   Called by: kernel/sched/waitq.c, kernel/fs, kernel/mm
 *
 * The real mutexes and wait queues stand on thread_block() and thread_wake().
 * A thread runs until it blocks; then the next that is ready runs.  If none is,
 * I/O that was put off is done, then the clock jumps to the next timer.  If
 * nothing of this exists, or an hour goes by while the main thread waits,
 * whoever waits does so for ever: the program ends and names what for.
 *
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "debug/assert.h"
#include "debug/printk.h"
#include "host.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "sched/clock.h"
#include "sched/mutex.h"
#include "sched/sched.h"
#include "sched/timer.h"
#include "world.h"

#define NAP_MAX_NS (3600 * NS_PER_SEC)
#define TICK_NS    NS_PER_USEC /* the clock goes on when it is looked at */
#define EPOCH_NS   (1700000000 * NS_PER_SEC)

/* A kernel thread. */
struct fiber {
	struct thread thread; /* first: a thread's address is its fiber's */
	struct host_flow *flow;
	struct list link;     /* ready, or dead */
};

struct cpu host_cpu;
bool host_irqs_off;
struct thread *host_thread;

static struct fiber boot;
static struct list ready = LIST_INIT(ready);
static struct list dead = LIST_INIT(dead);
static struct list timers = LIST_INIT(timers); /* by deadline */
static uint64_t now_ns;

void
world_sched_init(void)
{
	if (host_thread != NULL)
		return;
	boot.flow = host_flow_main();
	list_init(&boot.link);
	boot.thread.state = THREAD_RUNNING;
	strlcpy(boot.thread.name, "main", sizeof(boot.thread.name));
	host_thread = &boot.thread;
}

/* ---- Time ------------------------------------------------------------- */

uint64_t
tsc_ns(void)
{
	now_ns += TICK_NS;
	return now_ns;
}

uint64_t
clock_realtime_ns(void)
{
	return EPOCH_NS + now_ns;
}

uint64_t
clock_realtime_coarse_ns(void)
{
	return clock_realtime_ns();
}

void
timer_init(struct timer *timer, void (*fn)(void *arg), void *arg)
{
	*timer = (struct timer){.fn = fn, .arg = arg};
	list_init(&timer->link);
}

void
timer_start(struct timer *timer, uint64_t deadline_ns)
{
	struct list *before = &timers;

	timer_cancel(timer);
	timer->deadline_ns = deadline_ns;
	timer->pending = true;
	list_for_each(t, &timers, struct timer, link) {
		if (t->deadline_ns > deadline_ns) {
			before = &t->link;
			break;
		}
	}
	list_add_tail(before, &timer->link);
}

bool
timer_cancel(struct timer *timer)
{
	bool pending = timer->pending;

	list_remove(&timer->link);
	timer->pending = false;
	return pending;
}

/* Call what is due. */
static void
run_timers(void)
{
	struct timer *t;

	while ((t = list_first(&timers, struct timer, link)) != NULL &&
	    t->deadline_ns <= now_ns) {
		timer_cancel(t);
		host_cpu.irq_depth++;
		t->fn(t->arg);
		host_cpu.irq_depth--;
	}
}

/* ---- Threads ---------------------------------------------------------- */

static struct fiber *
fiber_of(struct thread *thread)
{
	return container_of(thread, struct fiber, thread);
}

bool
thread_wake(struct thread *thread)
{
	if (thread->state != THREAD_BLOCKED)
		return false;
	thread->state = THREAD_READY;
	if (thread != host_thread)
		list_add_tail(&ready, &fiber_of(thread)->link);
	return true;
}

/* Go on in another thread; returns when somebody comes back. */
static void
switch_to(struct fiber *to)
{
	struct fiber *from = fiber_of(host_thread);

	host_thread = &to->thread;
	to->thread.state = THREAD_RUNNING;
	host_flow_switch(from->flow, to->flow);
}

static void __attribute__((noreturn))
report_deadlock(const char *why)
{
	struct thread *t = &boot.thread;

	host_die("deadlock (%s): the main thread waits for \"%s\", "
	    "the running one is %s and waits for \"%s\"", why,
	    t->wait_reason ? t->wait_reason : "nothing", host_thread->name,
	    host_thread->wait_reason ? host_thread->wait_reason : "nothing");
}

/* Nobody is ready: let something happen outside. */
static void
let_time_pass(uint64_t patience_ns)
{
	struct timer *t;

	if (world_disk_complete())
		return;
	t = list_first(&timers, struct timer, link);
	if (t == NULL)
		report_deadlock("nothing can happen any more");
	if (t->deadline_ns > patience_ns)
		report_deadlock("an hour went by");
	now_ns = MAX(now_ns, t->deadline_ns);
	run_timers();
}

void
thread_block(void)
{
	struct thread *self = host_thread;
	uint64_t patience_ns = now_ns + NAP_MAX_NS;
	struct fiber *next;

	kassert(host_cpu.spinlocks == 0 && host_cpu.irq_depth == 0);
	while (self->state == THREAD_BLOCKED) {
		next = list_first(&ready, struct fiber, link);
		if (next != NULL) {
			list_remove(&next->link);
			switch_to(next);
			continue;
		}
		let_time_pass(patience_ns);
	}
	if (!list_empty(&fiber_of(self)->link))
		list_remove(&fiber_of(self)->link);
	self->state = THREAD_RUNNING;
}

void
thread_yield(void)
{
}

void
sched_cond_yield(void)
{
}

/* A kernel thread's life. */
static void
fiber_main(void *arg)
{
	struct fiber *self = arg;

	self->thread.entry(self->thread.entry_arg);
	kassert(self->thread.innermost == NULL);
	self->thread.state = THREAD_BLOCKED; /* nobody knows it any more */
	self->thread.wait_reason = "its end";
	list_add(&dead, &self->link);
	thread_block();
}

struct thread *
kthread_create(const char *name, void (*fn)(void *arg), void *arg)
{
	struct fiber *f;

	if (alloc_must_fail())
		return NULL;
	f = host_alloc(sizeof(*f));
	strlcpy(f->thread.name, name, sizeof(f->thread.name));
	f->thread.entry = fn;
	f->thread.entry_arg = arg;
	f->thread.state = THREAD_READY;
	f->flow = host_flow_create(fiber_main, f);
	list_init(&f->link);
	list_add_tail(&ready, &f->link);
	return &f->thread;
}

void
world_sleep(uint64_t ns)
{
	thread_sleep_until(now_ns + ns, WAIT_UNINTERRUPTIBLE);
}

/* Never called here: no thread of ours has a signal. */
void
thread_clear_interrupt(void)
{
}

/* ---- Panic ------------------------------------------------------------ */

void
panic_at(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	host_die("panic at %s:%d: %s (thread %s)", file, line, text,
	    host_thread->name);
}

static int log_shown = LOG_WARNING;
static char log_last[256];

void
printk(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(log_last, sizeof(log_last), fmt, ap);
	va_end(ap);
	if ((int)level <= log_shown)
		host_say("<%d> %s", level, log_last);
}

void
world_log_level(int level)
{
	log_shown = level;
}
