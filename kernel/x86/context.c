/* context.c - make, switch and change the CPU's share of a thread.
 *
 * Layer: x86   Called by: sched, proc
 *
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "lib/string.h"
#include "x86/context.h"
#include "x86/msr.h"

_Static_assert(offsetof(struct context, rsp) == CONTEXT_RSP, "switch.S");
_Static_assert(offsetof(struct context, stack_top) == CONTEXT_STACK_TOP, "");
_Static_assert(offsetof(struct context, user_work) == CONTEXT_USER_WORK, "trap.S");

/* Where in the FXSAVE area.  Source: [SDM1] 10.5.1.1 "x87 State" */
#define FXSAVE_FCW        0
#define FXSAVE_MXCSR      24
#define FXSAVE_MXCSR_MASK 28
#define FCW_DEFAULT       0x37f
#define MXCSR_DEFAULT     0x1f80
#define MXCSR_MASK_DEFAULT 0xffbf

void switch_stack(uint64_t *save_rsp, uint64_t load_rsp);
void switch_first(void);

/* What switch_stack() pops, from the lowest address. */
struct switch_frame {
	uint64_t r15, r14;
	uint64_t r13; /* argument of entry */
	uint64_t r12; /* entry */
	uint64_t rbx, rbp;
	uint64_t rip;
};

void
context_init(struct context *context, vaddr_t stack_top, void (*entry)(void *arg),
    void *arg)
{
	/* A user's trap frame will lie at the top; see context_frame(). */
	struct switch_frame *frame =
	    (struct switch_frame *)(stack_top - sizeof(struct trapframe)) - 1;

	/* switch_first calls entry, so RSP is aligned when it gets there. */
	kassert(IS_ALIGNED(stack_top, 16));
	memset(context, 0, sizeof(*context));
	memset(frame, 0, sizeof(*frame));
	frame->r12 = (uint64_t)entry;
	frame->r13 = (uint64_t)arg;
	frame->rip = (uint64_t)switch_first;
	context->rsp = (uint64_t)frame;
	context->stack_top = stack_top;
	fpu_init_state(&context->fpu);
}

static void
load_user_state(const struct context *context)
{
	fpu_load(&context->fpu);
	wrmsr(IA32_FS_BASE, context->fs_base);
	wrmsr(IA32_KERNEL_GS_BASE, context->gs_base);
}

void
context_switch(struct context *from, struct context *to)
{
	kassert(!irq_enabled());
	if (from->has_user)
		fpu_save(&from->fpu);
	cpu_this()->context = to;
	cpu_set_kernel_stack(to->stack_top);
	if (to->has_user)
		load_user_state(to);
	switch_stack(&from->rsp, to->rsp);
}

void
context_set_fs_base(struct context *context, uint64_t base)
{
	context->fs_base = base;
	if (context == cpu_this()->context)
		wrmsr(IA32_FS_BASE, base);
}

void
context_set_gs_base(struct context *context, uint64_t base)
{
	context->gs_base = base;
	/* SWAPGS on the way in put the user's base there. */
	if (context == cpu_this()->context)
		wrmsr(IA32_KERNEL_GS_BASE, base);
}

static uint32_t
mxcsr_mask(void)
{
	struct fpu_state now;
	uint32_t mask;

	fpu_save(&now);
	memcpy(&mask, now.bytes + FXSAVE_MXCSR_MASK, sizeof(mask));
	return mask != 0 ? mask : MXCSR_MASK_DEFAULT;
}

void
fpu_init_state(struct fpu_state *state)
{
	uint16_t fcw = FCW_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;

	memset(state, 0, sizeof(*state));
	memcpy(state->bytes + FXSAVE_FCW, &fcw, sizeof(fcw));
	memcpy(state->bytes + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
}

void
fpu_save(struct fpu_state *state)
{
	__asm__ volatile("fxsave64 %0" : "=m"(*state));
}

void
fpu_load(const struct fpu_state *state)
{
	__asm__ volatile("fxrstor64 %0" ::"m"(*state));
}

bool
fpu_state_valid(const struct fpu_state *state)
{
	uint32_t mxcsr;

	memcpy(&mxcsr, state->bytes + FXSAVE_MXCSR, sizeof(mxcsr));
	return (mxcsr & ~mxcsr_mask()) == 0;
}
