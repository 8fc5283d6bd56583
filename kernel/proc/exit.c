/* exit.c - the end of tasks and processes.
 *
 * Layer: proc   Called by: syscall (exit, exit_group), deliver.c, exec.c
 * Source: exit(2), exit_group(2), prctl(2) PR_SET_CHILD_SUBREAPER
 *
 * A task cannot free the stack it runs on.  Threads that nobody waits for, and
 * processes whose parent ignores SIGCHLD, go to a list; whoever next makes or
 * waits for a process frees them.  The others stay as zombies for wait().
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/wait.h"
#include "debug/printk.h"
#include "drivers/power.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "mm/aspace.h"
#include "mm/usercopy.h"
#include "proc/futex.h"
#include "proc/job.h"
#include "proc/proc.h"

/* Dead tasks for which nobody waits; the leader of a process stands for it. */
static struct list dead_tasks = LIST_INIT(dead_tasks); /* [p] */

/* ---- Telling all tasks to exit ---- */

void
proc_kill_tasks(struct proc *p, int status)
{
	kassert(spin_held(&proc_lock));
	if (p->exiting)
		return;
	p->exit_status = status;
	atomic_store(&p->exiting, true);
	list_for_each(task, &p->tasks, struct task, link)
		thread_interrupt(&task->thread);
	waitq_wake_all(&p->stop_wq);
	waitq_wake_all(&p->wait_wq); /* A vfork parent waits there. */
}

/* End the other tasks; false: this one is to end too. */
static bool
begin_alone(struct proc *p, struct task *self)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	bool begun = !signal_is_fatal_pending();

	if (begun) {
		atomic_store(&p->exec_task, self);
		list_for_each(task, &p->tasks, struct task, link) {
			if (task != self)
				thread_interrupt(&task->thread);
		}
		waitq_wake_all(&p->stop_wq);
		waitq_wake_all(&p->wait_wq);
	}
	spin_unlock_irq(&proc_lock, irq);
	return begun;
}

/* Have the other tasks been unlinked? */
static bool
is_alone(struct proc *p)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	bool alone = p->tasks.next == p->tasks.prev;

	spin_unlock_irq(&proc_lock, irq);
	return alone;
}

/* Exchange numbers with the leader, which is dead, and become it. */
static void
become_leader(struct proc *p, struct task *self)
{
	struct task *old = p->leader;
	pid_t tid = self->thread.tid;

	kassert(spin_held(&proc_lock) && p->live == 1);
	if (old == self)
		return;
	kassert(list_empty(&old->link)); /* It was unlinked when it died. */
	pid_set_task(tid, NULL);
	pid_set_task(p->pid, self);
	self->thread.tid = p->pid;
	old->thread.tid = tid;
	p->leader = self;
	list_add_tail(&dead_tasks, &old->link);
}

int
proc_kill_other_tasks(void)
{
	struct task *self = task_current();
	struct proc *p = self->proc;
	uint64_t irq;

	if (!begin_alone(p, self))
		return -EAGAIN;
	/* Not interrupted by signals: SIGKILL ends the others all the sooner. */
	wait_event(&p->task_wq, is_alone(p));
	irq = spin_lock_irq(&proc_lock);
	become_leader(p, self);
	p->exec_task = NULL;
	spin_unlock_irq(&proc_lock, irq);
	return 0;
}

/* ---- Freeing ---- */

/* p has been waited for, or nobody will: give its number back. */
void
proc_unlink(struct proc *p)
{
	kassert(spin_held(&proc_lock) && p->state == PROC_ZOMBIE);
	list_remove(&p->sibling);
	job_leave(p);
	pid_set_proc(p->pid, NULL);
	pid_set_task(p->pid, NULL);
}

void
proc_free(struct proc *p)
{
	kassert(p->state == PROC_ZOMBIE && p->live == 0);
	thread_wait_off_cpu(&p->leader->thread);
	task_free(p->leader);
	proc_destroy(p);
}

void
task_reap_dead(void)
{
	while (!list_empty(&dead_tasks)) {
		uint64_t irq = spin_lock_irq(&proc_lock);
		struct task *task = list_first(&dead_tasks, struct task, link);
		bool process = task != NULL && task->proc->leader == task &&
		    task->proc->state == PROC_ZOMBIE;

		if (task != NULL)
			list_remove(&task->link);
		spin_unlock_irq(&proc_lock, irq);
		if (process) {
			proc_free(task->proc);
		} else if (task != NULL) {
			thread_wait_off_cpu(&task->thread);
			task_free(task);
		}
	}
}

