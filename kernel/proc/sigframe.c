/* sigframe.c - the frame on the user's stack on which a signal handler runs.
 *
 * Layer: proc   Called by: deliver.c, syscall (rt_sigreturn)
 * Source: Linux x86-64 layout; sigaltstack(2), sigreturn(2)
 *
 *	higher	| what was interrupted      |
 *		| red zone, 128 bytes       |  a leaf function may use them
 *		| FPU state, 512, 64-aligned|
 *		| siginfo                   |  RSI
 *		| ucontext                  |  RDX
 *	lower	| restorer                  |  RSP: the handler "returns" to it,
 *						and it calls rt_sigreturn
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc/proc.h"
#include "x86/trap.h"

struct sigframe {
	uint64_t restorer;
	struct abi_ucontext uc;
	struct abi_siginfo info;
};

#define RED_ZONE    128
#define FPU_ALIGN   64
/* RSP is 8 below a multiple of 16, as after a CALL. */
#define STACK_ALIGN 16

/* FXSAVE leaves the last 48 bytes to software; Linux describes an XSAVE area
 * there, of which we have none. */
#define FPU_SOFTWARE_BYTES 48

/* The flags that a program may set in its own RFLAGS.  Source: [SDM1] 3.4.3 */
#define RFLAGS_STATUS                                              \
	(BIT(0) | BIT(2) | BIT(4) | BIT(6) | BIT(7) | BIT(11)) /* CF..OF */
#define RFLAGS_USER                                             \
	(RFLAGS_STATUS | RFLAGS_TF | RFLAGS_DF | RFLAGS_RF | RFLAGS_AC)

bool
sigframe_on_altstack(const struct task *task, uint64_t sp)
{
	const struct abi_stack *alt = &task->altstack;

	if ((uint32_t)alt->ss_flags & SS_AUTODISARM)
		return false; /* It was given up on entry. */
	return alt->ss_size != 0 && sp > alt->ss_sp &&
	    sp - alt->ss_sp <= alt->ss_size;
}

/* Where the frame begins to grow: the stack of the program, or the other. */
static uint64_t
stack_for(const struct task *task, const struct trapframe *frame,
    const struct abi_sigaction *action)
{
	if ((action->flags & SA_ONSTACK) && task->altstack.ss_size != 0 &&
	    !sigframe_on_altstack(task, frame->rsp))
		return task->altstack.ss_sp + task->altstack.ss_size;
	return frame->rsp - RED_ZONE;
}

/* The registers of what is interrupted, in the layout of ucontext. */
static void
registers_save(struct abi_sigcontext *sc, const struct trapframe *frame)
{
	*sc = (struct abi_sigcontext){
	    .r8 = frame->r8, .r9 = frame->r9, .r10 = frame->r10,
	    .r11 = frame->r11, .r12 = frame->r12, .r13 = frame->r13,
	    .r14 = frame->r14, .r15 = frame->r15, .rdi = frame->rdi,
	    .rsi = frame->rsi, .rbp = frame->rbp, .rbx = frame->rbx,
	    .rdx = frame->rdx, .rax = frame->rax, .rcx = frame->rcx,
	    .rsp = frame->rsp, .rip = frame->rip, .rflags = frame->rflags,
	    .cs = (uint16_t)frame->cs, .ss = (uint16_t)frame->ss,
	};
}

/* Selectors are not taken: a program has only one pair. */
static void
registers_restore(struct trapframe *frame, const struct abi_sigcontext *sc)
{
	frame->r8 = sc->r8;
	frame->r9 = sc->r9;
	frame->r10 = sc->r10;
	frame->r11 = sc->r11;
	frame->r12 = sc->r12;
	frame->r13 = sc->r13;
	frame->r14 = sc->r14;
	frame->r15 = sc->r15;
	frame->rdi = sc->rdi;
	frame->rsi = sc->rsi;
	frame->rbp = sc->rbp;
	frame->rbx = sc->rbx;
	frame->rdx = sc->rdx;
	frame->rax = sc->rax;
	frame->rcx = sc->rcx;
	frame->rsp = sc->rsp;
	frame->rip = sc->rip;
	frame->rflags = (frame->rflags & ~RFLAGS_USER) |
	    (sc->rflags & RFLAGS_USER);
	frame->vector = 0; /* Not a system call: nothing to restart. */
}

