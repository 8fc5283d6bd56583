/* job.c - process groups and sessions, and what the terminal asks about them.
 *
 * Layer: proc   Called by: fork, exit, syscall; drivers/tty by tty_hooks
 * Source: [POSIX] setpgid, setsid, 11.1 "Interface Characteristics"
 *
 * A shell makes each pipeline a group and tells the terminal which of them is
 * in the foreground; Ctrl-C goes to that one.  A group whose members all have
 * their parents in the same group or in other sessions is orphaned: no shell is
 * left that would continue it, so it may not be stopped by the terminal.
 * SPDX-License-Identifier: MIT */
#include "proc/job.h"

#include "abi/errno.h"
#include "drivers/tty.h"
#include "mm/slab.h"
#include "proc/proc.h"

/* ---- Groups ---- */

/* An empty group, entered in the table.  NULL: no memory. */
static struct pgrp *
pgrp_create(pid_t id, struct session *session)
{
	struct pgrp *pgrp = kmalloc(sizeof(*pgrp));

	if (pgrp == NULL)
		return NULL;
	pgrp->id = id;
	pgrp->session = session;
	list_init(&pgrp->members);
	session->groups++;
	pid_set_pgrp(id, pgrp);
	return pgrp;
}

/* The last member has left; the last group takes its session along. */
static void
pgrp_destroy(struct pgrp *pgrp)
{
	struct session *session = pgrp->session;

	kassert(list_empty(&pgrp->members) && session->groups > 0);
	pid_set_pgrp(pgrp->id, NULL);
	kfree(pgrp);
	if (--session->groups == 0) {
		pid_set_session(session->id, NULL);
		kfree(session);
	}
}

void
job_leave(struct proc *p)
{
	struct pgrp *pgrp = p->pgrp;

	kassert(spin_held(&proc_lock));
	list_remove(&p->pgrp_link);
	p->pgrp = NULL;
	if (list_empty(&pgrp->members))
		pgrp_destroy(pgrp);
}

/* Move p to group to, which may be the one it is in. */
static void
pgrp_move(struct proc *p, struct pgrp *to)
{
	struct pgrp *from = p->pgrp;

	list_remove(&p->pgrp_link);
	list_add_tail(&to->members, &p->pgrp_link);
	p->pgrp = to;
	if (from != NULL && from != to && list_empty(&from->members))
		pgrp_destroy(from);
}

/* Make a session and a group for p alone.  Returns 0 or -ENOMEM. */
static int
session_begin(struct proc *p)
{
	struct session *session = kzalloc(sizeof(*session));
	struct pgrp *pgrp;

	kassert(spin_held(&proc_lock) && pid_pgrp(p->pid) == NULL);
	if (session == NULL)
		return -ENOMEM;
	session->id = p->pid;
	pgrp = pgrp_create(p->pid, session);
	if (pgrp == NULL) {
		kfree(session);
		return -ENOMEM;
	}
	pid_set_session(p->pid, session);
	pgrp_move(p, pgrp);
	return 0;
}

int
job_join(struct proc *p, struct pgrp *pgrp)
{
	kassert(spin_held(&proc_lock));
	if (pgrp == NULL)
		return session_begin(p);
	pgrp_move(p, pgrp);
	return 0;
}

/* ---- System calls ---- */

/* The process that setpgid(pid) may change, or an error. */
static int
setpgid_check(pid_t pid, struct proc **out)
{
	struct proc *self = proc_current();
	struct proc *p = pid == 0 ? self : pid_proc(pid);

	kassert(spin_held(&proc_lock));
	if (p == NULL || (p != self && p->parent != self))
		return -ESRCH;
	if (p != self) {
		if (p->pgrp->session != self->pgrp->session)
			return -EPERM;
		if (p->execed)
			return -EACCES;
	}
	if (p->pgrp->session->id == p->pid)
		return -EPERM; /* A session leader. */
	*out = p;
	return 0;
}

/* As setpgid(2).  Locks: proc_lock held. */
static long
setpgid_locked(pid_t pid, pid_t pgid)
{
	struct pgrp *pgrp;
	struct proc *p;
	int error = setpgid_check(pid, &p);

	if (error != 0)
		return error;
	if (pgid == 0)
		pgid = p->pid;
	pgrp = pid_pgrp(pgid);
	if (pgrp == NULL) {
		if (pgid != p->pid)
			return -EPERM;
		pgrp = pgrp_create(pgid, p->pgrp->session);
		if (pgrp == NULL)
			return -ENOMEM;
	} else if (pgrp->session != p->pgrp->session) {
		return -EPERM;
	}
	pgrp_move(p, pgrp);
	return 0;
}

long
job_setpgid(pid_t pid, pid_t pgid)
{
	uint64_t irq;
	long result;

	if (pgid < 0)
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	result = setpgid_locked(pid, pgid);
	spin_unlock_irq(&proc_lock, irq);
	return result;
}

long
job_setsid(void)
{
	struct proc *p = proc_current();
	uint64_t irq = spin_lock_irq(&proc_lock);
	long result = -EPERM;

	if (pid_pgrp(p->pid) == NULL) {
		result = session_begin(p);
		if (result == 0)
			result = p->pid;
	}
	spin_unlock_irq(&proc_lock, irq);
	return result;
}

/* The group of process pid (0: the running one), or NULL. */
static struct pgrp *
pgrp_of(pid_t pid)
{
	struct proc *p = pid == 0 ? proc_current() : pid_proc(pid);

	return p == NULL ? NULL : p->pgrp;
}

long
job_getpgid(pid_t pid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct pgrp *pgrp = pgrp_of(pid);
	long result = pgrp == NULL ? -ESRCH : pgrp->id;

	spin_unlock_irq(&proc_lock, irq);
	return result;
}