/* ---- What dies with the task ---- */

/* Let a parent that waits in vfork go on. */
static void
vfork_done(struct task *task)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct task *parent = task->vfork_parent;

	if (parent != NULL) {
		task->vfork_parent = NULL;
		atomic_store(&parent->vfork_child, NULL);
		waitq_wake_all(&parent->proc->wait_wq);
	}
	spin_unlock_irq(&proc_lock, irq);
}

void
task_release_memory(struct task *task)
{
	struct proc *p = task->proc;

	futex_exit_robust(task);
	if (task->clear_child_tid != 0 && ref_count(&p->aspace->refs) +
	    p->live > 2 && put_user((pid_t *)task->clear_child_tid, 0) == 0)
		futex_wake(task->clear_child_tid, false, 1);
	if (task->vfork_parent != NULL)
		vfork_done(task);
}

/* Stop translating by the process's memory; the last task drops it. */
static void
drop_memory(struct task *task, bool last)
{
	struct proc *p = task->proc;
	struct aspace *as = p->aspace;
	uint64_t irq = irq_save();

	task->thread.aspace = NULL;
	aspace_switch(as, NULL);
	irq_restore(irq);
	if (!last)
		return;
	irq = spin_lock_irq(&proc_lock);
	p->dead.peak_pages = MAX(p->dead.peak_pages, as->resident_peak);
	p->aspace = NULL;
	spin_unlock_irq(&proc_lock, irq);
	aspace_put(as);
}

/* Give up the open files and directories; the last user closes them. */
static void
drop_files(struct task *task)
{
	struct fdtable *files = task->thread.files;
	struct fs_context *fs = task->thread.fs;
	uint64_t irq = spin_lock_irq(&proc_lock); /* /proc looks at them. */

	task->thread.files = NULL;
	task->thread.fs = NULL;
	spin_unlock_irq(&proc_lock, irq);
	fdtable_put(files);
	fs_context_put(fs);
}

/* ---- The tree ---- */

static struct proc *
reaper_for(struct proc *p)
{
	for (struct proc *up = p->parent; up != NULL; up = up->parent) {
		if (up->subreaper && !up->exiting)
			return up;
	}
	return pid_proc(INIT_PID);
}

/* The siginfo of SIGCHLD that tells about p. */
static struct abi_siginfo
child_info(const struct proc *p, int sig, int code, int status)
{
	struct abi_siginfo info = signal_info(sig, code);
	struct usage usage;

	proc_usage(p, &usage);
	info.si_child_pid = p->pid;
	info.si_child_uid = p->creds.user.real;
	info.si_status = status;
	info.si_utime = (int64_t)(usage.user_ns / NS_PER_TICK);
	info.si_stime =
	    (int64_t)((usage.cpu_ns - usage.user_ns) / NS_PER_TICK);
	return info;
}

void
proc_notify_parent(struct proc *p, int code, int status)
{
	struct proc *parent = p->parent;
	struct abi_siginfo info = child_info(p, SIGCHLD, code, status);

	kassert(spin_held(&proc_lock));
	if (parent == NULL)
		return;
	if ((parent->sighand->action[SIGCHLD - 1].flags & SA_NOCLDSTOP) == 0)
		signal_send_locked(parent, NULL, &info);
	waitq_wake_all(&parent->wait_wq);
}

/* Tell the parent that p, a zombie, ended.  True: nobody will wait for it. */
static bool
notify_exit(struct proc *p)
{
	struct proc *parent = p->parent;
	struct abi_sigaction *action = &parent->sighand->action[SIGCHLD - 1];
	int sig = ABI_WTERMSIG(p->exit_status);
	bool forgotten = p->exit_signal == SIGCHLD &&
	    (action->handler == SIG_IGN || (action->flags & SA_NOCLDWAIT));

	if (p->exit_signal != 0 &&
	    !(forgotten && action->handler == SIG_IGN)) {
		struct abi_siginfo info = child_info(p, p->exit_signal,
		    sig != 0 ? CLD_KILLED : CLD_EXITED,
		    sig != 0 ? sig : ABI_WEXITSTATUS(p->exit_status));

		signal_send_locked(parent, NULL, &info);
	}
	if (forgotten) {
		proc_unlink(p);
		list_add_tail(&dead_tasks, &p->leader->link);
	}
	waitq_wake_all(&parent->wait_wq);
	return forgotten;
}

