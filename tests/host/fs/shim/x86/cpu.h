/* cpu.h - in front of kernel/x86/cpu.h: the one CPU of a host program.
 *
 * Layer: tests/host/fs
 *
 * Everything of the real header, but what touches registers.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#define cpu_this      kernel_cpu_this
#define cpu_id        kernel_cpu_id
#define in_interrupt  kernel_in_interrupt
#define irq_enabled   kernel_irq_enabled
#define irq_enable    kernel_irq_enable
#define irq_disable   kernel_irq_disable
#define irq_save      kernel_irq_save
#define irq_restore   kernel_irq_restore
#include_next "x86/cpu.h"
#undef cpu_this
#undef cpu_id
#undef in_interrupt
#undef irq_enabled
#undef irq_enable
#undef irq_disable
#undef irq_save
#undef irq_restore

extern struct cpu host_cpu;
extern bool host_irqs_off;

static inline struct cpu *
cpu_this(void)
{
	return &host_cpu;
}

static inline unsigned
cpu_id(void)
{
	return 0;
}

static inline bool
in_interrupt(void)
{
	return host_cpu.irq_depth > 0;
}

static inline bool
irq_enabled(void)
{
	return !host_irqs_off;
}

static inline void
irq_enable(void)
{
	host_irqs_off = false;
}

static inline void
irq_disable(void)
{
	host_irqs_off = true;
}

static inline uint64_t
irq_save(void)
{
	bool off = host_irqs_off;

	host_irqs_off = true;
	return off ? 0 : RFLAGS_IF;
}

static inline void
irq_restore(uint64_t flags)
{
	host_irqs_off = (flags & RFLAGS_IF) == 0;
}
