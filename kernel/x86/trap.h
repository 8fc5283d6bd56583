/* trap.h - exceptions, interrupts and system calls: the ways into the kernel.
 *
 * Layer: x86   Called by: drivers (interrupts), proc and syscall (hooks)
 *
 * Every way in leaves the same struct trapframe on the kernel stack.
 * SPDX-License-Identifier: MIT */
#pragma once

/* Vectors */
#define VECTOR_NMI     2
#define VECTOR_IRQ0    0x20 /* interrupt n of the IOAPIC or PIC is VECTOR_IRQ0 + n */
#define VECTOR_SYSCALL 0x80 /* only in trapframe.vector: SYSCALL has none */
#define VECTOR_TIMER   0xf0
#define VECTOR_CALL    0xf1 /* smp_call() */
#define VECTOR_KICK    0xf2 /* look at your run queue */
#define VECTOR_SPURIOUS 0xff

#ifndef __ASSEMBLER__

#include "lib/bits.h"
#include "x86/cpu.h"

enum exception {
	EXC_DE = 0,  /* divide error */
	EXC_DB = 1,  /* debug */
	EXC_NMI = 2,
	EXC_BP = 3,  /* breakpoint */
	EXC_OF = 4,  /* overflow */
	EXC_BR = 5,  /* BOUND range exceeded */
	EXC_UD = 6,  /* invalid opcode */
	EXC_NM = 7,  /* device not available */
	EXC_DF = 8,  /* double fault */
	EXC_TS = 10, /* invalid TSS */
	EXC_NP = 11, /* segment not present */
	EXC_SS = 12, /* stack-segment fault */
	EXC_GP = 13, /* general protection */
	EXC_PF = 14, /* page fault */
	EXC_MF = 16, /* x87 floating-point error */
	EXC_AC = 17, /* alignment check */
	EXC_MC = 18, /* machine check */
	EXC_XM = 19, /* SIMD floating-point exception */
	EXC_COUNT = 32,
};

/* The interrupted program's registers, as trap.S pushes them. */
struct trapframe {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* enum exception or VECTOR_* */
	uint64_t error;  /* error code; of a system call: its number */
	uint64_t rip, cs, rflags, rsp, ss;
};

static inline bool
trap_from_user(const struct trapframe *frame)
{
	return (frame->cs & 3) == 3;
}

/* What the layers above do about traps; main.c fills it in before the first
 * process runs. */
struct trap_hooks {
	/* The system call in frame; interrupts are on.  Result to frame->rax. */
	void (*syscall)(struct trapframe *frame);
	/* An exception in user mode, other than a page fault; interrupts on. */
	void (*exception)(struct trapframe *frame);
	/* A page fault in user mode, or in the kernel while it copies from or
	 * to a user: frame->error has PF_*.  Interrupts on, may sleep.
	 * Returns true to run the instruction again (or what frame says now);
	 * false (only for kernel mode) to make the copy fail. */
	bool (*page_fault)(struct trapframe *frame, vaddr_t va);
	/* Before a return to user mode, while context.user_work != 0: signals,
	 * rescheduling.  Interrupts on; may not return (exit). */
	void (*user_return)(struct trapframe *frame);
	/* Timer interrupt.  from_user: it interrupted user mode. */
	void (*timer)(bool from_user);
	/* VECTOR_KICK arrived. */
	void (*kick)(void);
};
extern struct trap_hooks trap_hooks;

/* Name of an exception, as "#PF page fault". */
const char *exception_name(unsigned vector);

/* Fill the IDT and load it on this CPU. */
void trap_init(void);
void trap_load_idt(void);

/* Leave the kernel to frame, a user's.  Does not return. */
void __attribute__((noreturn)) trap_return_to_user(struct trapframe *frame);

/* Called by trap.S. */
void trap_entry(struct trapframe *frame);
void trap_user_work(struct trapframe *frame);

#endif /* __ASSEMBLER__ */