/* Give p's children to another process. */
static void
reparent_children(struct proc *p)
{
	struct proc *reaper = reaper_for(p);

	kassert(spin_held(&proc_lock));
	kassert(reaper != NULL && reaper->state == PROC_ALIVE); /* (2) */
	list_for_each_safe(child, &p->children, struct proc, sibling) {
		list_remove(&child->sibling);
		child->parent = reaper;
		child->exit_signal = SIGCHLD;
		list_add_tail(&reaper->children, &child->sibling);
		if (child->pdeath_signal != 0) {
			struct abi_siginfo info =
			    signal_info(child->pdeath_signal, SI_USER);

			signal_send_locked(child, NULL, &info);
		}
		if (child->state == PROC_ZOMBIE)
			notify_exit(child);
	}
}

/* Process 1 has ended: there is nothing left to do for this machine. */
static void __attribute__((noreturn))
init_exited(const struct proc *p)
{
	int sig = ABI_WTERMSIG(p->exit_status);

	if (sig != 0)
		printk(LOG_CRIT, "init was killed by signal %d", sig);
	else
		printk(LOG_NOTICE, "init exited with status %d",
		    ABI_WEXITSTATUS(p->exit_status));
	mount_stop_all();
	power_off();
}

/* The last task of p is here: become a zombie. */
static void
process_exit(struct proc *p)
{
	struct file *exe = p->exe;
	uint64_t irq;

	if (p->pid == INIT_PID)
		init_exited(p);
	itimer_fini(p);
	job_leader_exit(p);
	p->exe = NULL;
	if (exe != NULL)
		file_put(exe);
	irq = spin_lock_irq(&proc_lock);
	sig_pending_discard(&p->pending, ~0ULL);
	job_orphan_check(p);
	reparent_children(p);
	spin_unlock_irq(&proc_lock, irq);
}

/* ---- The end ---- */

/* One task fewer.  True: it was the last. */
static bool
leave_process(struct task *task, int status)
{
	struct proc *p = task->proc;
	uint64_t irq = spin_lock_irq(&proc_lock);
	bool last;

	kassert(p->state == PROC_ALIVE && p->live > 0); /* (1) */
	last = --p->live == 0;

	if (task->parked)
		p->parked--;
	if (task == p->leader && !p->exiting)
		p->exit_status = status;
	if (last)
		p->exiting = true; /* Nobody may signal it any more. */
	else
		signal_stop_check_complete(p);
	spin_unlock_irq(&proc_lock, irq);
	return last;
}

/* Off all lists; from here on the task may be freed once it is off the CPU. */
static void
unlink_task(struct task *task, bool last)
{
	struct proc *p = task->proc;
	struct usage usage;

	kassert(spin_held(&proc_lock));
	kassert(!last || p->aspace == NULL);
	sig_pending_discard(&task->pending, ~0ULL);
	task_usage(task, &usage);
	usage_add(&p->dead, &usage);
	list_remove(&task->link);
	waitq_wake_all(&p->task_wq);
	if (task != p->leader) {
		pid_set_task(task->thread.tid, NULL);
		list_add_tail(&dead_tasks, &task->link);
	}
	if (last) {
		p->state = PROC_ZOMBIE;
		notify_exit(p);
	}
}

void
task_exit(int status)
{
	struct task *task = task_current();
	struct proc *p = task->proc;
	bool last;
	uint64_t irq;

	if (p->aspace != NULL)
		task_release_memory(task);
	drop_files(task);
	last = leave_process(task, status);
	drop_memory(task, last);
	if (last)
		process_exit(p);
	irq = spin_lock_irq(&proc_lock);
	unlink_task(task, last);
	spin_unlock_irq(&proc_lock, irq);
	thread_exit();
}

void
proc_exit(int status)
{
	uint64_t irq = spin_lock_irq(&proc_lock);

	proc_kill_tasks(proc_current(), status);
	spin_unlock_irq(&proc_lock, irq);
	task_exit(status);
}
