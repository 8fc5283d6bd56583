/* irq.c - interrupt lines of devices and their handlers.
 *
 * Layer: x86   Called by: drivers, trap.c
 *
 * Handlers are only ever added, so irq_dispatch() reads the table without a
 * lock: an entry is complete before count says that it is there.
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/assert.h"
#include "lib/atomic.h"
#include "x86/apic.h"
#include "x86/irq.h"
#include "x86/trap.h"

#define HANDLERS_PER_LINE 8

struct irq_line {
	unsigned count; /* [a] handlers; only grows */
	struct {
		void (*fn)(void *arg);
		void *arg;
	} handlers[HANDLERS_PER_LINE]; /* [I] below count */
	uint64_t fired; /* [a] */
};

static struct irq_line irq_lines[IRQ_LINES];

int
irq_register(unsigned irq, void (*handler)(void *arg), void *arg)
{
	struct irq_line *line = &irq_lines[irq];
	uint64_t flags;

	if (irq >= IRQ_LINES)
		return -EINVAL;
	if (line->count == HANDLERS_PER_LINE)
		return -ENOMEM;
	flags = irq_save();
	line->handlers[line->count].fn = handler;
	line->handlers[line->count].arg = arg;
	atomic_store(&line->count, line->count + 1);
	irq_restore(flags);
	return apic_unmask(irq);
}

uint64_t
irq_count(unsigned irq)
{
	kassert(irq < IRQ_LINES);
	return atomic_load(&irq_lines[irq].fired);
}

void
irq_dispatch(unsigned vector, bool from_user)
{
	unsigned irq = vector - VECTOR_IRQ0;

	if (irq >= IRQ_LINES || apic_is_spurious(irq))
		return;
	atomic_add(&irq_lines[irq].fired, 1);
	if (irq == IRQ_PIT && !apic_present()) {
		apic_eoi(vector);
		if (trap_hooks.timer != NULL)
			trap_hooks.timer(from_user);
		return;
	}
	for (unsigned i = 0; i < atomic_load(&irq_lines[irq].count); i++)
		irq_lines[irq].handlers[i].fn(irq_lines[irq].handlers[i].arg);
	apic_eoi(vector);
}
