/* signal.c - signals: generation, masks, and what a thread finds pending.
 *
 * Layer: proc   Called by: syscall, exit, fault, job, itimer, deliver.c
 * Source: [POSIX] 2.4.1 "Signal Generation and Delivery", signal(7)
 *
 * SPDX-License-Identifier: MIT */
#include "proc/signal.h"

#include "abi/errno.h"
#include "abi/wait.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "sched/clock.h"

/* A signal with its siginfo. */
struct sig_record {
	struct list link; /* [p] in sig_pending.queue */
	struct abi_siginfo info;
};

/* Delivered before others: they tell about the instruction just run. */
#define SIGMASK_SYNCHRONOUS                                    \
	(SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) | SIGMASK(SIGILL) | \
	    SIGMASK(SIGTRAP) | SIGMASK(SIGFPE) | SIGMASK(SIGSYS))
#define SIGMASK_DEFAULT_IGNORE                                    \
	(SIGMASK(SIGCHLD) | SIGMASK(SIGCONT) | SIGMASK(SIGURG) | \
	    SIGMASK(SIGWINCH))

static struct slab_cache record_cache;
static struct slab_cache sighand_cache;
static unsigned record_count; /* [p] */

void
signal_init(void)
{
	slab_cache_init(&record_cache, "signal", sizeof(struct sig_record), 0);
	slab_cache_init(&sighand_cache, "sighand", sizeof(struct sighand), 0);
}

/* ---- Actions ---- */

struct sighand *
sighand_create(const struct sighand *from)
{
	struct sighand *sighand = slab_alloc(&sighand_cache);

	if (sighand == NULL)
		return NULL;
	if (from != NULL)
		memcpy(sighand, from, sizeof(*sighand));
	else
		memset(sighand, 0, sizeof(*sighand));
	ref_init(&sighand->refs, 1);
	return sighand;
}

void
sighand_put(struct sighand *sighand)
{
	if (ref_put(&sighand->refs))
		slab_free(&sighand_cache, sighand);
}

static uint64_t
handler_of(const struct proc *p, int sig)
{
	return p->sighand->action[sig - 1].handler;
}

/* Does sig do nothing to p, as things are? */
static bool
is_ignored(const struct proc *p, int sig)
{
	uint64_t handler = handler_of(p, sig);

	if (handler == SIG_IGN)
		return true;
	return handler == SIG_DFL &&
	    ((SIGMASK(sig) & SIGMASK_DEFAULT_IGNORE) != 0 ||
	    p->pid == INIT_PID); /* Nobody kills or stops process 1. */
}

/* ---- Pending sets ---- */

void
sig_pending_init(struct sig_pending *pending)
{
	pending->set = 0;
	list_init(&pending->queue);
}

static void
record_free(struct sig_record *r)
{
	kassert(record_count > 0);
	list_remove(&r->link);
	slab_free(&record_cache, r);
	record_count--;
}

void
sig_pending_discard(struct sig_pending *pending, uint64_t mask)
{
	kassert(spin_held(&proc_lock));
	if ((pending->set & mask) == 0)
		return;
	atomic_and(&pending->set, ~mask);
	list_for_each_safe(r, &pending->queue, struct sig_record, link) {
		if (SIGMASK(r->info.si_signo) & mask)
			record_free(r);
	}
}

/* Throw the signals in mask away, whoever in p they wait for. */
static void
discard_everywhere(struct proc *p, uint64_t mask)
{
	sig_pending_discard(&p->pending, mask);
	list_for_each(task, &p->tasks, struct task, link)
		sig_pending_discard(&task->pending, mask);
}

/* Add a signal to pending.  Without memory or room a record is left out: then
 * the signal comes without siginfo, unless sigqueue() sent it (-EAGAIN). */
static int
enqueue(struct proc *p, struct sig_pending *pending,
    const struct abi_siginfo *info)
{
	int sig = info->si_signo;
	struct sig_record *r = NULL;

	kassert(spin_held(&proc_lock));
	kassert(sig >= 1 && sig <= NSIG);
	if (sig < SIGRTMIN && (pending->set & SIGMASK(sig)) != 0)
		return 0; /* Standard signals do not queue. */
	if (record_count < p->limits[RLIMIT_SIGPENDING].rlim_cur ||
	    sig < SIGRTMIN)
		r = slab_alloc(&record_cache);
	if (r == NULL && sig >= SIGRTMIN && info->si_code != SI_USER)
		return -EAGAIN;
	if (r != NULL) {
		r->info = *info;
		list_add_tail(&pending->queue, &r->link);
		record_count++;
	}
	atomic_or(&pending->set, SIGMASK(sig));
	return 0;
}

