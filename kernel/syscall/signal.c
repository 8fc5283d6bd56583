/* signal.c - system calls about signals.
 *
 * Layer: syscall   Called by: table.c
 *
 * SPDX-License-Identifier: MIT */
#include "proc/signal.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "syscall/syscalls.h"
#include "syscall/usertime.h"

#define SIGSET_BYTES sizeof(uint64_t)

/* ---- Sending ---- */

static bool
sig_ok(int sig)
{
	return sig >= 0 && sig <= NSIG;
}

/* Send to one process; 0, -EPERM, ... Locks: proc_lock held. */
static int
send_one(struct proc *p, const struct abi_siginfo *info)
{
	int error = signal_may_send(p, info->si_signo);

	return error != 0 ? error : signal_send_locked(p, NULL, info);
}

/* Send to all members of the group, or (NULL) to all processes but process 1 and
 * the caller.  0 if one of them got it. */
static int
send_many(struct pgrp *pgrp, const struct abi_siginfo *info)
{
	struct proc *self = proc_current();
	int result = -ESRCH;
	int error;

	if (pgrp != NULL) {
		list_for_each(p, &pgrp->members, struct proc, pgrp_link) {
			error = send_one(p, info);
			result = result == 0 ? 0 : error;
		}
		return result;
	}
	for (struct proc *p = pid_next_proc(INIT_PID); p != NULL;
	    p = pid_next_proc(p->pid)) {
		if (p == self)
			continue;
		error = send_one(p, info);
		if (error != -EPERM)
			result = result == 0 ? 0 : error;
	}
	return result;
}

/* As kill(2), with a siginfo.  Locks: proc_lock held. */
static int
kill_locked(pid_t pid, const struct abi_siginfo *info)
{
	struct pgrp *pgrp;
	struct proc *p;

	if (pid > 0) {
		p = pid_proc(pid);
		/* A thread's number stands for its process. */
		if (p == NULL && pid_task(pid) != NULL)
			p = pid_task(pid)->proc;
		return p == NULL ? -ESRCH : send_one(p, info);
	}
	if (pid == -1)
		return send_many(NULL, info);
	pgrp = pid == 0 ? proc_current()->pgrp : pid_pgrp(-pid);
	return pgrp == NULL ? -ESRCH : send_many(pgrp, info);
}

long
sys_kill(pid_t pid, int sig)
{
	struct abi_siginfo info = signal_info_from_current(sig, SI_USER);
	uint64_t irq;
	int error;

	if (!sig_ok(sig))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	irq = spin_lock_irq(&proc_lock);
	error = kill_locked(pid, &info);
	spin_unlock_irq(&proc_lock, irq);
	return error;
}

/* Send to thread tid of process pid (0: whatever process it is in). */
static long
send_task(pid_t pid, pid_t tid, const struct abi_siginfo *info)
{
	uint64_t irq;
	struct task *task;
	int error = -ESRCH;

	if (tid <= 0 || !sig_ok(info->si_signo))
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	task = pid_task(tid);
	if (task != NULL && (pid == 0 || task->proc->pid == pid)) {
		error = signal_may_send(task->proc, info->si_signo);
		if (error == 0)
			error = signal_send_locked(task->proc, task, info);
	}
	spin_unlock_irq(&proc_lock, irq);
	return error;
}

long
sys_tkill(pid_t tid, int sig)
{
	struct abi_siginfo info = signal_info_from_current(sig, SI_TKILL);

	return send_task(0, tid, &info);
}

long
sys_tgkill(pid_t pid, pid_t tid, int sig)
{
	struct abi_siginfo info = signal_info_from_current(sig, SI_TKILL);

	return pid <= 0 ? -EINVAL : send_task(pid, tid, &info);
}

/* Only to itself may a process pretend that a signal comes from kill() or the
 * kernel. */
static int
queueinfo_get(pid_t pid, int sig, const struct abi_siginfo *user,
    struct abi_siginfo *info)
{
	if (copy_from_user(info, user, sizeof(*info)) != 0)
		return -EFAULT;
	info->si_signo = sig;
	if ((info->si_code >= 0 || info->si_code == SI_TKILL) &&
	    pid != proc_current()->pid)
		return -EPERM;
	return 0;
}

long
sys_rt_sigqueueinfo(pid_t pid, int sig, const struct abi_siginfo *user)
{
	struct abi_siginfo info;
	uint64_t irq;
	int error = queueinfo_get(pid, sig, user, &info);

	if (error != 0)
		return error;
	if (!sig_ok(sig))
		return -EINVAL;
	if (pid <= 0)
		return -ESRCH;
	irq = spin_lock_irq(&proc_lock);
	error = kill_locked(pid, &info);
	spin_unlock_irq(&proc_lock, irq);
	return error;
}

