/* spinlock.c - test-and-set locks, with ranks checked.
 *
 * Layer: sync   Called by: everyone
 *
 * Each CPU keeps its held spinlocks as a list: cpu->innermost, then `outer`.
 * Invariants, asserted:
 * (1) A new lock has a higher rank than the innermost one held, so no two CPUs
 *     can wait for each other.
 * (2) Locks of interrupt handlers are taken with interrupts off, so a handler
 *     never waits for the thread it interrupted.
 * (3) Who unlocks is who locked; locks are released innermost first or not, the
 *     list allows both.
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "lib/atomic.h"
#include "sync/spinlock.h"

void
spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

/* The rare cases, out of the way of the common one. */
static void __attribute__((noinline, cold))
wrong_order(const struct spinlock *lock, const struct spinlock *inner)
{
	panic("lock order: %s (rank %d) taken with %s (rank %d) held",
	    lock->name, lock->rank, inner->name, inner->rank);
}

static void __attribute__((noinline))
wait_and_take(struct spinlock *lock, struct cpu *cpu)
{
	struct cpu *nobody;

	do {
		while (atomic_load(&lock->holder) != NULL)
			cpu_relax();
		nobody = NULL;
	} while (!atomic_cas(&lock->holder, &nobody, cpu));
}

static inline void
acquire(struct spinlock *lock)
{
	struct cpu *cpu = cpu_this();
	struct spinlock *inner = cpu->innermost;
	struct cpu *nobody = NULL;

	if (unlikely(inner != NULL && inner->rank >= lock->rank)) /* (1) */
		wrong_order(lock, inner);
	if (unlikely(!atomic_cas(&lock->holder, &nobody, cpu)))
		wait_and_take(lock, cpu);
	lock->outer = inner;
	cpu->innermost = lock;
	cpu->spinlocks++;
}

static inline void
release(struct spinlock *lock)
{
	struct cpu *cpu = cpu_this();
	struct spinlock **p = &cpu->innermost;

	kassert(lock->holder == cpu); /* (3) */
	while (*p != lock)
		p = &(*p)->outer;
	*p = lock->outer;
	cpu->spinlocks--;
	atomic_store(&lock->holder, NULL);
}

void
spin_lock(struct spinlock *lock)
{
	kassert(lock->rank < RANK_DEVICE && !in_interrupt()); /* (2) */
	acquire(lock);
}

void
spin_unlock(struct spinlock *lock)
{
	release(lock);
}

uint64_t
spin_lock_irq(struct spinlock *lock)
{
	uint64_t flags = irq_save();

	acquire(lock);
	return flags;
}

void
spin_unlock_irq(struct spinlock *lock, uint64_t flags)
{
	release(lock);
	irq_restore(flags); /* (2): off until here */
}

void
spin_lock_irqs_off(struct spinlock *lock)
{
	acquire(lock);
}

void
spin_unlock_irqs_off(struct spinlock *lock)
{
	release(lock);
}
