/* wait.c - waiting for children that ended, stopped or went on.
 *
 * Layer: proc   Called by: syscall (wait4, waitid)
 * Source: waitid(2), wait4(2)
 *
 * A child changes its state under proc_lock and wakes wait_wq afterwards; the
 * parent looks at all its children under the same lock, queued on wait_wq.
 * A zombie is unlinked by whoever of the parent's threads finds it first, and
 * freed by it alone.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/wait.h"
#include "proc/job.h"
#include "proc/proc.h"

/* Is child one of those that args means?  Children that tell their end by another
 * signal than SIGCHLD ("clone children") are asked for with __WCLONE or __WALL. */
static bool
is_wanted(const struct proc *child, const struct wait_args *args)
{
	bool is_clone = child->exit_signal != SIGCHLD;

	if (args->type == P_PID && child->pid != args->id)
		return false;
	if (args->type == P_PGID && child->pgrp->id != args->id)
		return false;
	return (args->options & __WALL) != 0 ||
	    is_clone == ((args->options & __WCLONE) != 0);
}

static void
report(struct wait_result *result, const struct proc *child, int code,
    int status)
{
	result->pid = child->pid;
	result->uid = child->creds.user.real;
	result->code = code;
	result->status = status;
	proc_usage(child, &result->usage);
	usage_add(&result->usage, &child->waited);
}

/* Does child have something to report?  Takes note that it was reported. */
static bool
child_report(struct proc *child, int options, struct wait_result *result)
{
	bool keep = (options & WNOWAIT) != 0;

	if (child->state == PROC_ZOMBIE && (options & WEXITED) != 0) {
		report(result, child, ABI_WTERMSIG(child->exit_status) != 0 ?
		    CLD_KILLED : CLD_EXITED, child->exit_status);
		return true;
	}
	if (child->stop_unreported && (options & WSTOPPED) != 0) {
		child->stop_unreported = keep;
		report(result, child, CLD_STOPPED,
		    ABI_W_STOPPED(child->stop_signal));
		return true;
	}
	if (child->continue_unreported && (options & WCONTINUED) != 0) {
		child->continue_unreported = keep;
		report(result, child, CLD_CONTINUED, ABI_W_CONTINUED);
		return true;
	}
	return false;
}

/* Look at all children once.  Returns 0: one has reported, or (WNOHANG) none has
 * anything to; 1: wait; -ECHILD.  *zombie: one to free, or NULL. */
static int
scan(const struct wait_args *args, struct wait_result *result,
    struct proc **zombie)
{
	struct proc *self = proc_current();
	uint64_t irq = spin_lock_irq(&proc_lock);
	int outcome = -ECHILD;

	*zombie = NULL;
	result->pid = 0;
	list_for_each(child, &self->children, struct proc, sibling) {
		if (!is_wanted(child, args))
			continue;
		outcome = (args->options & WNOHANG) != 0 ? 0 : 1;
		if (!child_report(child, args->options, result))
			continue;
		outcome = 0;
		if (child->state == PROC_ZOMBIE &&
		    (args->options & WNOWAIT) == 0)
			*zombie = child;
		break;
	}
	if (*zombie != NULL) {
		usage_add(&self->waited, &result->usage);
		proc_unlink(*zombie);
	}
	spin_unlock_irq(&proc_lock, irq);
	return outcome;
}

int
proc_wait(const struct wait_args *args, struct wait_result *result)
{
	struct proc *zombie = NULL;
	int outcome = 1;
	int error;

	error = wait_event_interruptible(&proc_current()->wait_wq,
	    (outcome = scan(args, result, &zombie)) != 1);
	if (zombie != NULL)
		proc_free(zombie);
	task_reap_dead();
	/* A child may have reported just when the signal came. */
	return outcome != 1 ? outcome : error;
}