long
sys_rt_tgsigqueueinfo(pid_t pid, pid_t tid, int sig,
    const struct abi_siginfo *user)
{
	struct abi_siginfo info;
	int error = queueinfo_get(pid, sig, user, &info);

	if (error != 0)
		return error;
	return pid <= 0 ? -EINVAL : send_task(pid, tid, &info);
}

/* ---- Actions and masks ---- */

long
sys_rt_sigaction(int sig, const struct abi_sigaction *new,
    struct abi_sigaction *old, size_t set_bytes)
{
	struct abi_sigaction new_action;
	struct abi_sigaction old_action;
	int error;

	if (set_bytes != SIGSET_BYTES)
		return -EINVAL;
	if (new != NULL && get_user(&new_action, new) != 0)
		return -EFAULT;
	error = signal_set_action(sig, new != NULL ? &new_action : NULL,
	    &old_action);
	if (error == 0 && old != NULL)
		error = put_user(old, old_action);
	return error;
}

long
sys_rt_sigprocmask(int how, const uint64_t *new, uint64_t *old,
    size_t set_bytes)
{
	uint64_t before = task_current()->sigmask;
	uint64_t set;

	if (set_bytes != SIGSET_BYTES)
		return -EINVAL;
	if (new != NULL) {
		if (get_user(&set, new) != 0)
			return -EFAULT;
		if (how == SIG_BLOCK)
			set |= before;
		else if (how == SIG_UNBLOCK)
			set = before & ~set;
		else if (how != SIG_SETMASK)
			return -EINVAL;
		signal_set_mask(set);
	}
	return old != NULL ? put_user(old, before) : 0;
}

long
sys_rt_sigpending(uint64_t *set, size_t set_bytes)
{
	uint64_t pending = signal_pending_set() & task_current()->sigmask;

	if (set_bytes > SIGSET_BYTES)
		return -EINVAL;
	return copy_to_user(set, &pending, set_bytes);
}

long
sys_sigaltstack(const struct abi_stack *new, struct abi_stack *old)
{
	struct task *task = task_current();
	uint64_t sp = context_frame(&task->thread.context)->rsp;
	bool on = sigframe_on_altstack(task, sp);
	struct abi_stack before = task->altstack;
	struct abi_stack stack;
	int mode;

	if (before.ss_size == 0)
		before.ss_flags |= SS_DISABLE;
	else if (on)
		before.ss_flags |= SS_ONSTACK;
	if (new != NULL) {
		if (get_user(&stack, new) != 0)
			return -EFAULT;
		if (on)
			return -EPERM;
		mode = stack.ss_flags & ~(int)SS_AUTODISARM;
		if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
			return -EINVAL;
		if (mode == SS_DISABLE)
			stack.ss_sp = stack.ss_size = 0;
		else if (stack.ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		stack.ss_flags &= (int)SS_AUTODISARM;
		task->altstack = stack;
	}
	return old != NULL ? put_user(old, before) : 0;
}

/* ---- Waiting ---- */

long
sys_rt_sigtimedwait(const uint64_t *user_set, struct abi_siginfo *user_info,
    const struct abi_timespec *timeout, size_t set_bytes)
{
	uint64_t deadline_ns = WAIT_FOREVER;
	struct abi_siginfo info;
	uint64_t set;
	int sig;

	if (set_bytes != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(&set, user_set) != 0)
		return -EFAULT;
	if (timeout != NULL) {
		int error = user_deadline(timeout, &deadline_ns);

		if (error != 0)
			return error;
	}
	sig = signal_wait(set, deadline_ns, &info);
	if (sig > 0 && user_info != NULL &&
	    copy_to_user(user_info, &info, sizeof(info)) != 0)
		return -EFAULT;
	return sig;
}

/* Sleep until a signal that is not blocked comes. */
static long
wait_for_signal(void)
{
	while (thread_sleep_until(WAIT_FOREVER, WAIT_INTERRUPTIBLE) == 0)
		continue;
	return -ERESTARTNOHAND;
}

long
sys_rt_sigsuspend(const uint64_t *user_mask, size_t set_bytes)
{
	uint64_t mask;

	if (set_bytes != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(&mask, user_mask) != 0)
		return -EFAULT;
	signal_set_mask_for_call(mask);
	return wait_for_signal();
}

long
sys_pause(void)
{
	return wait_for_signal();
}

long
sys_rt_sigreturn(void)
{
	return sigframe_pop(context_frame(&thread_current()->context));
}

long
sys_restart_syscall(void)
{
	struct restart *restart = &task_current()->restart;

	return restart->fn == NULL ? -EINTR : restart->fn(restart);
}
