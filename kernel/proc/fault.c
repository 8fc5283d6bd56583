/* fault.c - exceptions become signals; no memory left: one process is killed.
 *
 * Layer: proc   Called by: x86's trap hooks
 * Source: [SDM3] 6.15 "Exception and Interrupt Reference"; sigaction(2) si_code
 *
 * SPDX-License-Identifier: MIT */
#include "proc/fault.h"

#include "abi/wait.h"
#include "debug/printk.h"
#include "mm/aspace.h"
#include "mm/fault.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "x86/trap.h"

/* ---- Exceptions ---- */

struct exception_signal {
	int sig;
	int code;
	bool at_rip; /* si_addr is the instruction's address */
};

static const struct exception_signal exception_signals[EXC_COUNT] = {
    [EXC_DE] = {SIGFPE, FPE_INTDIV, true},
    [EXC_DB] = {SIGTRAP, TRAP_TRACE, true},
    [EXC_BP] = {SIGTRAP, SI_KERNEL, false},
    [EXC_OF] = {SIGSEGV, SI_KERNEL, false},
    [EXC_BR] = {SIGSEGV, SI_KERNEL, false},
    [EXC_UD] = {SIGILL, ILL_ILLOPN, true},
    [EXC_TS] = {SIGSEGV, SI_KERNEL, false},
    [EXC_NP] = {SIGBUS, SI_KERNEL, false},
    [EXC_SS] = {SIGBUS, SI_KERNEL, false},
    [EXC_GP] = {SIGSEGV, SI_KERNEL, false},
    [EXC_MF] = {SIGFPE, FPE_FLTINV, true},
    [EXC_AC] = {SIGBUS, BUS_ADRALN, false},
    [EXC_XM] = {SIGFPE, FPE_FLTINV, true},
};

/* Exception flags of the FPU's status word and of MXCSR: the same bits. */
#define FPU_IE BIT(0) /* invalid operation */
#define FPU_DE BIT(1) /* denormal operand */
#define FPU_ZE BIT(2) /* zero divide */
#define FPU_OE BIT(3) /* overflow */
#define FPU_UE BIT(4) /* underflow */
#define FPU_PE BIT(5) /* precision */
#define FPU_FLAGS 0x3f
#define MXCSR_MASK_SHIFT 7

/* FXSAVE's area: control word, status word, MXCSR.
 * Source: [SDM1] 10.5.1 "FXSAVE Area" */
#define FXSAVE_FCW   0
#define FXSAVE_FSW   2
#define FXSAVE_MXCSR 24

/* The si_code of a floating-point exception: which unmasked flag is set. */
static int
fpu_code(unsigned vector)
{
	struct fpu_state fpu;
	unsigned flags;

	fpu_save(&fpu);
	if (vector == EXC_MF) {
		flags = fpu.bytes[FXSAVE_FSW] & ~fpu.bytes[FXSAVE_FCW];
	} else {
		uint32_t mxcsr = *(uint32_t *)&fpu.bytes[FXSAVE_MXCSR];

		flags = mxcsr & ~(mxcsr >> MXCSR_MASK_SHIFT);
	}
	flags &= FPU_FLAGS;
	if (flags & FPU_IE)
		return FPE_FLTINV;
	if (flags & FPU_ZE)
		return FPE_FLTDIV;
	if (flags & FPU_OE)
		return FPE_FLTOVF;
	if (flags & (FPU_UE | FPU_DE))
		return FPE_FLTUND;
	return FPE_FLTRES;
}

/* The si_code of #DB: a single step (RFLAGS.TF), or the instruction INT1. */
static int
debug_code(void)
{
	uint64_t dr6 = dr6_read();

	dr6_write(dr6 & ~DR6_BS);
	return dr6 & DR6_BS ? TRAP_TRACE : TRAP_BRKPT;
}

static void
remember(const struct trapframe *frame, vaddr_t va)
{
	struct task *task = task_current();

	task->fault_vector = (uint8_t)frame->vector;
	task->fault_error = frame->error;
	/* Do not tell which of the kernel's pages are there. */
	if (va >= USER_TOP)
		task->fault_error |= PF_PRESENT;
	task->fault_va = va;
}

/* Tell the log (not the console) why a program is about to die, unless it has a
 * handler: the first thing that its author wants to know. */
static void
tell(const struct trapframe *frame, const struct abi_siginfo *info)
{
	const struct thread *thread = thread_current();
	int sig = info->si_signo;

	if (proc_current()->sighand->action[sig - 1].handler > SIG_IGN)
		return;
	if (frame->vector == EXC_PF)
		pr_debug("%s (%d): %s %#lx at rip %#lx, rsp %#lx: signal %d",
		    thread->name, thread->tid,
		    frame->error & PF_FETCH ? "cannot execute" :
		    frame->error & PF_WRITE ? "cannot write" : "cannot read",
		    info->si_addr, frame->rip, frame->rsp, sig);
	else
		pr_debug("%s (%d): %s at rip %#lx, rsp %#lx: signal %d",
		    thread->name, thread->tid,
		    exception_name((unsigned)frame->vector), frame->rip,
		    frame->rsp, sig);
}

