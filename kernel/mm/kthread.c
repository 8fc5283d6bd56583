/* kthread.c - threads that live in the kernel only.
 *
 * Layer: mm   Called by: drivers, fs, proc, main
 *
 * A thread cannot free the stack that it runs on.  A kernel thread that has
 * ended waits on a list until the next kthread_create() buries it.
 * SPDX-License-Identifier: MIT */

#include "mm/kthread.h"

#include "debug/assert.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"

struct kthread {
	struct thread thread;
	void *stack;
	void (*fn)(void *arg);
	void *arg;
	struct kthread *next_dead;
};

static struct spinlock dead_lock = SPINLOCK_INIT("dead kthreads", RANK_SLAB);
static struct kthread *dead; /* [x dead_lock] */

static void
kthread_main(void *p)
{
	struct kthread *kt = p;
	uint64_t irq;

	kt->fn(kt->arg);

	irq = spin_lock_irq(&dead_lock);
	kt->next_dead = dead;
	dead = kt;
	spin_unlock_irq(&dead_lock, irq);
	thread_exit();
}

/* Free one thread that has ended, and is off its stack.  False: none. */
static bool
bury_one(void)
{
	uint64_t irq = spin_lock_irq(&dead_lock);
	struct kthread *kt = dead;

	if (kt != NULL)
		dead = kt->next_dead;
	spin_unlock_irq(&dead_lock, irq);
	if (kt == NULL)
		return false;
	thread_wait_off_cpu(&kt->thread);
	kstack_free(kt->stack);
	kfree(kt);
	return true;
}

struct thread *
kthread_create(const char *name, void (*fn)(void *arg), void *arg)
{
	struct kthread *kt;

	while (bury_one())
		continue;
	kt = kzalloc(sizeof(*kt));
	if (kt == NULL)
		return NULL;
	kt->stack = kstack_alloc();
	if (kt->stack == NULL) {
		kfree(kt);
		return NULL;
	}
	kt->fn = fn;
	kt->arg = arg;
	thread_init(&kt->thread, name, (vaddr_t)kt->stack + KSTACK_BYTES,
	    kthread_main, kt);
	thread_start(&kt->thread);
	return &kt->thread;
}
