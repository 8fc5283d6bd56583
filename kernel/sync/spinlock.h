/* spinlock.h - locks that are held for a few instructions.
 *
 * Layer: sync   Called by: everyone
 *
 * A lock is of one of two kinds, by its rank.  Below RANK_DEVICE no interrupt
 * handler takes it: spin_lock().  From RANK_DEVICE on one may, so interrupts
 * are off while it is held: spin_lock_irq().  The kernel is not preemptible,
 * so a holder loses its CPU only by sleeping, which it must not.
 *
 * Not a ticket lock: the emulator may run more virtual CPUs than the host has,
 * and then the CPU whose turn it is often does not run.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/atomic.h"
#include "sync/rank.h"
#include "x86/cpu.h"

struct spinlock {
	struct cpu *holder; /* [a] NULL: free */
	const char *name;   /* [I] */
	enum lock_rank rank; /* [I] */
	struct spinlock *outer; /* [c] the lock that the holder took before */
};

#define SPINLOCK_INIT(name_, rank_) {.name = (name_), .rank = (rank_)}

void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank);

/* Take a lock that interrupt handlers never take.  Not in interrupts. */
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Turn interrupts off and take the lock; the result goes to spin_unlock_irq().
 * Any context but NMI. */
uint64_t spin_lock_irq(struct spinlock *lock);
void spin_unlock_irq(struct spinlock *lock, uint64_t flags);

/* The same where interrupts are off already, and stay so. */
void spin_lock_irqs_off(struct spinlock *lock);
void spin_unlock_irqs_off(struct spinlock *lock);

/* Does this CPU hold the lock? */
static inline bool
spin_held(const struct spinlock *lock)
{
	return atomic_load(&lock->holder) == cpu_this();
}

/* Number of spinlocks that this CPU holds. */
static inline unsigned
spinlocks_held(void)
{
	return cpu_this()->spinlocks;
}

/* Is this a place where a thread may sleep: no interrupt, no spinlock? */
static inline bool
may_sleep(void)
{
	const struct cpu *cpu = cpu_this();

	return (cpu->irq_depth | cpu->spinlocks) == 0;
}
