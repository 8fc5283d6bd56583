/* irq.h - interrupt lines of devices and their handlers.
 *
 * Layer: x86   Called by: drivers, trap.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define IRQ_LINES 24
#define IRQ_PIT   0 /* the timer, where there is no APIC */

/* Call handler(arg) when ISA or PCI line irq (below IRQ_LINES; ACPI's overrides
 * are applied) fires, and unmask the line.  Several handlers may share a line.
 * The handler runs on CPU 0 with interrupts off and must not sleep.
 * Returns 0; -EINVAL: no such line; -ENOMEM: the table is full.
 * Called by the boot CPU while it starts drivers.  Does not sleep. */
int irq_register(unsigned irq, void (*handler)(void *arg), void *arg);

/* How often line irq fired since boot. */
uint64_t irq_count(unsigned irq);

/* Called by trap.c for vectors from VECTOR_IRQ0 on. */
void irq_dispatch(unsigned vector, bool from_user);
