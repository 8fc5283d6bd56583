/* cpu.h - this CPU: its data, its interrupt flag, its control registers.
 *
 * Layer: x86   Called by: everyone above
 *
 * Each CPU has a struct cpu; GS points to it while the kernel runs.  trap.S
 * and switch.S know the offsets of the first members (CPU_*).
 * SPDX-License-Identifier: MIT */
#pragma once

#define MAX_CPUS 8

/* Offsets in struct cpu, for assembly; cpu.c asserts them. */
#define CPU_SELF       0
#define CPU_KERNEL_RSP 8
#define CPU_USER_RSP   16
#define CPU_CONTEXT    24
#define CPU_ID         32

/* Segment selectors.  SYSRET wants user data and then user code, in this order,
 * behind the base in IA32_STAR.  Source: [SDM2] "SYSRET" */
#define KERNEL_CS 0x08
#define KERNEL_DS 0x10
#define USER_DS   0x1b
#define USER_CS   0x23
#define TSS_SEL   0x28

#ifndef __ASSEMBLER__

#include "lib/bits.h"

struct context;
struct spinlock;

/* [SDM3] 8.7 "Task Management in 64-bit Mode" */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7]; /* ist[0] is IST1 */
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap_base;
} __attribute__((packed));
_Static_assert(sizeof(struct tss) == 104, "TSS");

/* What protects the members:
 *	I	immutable after cpu_init_this()
 *	c	this CPU only
 *	a	atomic */
struct cpu {
	struct cpu *self;         /* [I] */
	uint64_t kernel_rsp;      /* [c] top of the current thread's stack */
	uint64_t user_rsp;        /* [c] scratch of the system-call entry */
	struct context *context;  /* [c] the running thread */
	unsigned id;              /* [I] 0 is the boot CPU */
	uint32_t apic_id;         /* [I] */
	unsigned irq_depth;       /* [c] interrupt handlers on the stack */
	unsigned spinlocks;       /* [c] spinlocks held, for asserts */
	struct spinlock *innermost; /* [c] the last one taken */
	bool online;              /* [a] */
	struct tss tss;           /* [c] */
	uint64_t gdt[8];          /* [I] */
} __attribute__((aligned(CACHE_LINE)));

extern struct cpu cpus[MAX_CPUS];

/* CPUs that run: 1 to MAX_CPUS.  Their ids are 0 to cpu_count() - 1. */
unsigned cpu_count(void);

static inline struct cpu *
cpu_this(void)
{
	struct cpu *cpu;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* The number of this CPU.  A thread keeps it until it next sleeps. */
static inline unsigned
cpu_id(void)
{
	unsigned id;

	__asm__ volatile("movl %%gs:32, %0" : "=r"(id));
	return id;
}

static inline bool
in_interrupt(void)
{
	return cpu_this()->irq_depth > 0;
}

#define RFLAGS_RESERVED_1 BIT(1)
#define RFLAGS_TF         BIT(8)
#define RFLAGS_IF         BIT(9)
#define RFLAGS_DF         BIT(10)
#define RFLAGS_IOPL       (BIT(12) | BIT(13))
#define RFLAGS_NT         BIT(14)
#define RFLAGS_RF         BIT(16)
#define RFLAGS_AC         BIT(18)

static inline uint64_t
rflags_read(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags));
	return flags;
}

static inline bool
irq_enabled(void)
{
	return (rflags_read() & RFLAGS_IF) != 0;
}

static inline void
irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void
irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

/* Disable interrupts on this CPU; give the result to irq_restore(). */
static inline uint64_t
irq_save(void)
{
	uint64_t flags = rflags_read();

	irq_disable();
	return flags;
}

static inline void
irq_restore(uint64_t flags)
{
	if (flags & RFLAGS_IF)
		irq_enable();
}

static inline void
cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* Enable interrupts and halt until the next; STI's shadow closes the gap. */
static inline void
cpu_idle(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

/* Stop this CPU for ever. */
static inline void __attribute__((noreturn))
cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

#define CR0_MP BIT(1)
#define CR0_EM BIT(2)
#define CR0_TS BIT(3)
#define CR0_NE BIT(5)
#define CR0_WP BIT(16)
#define CR0_PG BIT(31)
#define CR4_PGE        BIT(7)
#define CR4_OSFXSR     BIT(9)
#define CR4_OSXMMEXCPT BIT(10)
#define CR4_SMEP       BIT(20)
#define CR4_SMAP       BIT(21)

#define CR_ACCESS(cr)                                                    \
	static inline uint64_t cr##_read(void)                           \
	{                                                                \
		uint64_t value;                                          \
		__asm__ volatile("movq %%" #cr ", %0" : "=r"(value));    \
		return value;                                            \
	}                                                                \
	static inline void cr##_write(uint64_t value)                    \
	{                                                                \
		__asm__ volatile("movq %0, %%" #cr ::"r"(value) : "memory"); \
	}
CR_ACCESS(cr0)
CR_ACCESS(cr2)
CR_ACCESS(cr3)
CR_ACCESS(cr4)
CR_ACCESS(dr6)

#define DR6_BS BIT(14) /* #DB came from a single step; stays set */

static inline uint64_t
rdtsc(void)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Find out what the CPU can do; once, on the boot CPU, before all else. */
void cpu_detect(void);

/* Load GDT, TSS, IDT, control registers and system-call MSRs of CPU id.
 * Runs on that CPU, with interrupts off. */
void cpu_init_this(unsigned id);

/* The stack on which exceptions and system calls from user mode start. */
void cpu_set_kernel_stack(vaddr_t top);

#endif /* __ASSEMBLER__ */
