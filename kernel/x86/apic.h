/* apic.h - interrupt controllers (LAPIC and IOAPIC, else the 8259) and the timer.
 *
 * Layer: x86   Called by: trap, smp, sched/timer.c
 *
 * Source: [SDM3] 11 "Advanced Programmable Interrupt Controller (APIC)"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Set up the controllers on the boot CPU: LAPIC and IOAPIC if CPUID and the MADT
 * have them, else the PIC.  All lines are masked. */
void apic_init(void);
/* The same for the LAPIC of another CPU, on that CPU. */
void apic_init_this(void);

bool apic_present(void);

/* Unmask ISA or PCI line irq: it comes as VECTOR_IRQ0 + irq.
 * Returns 0; -EINVAL: no such line. */
int apic_unmask(unsigned irq);
/* The PIC's vectors 7 and 15 may come without a device. */
bool apic_is_spurious(unsigned irq);
/* Acknowledge the interrupt with this vector. */
void apic_eoi(unsigned vector);

/* Send vector to the CPU; to all others; or an NMI to all others. */
void apic_send(unsigned cpu, unsigned vector);
void apic_send_all_others_nmi(void);
/* INIT and STARTUP IPIs.  page: 4 KiB page number below 1 MiB. */
void apic_start_cpu(uint32_t apic_id, unsigned page);

/* The timer of this CPU: one VECTOR_TIMER interrupt after delta_ns (at least
 * 1 us, at most a second: longer waits come in steps). */
void apic_timer_init(void);
void apic_timer_arm(uint64_t delta_ns);