long
job_getsid(pid_t pid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct pgrp *pgrp = pgrp_of(pid);
	long result = pgrp == NULL ? -ESRCH : pgrp->session->id;

	spin_unlock_irq(&proc_lock, irq);
	return result;
}

/* ---- Orphaned groups ---- */

/* Could p's parent continue p's group?  (Not if p is about to go.) */
static bool
ties_group(const struct proc *p, const struct proc *leaving)
{
	return p != leaving && p->state == PROC_ALIVE && p->parent != NULL &&
	    p->parent->pid != INIT_PID && p->parent->pgrp != p->pgrp &&
	    p->parent->pgrp->session == p->pgrp->session;
}

static bool
is_orphaned(const struct pgrp *pgrp, const struct proc *leaving)
{
	list_for_each(p, &pgrp->members, struct proc, pgrp_link) {
		if (ties_group(p, leaving) && p->parent != leaving)
			return false;
	}
	return true;
}

bool
job_is_orphaned(const struct pgrp *pgrp)
{
	return is_orphaned(pgrp, NULL);
}

/* pgrp was orphaned: if it has stopped members, nobody would ever continue them. */
static void
hang_up_if_stopped(struct pgrp *pgrp)
{
	struct abi_siginfo hup = signal_info(SIGHUP, SI_KERNEL);
	struct abi_siginfo cont = signal_info(SIGCONT, SI_KERNEL);
	bool stopped = false;

	list_for_each(p, &pgrp->members, struct proc, pgrp_link)
		stopped |= p->state == PROC_ALIVE && p->stopped;
	if (!stopped)
		return;
	list_for_each(p, &pgrp->members, struct proc, pgrp_link) {
		signal_send_locked(p, NULL, &hup);
		signal_send_locked(p, NULL, &cont);
	}
}

void
job_orphan_check(struct proc *p)
{
	kassert(spin_held(&proc_lock));
	/* p may have tied its own group to its parent's session ... */
	if (ties_group(p, NULL) && is_orphaned(p->pgrp, p))
		hang_up_if_stopped(p->pgrp);
	/* ... and the groups of its children to its own. */
	list_for_each(child, &p->children, struct proc, sibling) {
		if (ties_group(child, NULL) && is_orphaned(child->pgrp, p))
			hang_up_if_stopped(child->pgrp);
	}
}

/* ---- The terminal ---- */

void
job_leader_exit(struct proc *p)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct session *session = p->pgrp->session;
	struct tty *tty = NULL;

	if (session->id == p->pid) {
		tty = session->tty;
		session->tty = NULL;
	}
	spin_unlock_irq(&proc_lock, irq);
	if (tty != NULL)
		tty_hangup(tty, p->pid);
}

/* Ctrl-C and the like.  Any context. */
static void
hook_signal_pgrp(pid_t pgid, int sig)
{
	struct abi_siginfo info = signal_info(sig, SI_KERNEL);
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct pgrp *pgrp = pid_pgrp(pgid);

	if (pgrp != NULL) {
		list_for_each(p, &pgrp->members, struct proc, pgrp_link)
			signal_send_locked(p, NULL, &info);
	}
	spin_unlock_irq(&proc_lock, irq);
}

static pid_t
hook_current_pgrp(void)
{
	return proc_is_current() ? (pid_t)job_getpgid(0) : 0;
}

static pid_t
hook_current_session(void)
{
	return proc_is_current() ? (pid_t)job_getsid(0) : 0;
}

static bool
hook_current_is_leader(void)
{
	return proc_is_current() && job_getsid(0) == proc_current()->pid;
}

/* The controlling terminal of the running process's session, or NULL. */
static struct tty *
hook_current_tty(void)
{
	struct tty *tty = NULL;
	uint64_t irq;

	if (!proc_is_current())
		return NULL;
	irq = spin_lock_irq(&proc_lock);
	tty = proc_current()->pgrp->session->tty;
	spin_unlock_irq(&proc_lock, irq);
	return tty;
}

/* Give the running process's session a terminal, or (NULL) take it away. */
static void
hook_set_current_tty(struct tty *tty)
{
	uint64_t irq;

	if (!proc_is_current())
		return;
	irq = spin_lock_irq(&proc_lock);
	proc_current()->pgrp->session->tty = tty;
	spin_unlock_irq(&proc_lock, irq);
}

static pid_t
hook_pgrp_session(pid_t pgid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct pgrp *pgrp = pid_pgrp(pgid);
	pid_t sid = pgrp == NULL ? 0 : pgrp->session->id;

	spin_unlock_irq(&proc_lock, irq);
	return sid;
}

static bool
hook_pgrp_orphaned(pid_t pgid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct pgrp *pgrp = pid_pgrp(pgid);
	bool orphaned = pgrp == NULL || job_is_orphaned(pgrp);

	spin_unlock_irq(&proc_lock, irq);
	return orphaned;
}

static bool
hook_current_ignores(int sig)
{
	return !proc_is_current() || signal_current_ignores(sig);
}

void
job_init(void)
{
	tty_hooks = (struct tty_hooks){
	    .signal_pgrp = hook_signal_pgrp,
	    .current_pgrp = hook_current_pgrp,
	    .current_session = hook_current_session,
	    .current_is_leader = hook_current_is_leader,
	    .current_tty = hook_current_tty,
	    .set_current_tty = hook_set_current_tty,
	    .pgrp_session = hook_pgrp_session,
	    .pgrp_orphaned = hook_pgrp_orphaned,
	    .current_ignores = hook_current_ignores,
	};
}
