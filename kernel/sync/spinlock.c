/* spinlock.c - test-and-set locks, with ranks checked.
 *
 * Layer: sync   Called by: everyone
 *
 * Each CPU keeps its held spinlocks as a list, innermost first, through `outer`.
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

/* The innermost spinlock that each CPU holds.  [c] */
static struct spinlock *innermost[MAX_CPUS];

void
spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(name, rank);
}

bool
spin_held(const struct spinlock *lock)
{
	return atomic_load(&lock->holder) == cpu_this();
}

static void
acquire(struct spinlock *lock)
{
	struct cpu *cpu = cpu_this();
	struct spinlock *inner = innermost[cpu->id];
	struct cpu *nobody = NULL;

	if (inner != NULL && inner->rank >= lock->rank) /* (1) */
		panic("lock order: %s (rank %d) taken with %s (rank %d) held",
		    lock->name, lock->rank, inner->name, inner->rank);
	while (!atomic_cas(&lock->holder, &nobody, cpu)) {
		while (atomic_load(&lock->holder) != NULL)
			cpu_relax();
		nobody = NULL;
	}
	lock->outer = inner;
	innermost[cpu->id] = lock;
	cpu->spinlocks++;
}

static void
release(struct spinlock *lock)
{
	struct cpu *cpu = cpu_this();
	struct spinlock **p = &innermost[cpu->id];

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
	kassert(!irq_enabled()); /* (2) */
	release(lock);
	irq_restore(flags);
}
