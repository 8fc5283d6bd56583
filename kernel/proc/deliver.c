/* deliver.c - what happens to a pending signal when its thread returns to user
 * mode: ignore, stop, kill, or call the handler; and whether the system call
 * that it interrupted is run again.
 *
 * Layer: proc   Called by: x86's user_return hook
 * Source: [POSIX] 2.4.3 "Signal Actions"; signal(7) "Interruption of system
 *         calls and library functions by signal handlers"
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/syscall.h"
#include "abi/wait.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "x86/trap.h"

#define SYSCALL_BYTES 2 /* the instruction SYSCALL */

/* What came of looking at the pending signals. */
enum verdict {
	NOTHING, /* no signal left */
	AGAIN,   /* one was dealt with: look again */
	HANDLER, /* enter the handler */
	EXIT,    /* the task is to exit */
	PARK,    /* the process is stopped */
};

/* ---- Stopping ---- */

void
signal_stop_check_complete(struct proc *p)
{
	kassert(spin_held(&proc_lock));
	if (!p->stopped || p->parked < p->live || p->live == 0)
		return;
	p->stop_unreported = true;
	proc_notify_parent(p, CLD_STOPPED, p->stop_signal);
}

/* All tasks are to park. */
static void
begin_stop(struct proc *p, int sig)
{
	kassert(spin_held(&proc_lock) && p->parked == 0);
	p->stopped = true;
	p->stop_signal = sig;
	p->continue_unreported = false;
	list_for_each(task, &p->tasks, struct task, link)
		thread_interrupt(&task->thread);
}

/* Sleep while the process is stopped. */
static void
park(struct task *task)
{
	struct proc *p = task->proc;
	uint64_t irq = spin_lock_irq(&proc_lock);

	if (p->stopped && !task->parked) {
		task->parked = true;
		p->parked++;
		signal_stop_check_complete(p);
	}
	spin_unlock_irq(&proc_lock, irq);
	/* resume() clears parked: a stop that follows at once counts anew. */
	wait_event(&p->stop_wq, !atomic_load(&task->parked) ||
	    signal_is_fatal_pending());
}

/* ---- Choosing ---- */

/* Act on sig, whose action is the default. */
static enum verdict
default_action(struct proc *p, int sig)
{
	if (SIGMASK(sig) & (SIGMASK(SIGCHLD) | SIGMASK(SIGCONT) |
	    SIGMASK(SIGURG) | SIGMASK(SIGWINCH)))
		return AGAIN;
	if (SIGMASK(sig) & SIGMASK_STOP) {
		if (sig == SIGSTOP || !job_is_orphaned(p->pgrp))
			begin_stop(p, sig);
		return AGAIN;
	}
	proc_kill_tasks(p, ABI_W_SIGNALED(sig));
	return EXIT;
}

/* Look at the next pending signal.  HANDLER: *info and *action say which. */
static enum verdict
next_signal(struct task *task, struct abi_siginfo *info,
    struct abi_sigaction *action)
{
	struct proc *p = task->proc;
	int sig;

	kassert(task == task_current() && spin_held(&proc_lock));
	if (signal_is_fatal_pending())
		return EXIT;
	if (p->stopped)
		return PARK;
	sig = signal_dequeue_locked(task, ~task->sigmask, info);
	if (sig == 0) {
		thread_clear_interrupt();
		return NOTHING;
	}
	*action = p->sighand->action[sig - 1];
	if (action->handler == SIG_IGN)
		return AGAIN;
	if (action->handler == SIG_DFL)
		return default_action(p, sig);
	if (action->flags & SA_RESETHAND)
		p->sighand->action[sig - 1].handler = SIG_DFL;
	return HANDLER;
}

void
signal_clear_interrupt(void)
{
	uint64_t irq = spin_lock_irq(&proc_lock);

	if (!signal_is_pending() && !signal_is_fatal_pending() &&
	    !proc_current()->stopped)
		thread_clear_interrupt();
	spin_unlock_irq(&proc_lock, irq);
}

/* ---- System calls that were interrupted ---- */

/* Run the system call of frame again, as number. */
static void
run_again(struct trapframe *frame, uint64_t number)
{
	frame->rax = number;
	frame->rip -= SYSCALL_BYTES;
}

/* handler: the action that is about to run, or NULL: none. */
static void
finish_syscall(struct trapframe *frame, const struct abi_sigaction *handler)
{
	if (frame->vector != VECTOR_SYSCALL)
		return;
	switch (-(int64_t)frame->rax) {
	case ERESTARTNOINTR:
		run_again(frame, frame->error);
		break;
	case ERESTARTSYS:
		if (handler != NULL && (handler->flags & SA_RESTART) == 0)
			frame->rax = (uint64_t)-EINTR;
		else
			run_again(frame, frame->error);
		break;
	case ERESTARTNOHAND:
		if (handler != NULL)
			frame->rax = (uint64_t)-EINTR;
		else
			run_again(frame, frame->error);
		break;
	case ERESTART_RESTARTBLOCK:
		if (handler != NULL)
			frame->rax = (uint64_t)-EINTR;
		else
			run_again(frame, SYS_restart_syscall);
		break;
	default:
		break;
	}
	frame->vector = 0; /* Once: another handler may follow. */
}

/* ---- Delivery ---- */

/* Let frame enter the handler of info, on the frame that interrupts it. */
static void
enter_handler(struct task *task, struct trapframe *frame,
    const struct abi_siginfo *info, const struct abi_sigaction *action)
{
	uint64_t old_mask = task->sigmask;
	uint64_t mask = old_mask | action->mask;

	if (task->restore_sigmask) {
		task->restore_sigmask = false;
		old_mask = task->saved_sigmask;
	}
	finish_syscall(frame, action);
	if (sigframe_push(frame, info, action, old_mask) != 0) {
		struct abi_siginfo segv = signal_info(SIGSEGV, SI_KERNEL);

		if (info->si_signo == SIGSEGV) /* Its own handler fails. */
			mask |= SIGMASK(SIGSEGV);
		atomic_store(&task->sigmask, mask & ~SIGMASK_UNBLOCKABLE);
		signal_force(&segv);
		return;
	}
	if ((action->flags & SA_NODEFER) == 0)
		mask |= SIGMASK(info->si_signo);
	signal_set_mask(mask);
}

void
signal_user_return(struct trapframe *frame)
{
	struct task *task = task_current();
	struct abi_sigaction action;
	struct abi_siginfo info;
	enum verdict verdict;
	uint64_t irq;

	if (atomic_load(&task->thread.context.user_work) & USER_WORK_RESCHED)
		sched_user_return();
	if ((atomic_load(&task->thread.context.user_work) &
	    USER_WORK_SIGNAL) == 0)
		return;
	do {
		irq = spin_lock_irq(&proc_lock);
		verdict = next_signal(task, &info, &action);
		spin_unlock_irq(&proc_lock, irq);
		if (verdict == HANDLER)
			enter_handler(task, frame, &info, &action);
		else if (verdict == PARK)
			park(task);
		else if (verdict == EXIT)
			task_exit(0);
	} while (verdict != NOTHING);
	finish_syscall(frame, NULL);
	signal_restore_mask();
}