/* Write the FPU's registers to the user's stack below *sp. */
static int
fpu_push(uint64_t *sp)
{
	struct fpu_state fpu;

	*sp = ALIGN_DOWN(*sp - sizeof(fpu), FPU_ALIGN);
	fpu_save(&fpu);
	memset(fpu.bytes + sizeof(fpu) - FPU_SOFTWARE_BYTES, 0,
	    FPU_SOFTWARE_BYTES);
	return copy_to_user((void *)*sp, &fpu, sizeof(fpu));
}

int
sigframe_push(struct trapframe *frame, const struct abi_siginfo *info,
    const struct abi_sigaction *action, uint64_t old_mask)
{
	struct task *task = task_current();
	uint64_t sp = stack_for(task, frame, action);
	bool was_on_alt = sigframe_on_altstack(task, frame->rsp);
	struct sigframe sf;

	if ((action->flags & SA_RESTORER) == 0 || fpu_push(&sp) != 0)
		return -EFAULT;
	sf.restorer = action->restorer;
	sf.uc = (struct abi_ucontext){
	    .uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS,
	    .uc_stack = task->altstack,
	    .uc_sigmask = old_mask,
	};
	if (was_on_alt)
		sf.uc.uc_stack.ss_flags |= SS_ONSTACK;
	registers_save(&sf.uc.uc_mcontext, frame);
	sf.uc.uc_mcontext.fpstate = sp;
	sf.uc.uc_mcontext.oldmask = old_mask;
	sf.uc.uc_mcontext.trapno = task->fault_vector;
	sf.uc.uc_mcontext.err = task->fault_error;
	sf.uc.uc_mcontext.cr2 = task->fault_va;
	sf.info = *info;
	sp = ALIGN_DOWN(sp - sizeof(sf), STACK_ALIGN) - sizeof(uint64_t);
	if (was_on_alt && sp < task->altstack.ss_sp)
		return -EFAULT; /* It would grow out of the other stack. */
	if (copy_to_user((void *)sp, &sf, sizeof(sf)) != 0)
		return -EFAULT;
	if ((uint32_t)task->altstack.ss_flags & SS_AUTODISARM)
		task->altstack = (struct abi_stack){.ss_flags = SS_DISABLE};

	frame->rsp = sp;
	frame->rip = action->handler;
	frame->rdi = (uint64_t)info->si_signo;
	frame->rsi = sp + offsetof(struct sigframe, info);
	frame->rdx = sp + offsetof(struct sigframe, uc);
	frame->rax = 0;
	frame->rflags &= ~(RFLAGS_DF | RFLAGS_RF | RFLAGS_TF);
	return 0;
}

/* Take the FPU's registers from user address uptr; 0: as at the start. */
static int
fpu_pop(uint64_t uptr)
{
	struct fpu_state fpu;

	if (uptr == 0)
		fpu_init_state(&fpu);
	else if (copy_from_user(&fpu, (const void *)uptr, sizeof(fpu)) != 0 ||
	    !fpu_state_valid(&fpu))
		return -EFAULT;
	fpu_load(&fpu);
	return 0;
}

long
sigframe_pop(struct trapframe *frame)
{
	struct task *task = task_current();
	const struct sigframe *user;
	struct abi_ucontext uc;

	/* The handler's RET has taken the restorer. */
	user = (const struct sigframe *)(frame->rsp - sizeof(uint64_t));
	if (copy_from_user(&uc, &user->uc, sizeof(uc)) != 0 ||
	    uc.uc_mcontext.rip >= USER_TOP ||
	    fpu_pop(uc.uc_mcontext.fpstate) != 0) {
		struct abi_siginfo segv = signal_info(SIGSEGV, SI_KERNEL);

		signal_force(&segv);
		return 0;
	}
	registers_restore(frame, &uc.uc_mcontext);
	signal_set_mask(uc.uc_sigmask);
	uc.uc_stack.ss_flags &= ~SS_ONSTACK;
	if (!sigframe_on_altstack(task, frame->rsp))
		task->altstack = uc.uc_stack;
	return (long)frame->rax;
}
