/* fork.c - new processes and threads: fork, vfork, clone.
 *
 * Layer: proc   Called by: syscall (clone, fork, vfork)
 * Source: clone(2), fork(2), vfork(2)
 *
 * Check first, then allocate all that can fail, then take proc_lock and enter
 * the child where others can see it: from there on nothing fails.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/sched.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "mm/aspace.h"
#include "mm/usercopy.h"
#include "proc/job.h"
#include "proc/proc.h"

/* Name spaces and what else we have not. */
#define CLONE_UNKNOWN                                                     \
	(CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |     \
	    CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

/* Where a child starts: its frame is the parent's, with result 0. */
static void
child_entry(void *arg)
{
	struct task *task = arg;
	pid_t tid = task->thread.tid;

	if (task->set_child_tid != 0) /* A bad address is the child's loss. */
		(void)put_user((pid_t *)task->set_child_tid, tid);
	trap_return_to_user(context_frame(&task->thread.context));
}

/* RLIMIT_NPROC: as on Linux it does not bind root. */
static bool
user_has_too_many(void)
{
	uid_t uid = proc_current()->creds.user.real;
	uint64_t count = 0;
	uint64_t irq;

	if (uid == 0)
		return false;
	irq = spin_lock_irq(&proc_lock);
	for (struct proc *p = pid_next_proc(0); p != NULL;
	    p = pid_next_proc(p->pid)) {
		if (p->creds.user.real == uid)
			count += p->live;
	}
	spin_unlock_irq(&proc_lock, irq);
	return count >= proc_limit(RLIMIT_NPROC);
}

/* Do the flags fit together, and is there room for one more?
 * Returns 0, -EINVAL, -EPERM (tls is no user address) or -EAGAIN. */
static int
clone_check(const struct clone_args *args)
{
	uint64_t flags = args->flags;

	if (flags & CLONE_UNKNOWN)
		return -EINVAL;
	if ((flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0)
		return -EINVAL;
	if ((flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0)
		return -EINVAL;
	if ((flags & CLONE_SETTLS) != 0 && args->tls >= USER_TOP)
		return -EPERM;
	if (task_count() >= task_limit() || user_has_too_many())
		return -EAGAIN;
	return 0;
}

/* The child's registers, FPU, segments and signal mask. */
static void
copy_registers(struct task *task, const struct clone_args *args)
{
	struct task *self = task_current();
	struct context *context = &task->thread.context;
	struct trapframe *frame = context_frame(context);

	*frame = *context_frame(&self->thread.context);
	frame->rax = 0;
	if (args->stack != 0)
		frame->rsp = args->stack;
	fpu_save(&context->fpu);
	context->fs_base = self->thread.context.fs_base;
	context->gs_base = self->thread.context.gs_base;
	if (args->flags & CLONE_SETTLS)
		context->fs_base = args->tls;
	task->thread.nice = self->thread.nice;
	task->thread.affinity = self->thread.affinity;
	task->sigmask = self->sigmask;
	if ((args->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM)
		task->altstack = self->altstack;
	if (args->flags & CLONE_CHILD_SETTID)
		task->set_child_tid = args->child_tid;
	if (args->flags & CLONE_CHILD_CLEARTID)
		task->clear_child_tid = args->child_tid;
}

/* Open files and directories: share or copy. */
static int
copy_files(struct task *task, uint64_t flags)
{
	struct thread *self = thread_current();

	if (flags & CLONE_FILES) {
		fdtable_get(self->files);
		task->thread.files = self->files;
	} else {
		task->thread.files = fdtable_clone(self->files);
	}
	if (flags & CLONE_FS) {
		fs_context_get(self->fs);
		task->thread.fs = self->fs;
	} else {
		task->thread.fs = fs_context_clone(self->fs);
	}
	return task->thread.files == NULL || task->thread.fs == NULL ?
	    -ENOMEM : 0;
}

/* Memory and signal handlers of a new process: share or copy. */
static int
copy_process(struct proc *p, uint64_t flags)
{
	struct proc *self = proc_current();

	if (flags & CLONE_SIGHAND) {
		ref_get(&self->sighand->refs);
		p->sighand = self->sighand;
	} else {
		p->sighand = sighand_create(self->sighand);
		if (p->sighand == NULL)
			return -ENOMEM;
	}
	if (flags & CLONE_VM) {
		aspace_get(self->aspace);
		p->aspace = self->aspace;
	} else {
		int error = aspace_clone(self->aspace, &p->aspace);

		if (error != 0)
			return error;
	}
	p->exe = self->exe;
	file_get(p->exe);
	p->creds = self->creds;
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		p->limits[i] = self->limits[i];
	p->no_new_privs = self->no_new_privs;
	p->dumpable = self->dumpable;
	return 0;
}

/* Undo what copy_process() and copy_files() did, before anybody saw it. */
static void
discard(struct proc *p, struct task *task, bool new_process)
{
	if (task != NULL) {
		if (task->thread.files != NULL)
			fdtable_put(task->thread.files);
		if (task->thread.fs != NULL)
			fs_context_put(task->thread.fs);
		task_free(task);
	}
	if (!new_process || p == NULL)
		return;
	if (p->aspace != NULL)
		aspace_put(p->aspace);
	p->aspace = NULL;
	if (p->exe != NULL)
		file_put(p->exe);
	p->exe = NULL;
	proc_destroy(p);
}

/* Enter a new process into the tree.  Locks: proc_lock held. */
static void
link_process(struct proc *p, struct task *task, const struct clone_args *args)
{
	struct proc *self = proc_current();

	kassert(spin_held(&proc_lock));
	p->pid = task->thread.tid;
	p->leader = task;
	p->exit_signal = args->exit_signal;
	p->parent = self;
	if ((args->flags & CLONE_PARENT) && self->parent != NULL) {
		p->parent = self->parent;
		p->exit_signal = self->exit_signal;
	}
	kassert(p->parent->state == PROC_ALIVE); /* (2) */
	list_add_tail(&p->parent->children, &p->sibling);
	pid_set_proc(p->pid, p);
	job_join(p, self->pgrp);
}

/* Make the child visible.  Returns its tid; -EAGAIN, -ENOMEM: no number;
 * -ERESTARTNOINTR: a signal comes first. */
static long
publish(struct proc *p, struct task *task, const struct clone_args *args)
{
	struct proc *self = proc_current();
	uint64_t irq = spin_lock_irq(&proc_lock);
	pid_t tid = -ERESTARTNOINTR;

	if (!signal_is_fatal_pending())
		tid = pid_alloc(task);
	if (tid > 0) {
		task->thread.tid = tid;
		if (p != self)
			link_process(p, task, args);
		list_add_tail(&p->tasks, &task->link);
		p->live++;
		if (args->flags & CLONE_VFORK) {
			task->vfork_parent = task_current();
			task_current()->vfork_child = task;
		}
		if (p->stopped)
			thread_interrupt(&task->thread);
	}
	spin_unlock_irq(&proc_lock, irq);
	return tid;
}

/* Wait until the child has given the memory back; SIGKILL ends the wait. */
static void
vfork_wait(void)
{
	struct task *self = task_current();
	uint64_t irq;

	wait_event(&self->proc->wait_wq,
	    atomic_load(&self->vfork_child) == NULL ||
	    signal_is_fatal_pending());
	irq = spin_lock_irq(&proc_lock);
	if (self->vfork_child != NULL)
		self->vfork_child->vfork_parent = NULL;
	self->vfork_child = NULL;
	spin_unlock_irq(&proc_lock, irq);
}

long
proc_clone(const struct clone_args *args)
{
	struct proc *self = proc_current();
	bool new_process = (args->flags & CLONE_THREAD) == 0;
	struct proc *p = self;
	struct task *task = NULL;
	long result = clone_check(args);

	if (result != 0)
		return result;
	task_reap_dead();
	result = -ENOMEM;
	if (new_process)
		p = proc_create();
	if (p != NULL)
		task = task_create(p, thread_current()->name, child_entry);
	if (task == NULL)
		goto fail;
	copy_registers(task, args);
	result = copy_files(task, args->flags);
	if (result == 0 && new_process)
		result = copy_process(p, args->flags);
	if (result != 0)
		goto fail;
	task->thread.aspace = p->aspace;
	result = publish(p, task, args);
	if (result < 0)
		goto fail;
	if (args->flags & CLONE_PARENT_SETTID)
		(void)put_user((pid_t *)args->parent_tid, (pid_t)result);
	thread_start(&task->thread);
	if (args->flags & CLONE_VFORK)
		vfork_wait();
	return result;
fail:
	discard(p, task, new_process);
	return result;
}
