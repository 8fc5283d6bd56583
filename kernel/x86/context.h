/* context.h - the CPU's share of a thread: stack, FPU state, user segments.
 *
 * Layer: x86   Called by: sched (switch), proc (fork, signals)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* Offsets in struct context, for switch.S and trap.S; switch.c asserts them. */
#define CONTEXT_RSP       0
#define CONTEXT_STACK_TOP 8
#define CONTEXT_USER_WORK 16

#ifndef __ASSEMBLER__

#include "lib/types.h"
#include "x86/trap.h"

/* FXSAVE's area.  Source: [SDM1] 10.5.1 "FXSAVE Area" */
struct fpu_state {
	uint8_t bytes[512];
} __attribute__((aligned(16)));

/* What is to be done before the thread returns to user mode. */
#define USER_WORK_RESCHED 1
#define USER_WORK_SIGNAL  2

/* What protects the members:
 *	t	the thread itself, or whoever creates it
 *	a	atomic */
struct context {
	uint64_t rsp;         /* [t] while it does not run */
	vaddr_t stack_top;    /* [t] kernel stack, highest address */
	uint32_t user_work;   /* [a] USER_WORK_* */
	bool has_user;        /* [t] FPU and FS/GS are a user's: save them */
	uint64_t fs_base;     /* [t] user's FS: thread-local storage */
	uint64_t gs_base;     /* [t] user's GS */
	struct fpu_state fpu; /* [t] while it does not run */
};

/* Prepare context so that the first switch to it calls entry(arg) on the stack
 * that ends at stack_top, with interrupts off. entry must not return. */
void context_init(struct context *context, vaddr_t stack_top,
    void (*entry)(void *arg), void *arg);

/* Save the running context in from, go on with to.  Interrupts are off.
 * Returns when somebody switches back to from. */
void context_switch(struct context *from, struct context *to);

/* The user's registers of a thread: at the top of its kernel stack. */
static inline struct trapframe *
context_frame(const struct context *context)
{
	return (struct trapframe *)context->stack_top - 1;
}

/* Set fs/gs base of the running thread, now and after each switch. */
void context_set_fs_base(struct context *context, uint64_t base);
void context_set_gs_base(struct context *context, uint64_t base);

/* FPU state as at the start of a program. */
void fpu_init_state(struct fpu_state *state);
/* The running thread's FPU registers to and from memory.
 * fpu_load: reserved MXCSR bits must be clear: see fpu_state_valid(). */
void fpu_save(struct fpu_state *state);
void fpu_load(const struct fpu_state *state);
bool fpu_state_valid(const struct fpu_state *state);

#endif /* __ASSEMBLER__ */