/* Take signal sig, which is set, out of pending. */
static void
dequeue(struct sig_pending *pending, int sig, struct abi_siginfo *info)
{
	struct sig_record *found = NULL;
	bool more = false;

	kassert(pending->set & SIGMASK(sig));
	list_for_each(r, &pending->queue, struct sig_record, link) {
		if (r->info.si_signo != sig)
			continue;
		if (found != NULL) {
			more = true;
			break;
		}
		found = r;
	}
	if (found != NULL) {
		*info = found->info;
		record_free(found);
	} else {
		*info = signal_info(sig, SI_USER);
	}
	if (!more)
		atomic_and(&pending->set, ~SIGMASK(sig));
}

int
signal_dequeue_locked(struct task *task, uint64_t set,
    struct abi_siginfo *info)
{
	struct sig_pending *pending = &task->pending;
	uint64_t ready = pending->set & set;

	kassert(spin_held(&proc_lock));
	if (ready == 0) {
		pending = &task->proc->pending;
		ready = pending->set & set;
	}
	if (ready == 0)
		return 0;
	if (ready & SIGMASK_SYNCHRONOUS)
		ready &= SIGMASK_SYNCHRONOUS;

	int sig = __builtin_ctzll(ready) + 1;

	dequeue(pending, sig, info);
	return sig;
}

int
signal_dequeue(uint64_t set, struct abi_siginfo *info)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	int sig = signal_dequeue_locked(task_current(), set, info);

	spin_unlock_irq(&proc_lock, irq);
	return sig;
}

/* ---- Sending ---- */

struct abi_siginfo
signal_info(int sig, int code)
{
	return (struct abi_siginfo){.si_signo = sig, .si_code = code};
}

struct abi_siginfo
signal_info_from_current(int sig, int code)
{
	struct abi_siginfo info = signal_info(sig, code);

	info.si_pid = proc_current()->pid;
	info.si_uid = proc_current()->creds.user.real;
	return info;
}

static bool
task_wants(const struct task *task, int sig)
{
	return (atomic_load(&task->sigmask) & SIGMASK(sig)) == 0 ||
	    (atomic_load(&task->sigwait) & SIGMASK(sig)) != 0;
}

/* Wake a thread that can take the new signal. */
static void
wake_for(struct proc *p, struct task *task, int sig)
{
	if (task != NULL) {
		if (task_wants(task, sig))
			thread_interrupt(&task->thread);
		return;
	}
	list_for_each(t, &p->tasks, struct task, link) {
		if (task_wants(t, sig)) {
			thread_interrupt(&t->thread);
			return;
		}
	}
}

/* SIGCONT was sent: a stopped process goes on, whether it ignores it or not. */
static void
resume(struct proc *p)
{
	if (!p->stopped)
		return;
	p->stopped = false;
	p->stop_unreported = false;
	if (p->parked == p->live) {
		p->continue_unreported = true;
		proc_notify_parent(p, CLD_CONTINUED, SIGCONT);
	}
	kassert(p->parked <= p->live);
	p->parked = 0;
	list_for_each(t, &p->tasks, struct task, link)
		t->parked = false;
	waitq_wake_all(&p->stop_wq);
}

int
signal_send_locked(struct proc *p, struct task *task,
    const struct abi_siginfo *info)
{
	int sig = info->si_signo;
	const struct task *blocker = task != NULL ? task : p->leader;
	int error;

	kassert(spin_held(&proc_lock));
	if (sig == 0 || p->state != PROC_ALIVE || p->exiting ||
	    (task != NULL && list_empty(&task->link)))
		return 0; /* Nothing to do, or nobody left to do it. */
	if (SIGMASK(sig) & SIGMASK_STOP)
		discard_everywhere(p, SIGMASK(SIGCONT));
	if (sig == SIGCONT) {
		discard_everywhere(p, SIGMASK_STOP);
		resume(p);
	}
	if (is_ignored(p, sig) && (blocker->sigmask & SIGMASK(sig)) == 0)
		return 0;
	if (sig == SIGKILL) {
		proc_kill_tasks(p, ABI_W_SIGNALED(SIGKILL));
		return 0;
	}
	error = enqueue(p, task != NULL ? &task->pending : &p->pending, info);
	if (error == 0)
		wake_for(p, task, sig);
	return error;
}

int
signal_send(struct proc *p, struct task *task, const struct abi_siginfo *info)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	int error = signal_send_locked(p, task, info);

	spin_unlock_irq(&proc_lock, irq);
	return error;
}

void
signal_send_current(int sig)
{
	struct abi_siginfo info = signal_info_from_current(sig, SI_USER);

	signal_send(proc_current(), task_current(), &info);
}