void
fault_exception(struct trapframe *frame)
{
	const struct exception_signal *es = &exception_signals[EXC_GP];
	struct abi_siginfo info;

	if (frame->vector < EXC_COUNT &&
	    exception_signals[frame->vector].sig != 0)
		es = &exception_signals[frame->vector];
	info = signal_info(es->sig, es->code);
	if (es->at_rip)
		info.si_addr = frame->rip;
	if (frame->vector == EXC_DB)
		info.si_code = debug_code();
	if (frame->vector == EXC_MF || frame->vector == EXC_XM)
		info.si_code = fpu_code((unsigned)frame->vector);
	remember(frame, 0);
	tell(frame, &info);
	signal_force(&info);
}

/* ---- Out of memory ---- */

struct victim {
	struct proc *p;
	size_t pages;
	bool dying; /* somebody is on its way out already */
};

/* The process that has most pages; never process 1. */
static struct victim
find_victim(void)
{
	struct victim v = {0};

	for (struct proc *p = pid_next_proc(INIT_PID); p != NULL;
	    p = pid_next_proc(p->pid)) {
		if (p->state != PROC_ALIVE || p->aspace == NULL)
			continue;
		if (p->exiting)
			v.dying = true;
		if (p->aspace->resident_pages >= v.pages) {
			v.p = p;
			v.pages = p->aspace->resident_pages;
		}
	}
	return v;
}

/* Make room: kill one process, unless one is dying. */
static void
kill_somebody(void)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct victim v = find_victim();

	if (!v.dying && v.p != NULL) {
		printk(LOG_ERR, "out of memory: killed process %d (%s), %zu pages",
		    v.p->pid, v.p->leader->thread.name, v.pages);
		proc_kill_tasks(v.p, ABI_W_SIGNALED(SIGKILL));
	}
	spin_unlock_irq(&proc_lock, irq);
}

/* No victim has gone in time: the process that asks for memory is the next. */
static void
kill_self(void)
{
	struct proc *p = proc_current();
	uint64_t irq = spin_lock_irq(&proc_lock);

	printk(LOG_ERR, "out of memory: killed process %d (%s), which waited",
	    p->pid, thread_current()->name);
	proc_kill_tasks(p, ABI_W_SIGNALED(SIGKILL));
	spin_unlock_irq(&proc_lock, irq);
}

/* How long a fault waits for the victim, before its own process is the next: the
 * victim may itself wait for a lock that the faulting task holds. */
#define OOM_PAUSE_NS   (2 * NS_PER_MSEC)
#define OOM_PAUSES_MAX 200

/* ---- Page faults ---- */

/* No page is left.  Returns true to try again, false: this task is to exit. */
static bool
out_of_memory(void)
{
	struct task *task = task_current();

	if (signal_is_fatal_pending())
		return false;
	if (++task->oom_pauses > OOM_PAUSES_MAX)
		kill_self();
	else
		kill_somebody();
	if (signal_is_fatal_pending())
		return false;
	/* The victim exits meanwhile. */
	thread_sleep_until(clock_ns() + OOM_PAUSE_NS, WAIT_UNINTERRUPTIBLE);
	return true;
}

/* The siginfo of a page fault at va that mm could not serve. */
static struct abi_siginfo
fault_info(enum fault_result result, vaddr_t va)
{
	struct abi_siginfo info = signal_info(SIGSEGV, SEGV_MAPERR);

	if (result == FAULT_SEGV_ACCERR)
		info.si_code = SEGV_ACCERR;
	else if (result == FAULT_BUS)
		info = signal_info(SIGBUS, BUS_ADRERR);
	info.si_addr = va;
	return info;
}

bool
fault_page(struct trapframe *frame, vaddr_t va)
{
	bool from_user = trap_from_user(frame);
	struct aspace *as = thread_current()->aspace;
	enum fault_result result = FAULT_SEGV_MAPERR;
	struct abi_siginfo info;

	/* A copy with a spinlock held (futex) must not sleep: it is repeated
	 * without.  So is one that must not wait for this address space. */
	if (as == NULL || (!from_user && (spinlocks_held() > 0 ||
	    thread_current()->no_fault)))
		return false;
	if (va < USER_TOP)
		result = aspace_fault(as, va, frame->error);
	if (result == FAULT_OK) {
		proc_current()->faults++;
		task_current()->oom_pauses = 0;
		return true;
	}
	if (result == FAULT_OOM)
		return out_of_memory() || from_user;
	if (!from_user)
		return false;
	remember(frame, va);
	info = fault_info(result, va);
	tell(frame, &info);
	signal_force(&info);
	return true;
}