void
signal_force(const struct abi_siginfo *info)
{
	struct task *task = task_current();
	struct proc *p = task->proc;
	int sig = info->si_signo;
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct abi_sigaction *action = &p->sighand->action[sig - 1];

	if (action->handler == SIG_IGN || (task->sigmask & SIGMASK(sig)) != 0) {
		action->handler = SIG_DFL;
		atomic_and(&task->sigmask, ~SIGMASK(sig));
	}
	/* Not signal_send: process 1 gets it too. */
	if (enqueue(p, &task->pending, info) == 0)
		thread_interrupt(&task->thread);
	spin_unlock_irq(&proc_lock, irq);
}

int
signal_may_send(const struct proc *p, int sig)
{
	const struct creds *me = &proc_current()->creds;

	if (me->user.effective == 0 || me->user.effective == p->creds.user.saved ||
	    me->user.effective == p->creds.user.real || me->user.real == p->creds.user.saved ||
	    me->user.real == p->creds.user.real)
		return 0;
	if (sig == SIGCONT && p->pgrp->session == proc_current()->pgrp->session)
		return 0;
	return -EPERM;
}

/* ---- Masks and actions of the running task ---- */

uint64_t
signal_pending_set(void)
{
	struct task *task = task_current();

	return atomic_load(&task->pending.set) |
	    atomic_load(&task->proc->pending.set);
}

bool
signal_is_pending(void)
{
	return (signal_pending_set() & ~task_current()->sigmask) != 0;
}

bool
signal_is_fatal_pending(void)
{
	struct task *task = task_current();
	struct proc *p = task->proc;

	return p->exiting || (p->exec_task != NULL && p->exec_task != task);
}

void
signal_set_mask(uint64_t mask)
{
	struct task *task = task_current();

	atomic_swap(&task->sigmask, mask & ~SIGMASK_UNBLOCKABLE);
	/* The swap orders: a sender that saw the old mask has set its bit. */
	if (signal_is_pending())
		thread_interrupt(&task->thread);
}

void
signal_set_mask_for_call(uint64_t mask)
{
	struct task *task = task_current();

	task->saved_sigmask = task->sigmask;
	task->restore_sigmask = true;
	signal_set_mask(mask);
}

void
signal_restore_mask(void)
{
	struct task *task = task_current();

	if (task->restore_sigmask) {
		task->restore_sigmask = false;
		signal_set_mask(task->saved_sigmask);
	}
}

bool
signal_current_ignores(int sig)
{
	struct task *task = task_current();

	return (task->sigmask & SIGMASK(sig)) != 0 ||
	    handler_of(task->proc, sig) == SIG_IGN;
}

int
signal_set_action(int sig, const struct abi_sigaction *new,
    struct abi_sigaction *old)
{
	struct proc *p = proc_current();
	struct abi_sigaction *action;
	uint64_t irq;

	if (sig < 1 || sig > NSIG ||
	    (new != NULL && (SIGMASK(sig) & SIGMASK_UNBLOCKABLE) != 0))
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	action = &p->sighand->action[sig - 1];
	if (old != NULL)
		*old = *action;
	if (new != NULL) {
		*action = *new;
		action->mask &= ~SIGMASK_UNBLOCKABLE;
		if (is_ignored(p, sig))
			discard_everywhere(p, SIGMASK(sig));
	}
	spin_unlock_irq(&proc_lock, irq);
	return 0;
}

void
signal_reset_for_exec(void)
{
	struct task *task = task_current();
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct sighand *sighand = task->proc->sighand;

	for (int sig = 1; sig <= NSIG; sig++) {
		struct abi_sigaction *action = &sighand->action[sig - 1];
		uint64_t handler = action->handler;

		memset(action, 0, sizeof(*action));
		if (handler == SIG_IGN)
			action->handler = SIG_IGN;
	}
	spin_unlock_irq(&proc_lock, irq);
	task->altstack = (struct abi_stack){.ss_flags = SS_DISABLE};
	task->restore_sigmask = false;
}

int
signal_wait(uint64_t set, uint64_t deadline_ns, struct abi_siginfo *info)
{
	struct task *task = task_current();
	int result;

	set &= ~SIGMASK_UNBLOCKABLE;
	atomic_swap(&task->sigwait, set);
	for (;;) {
		result = signal_dequeue(set, info);
		if (result != 0)
			break;
		if (signal_is_pending() || signal_is_fatal_pending() ||
		    task->proc->stopped) {
			result = -EINTR;
			break;
		}
		if (clock_ns() >= deadline_ns) {
			result = -EAGAIN;
			break;
		}
		thread_sleep_until(deadline_ns, WAIT_INTERRUPTIBLE);
		signal_clear_interrupt();
	}
	atomic_store(&task->sigwait, 0);
	return result;
}
