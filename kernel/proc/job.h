/* job.h - numbers of processes and threads, process groups, sessions.
 *
 * Layer: proc   Called by: fork, exit, wait, syscall; drivers (tty) by hooks
 * Source: [POSIX] 3.290 "Process Group", 3.338 "Session"
 *
 * A number is in use while a task, a process, a group or a session has it.  All
 * are found in one table, indexed by the number.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct proc;
struct task;
struct tty;

#define PID_MAX 32768

/* All [p] proc_lock. */
struct session {
	pid_t id;
	unsigned groups;   /* it lives as long as it has some */
	struct tty *tty;   /* controlling terminal, or NULL */
};

struct pgrp {
	pid_t id;
	struct session *session;
	struct list members; /* struct proc, pgrp_link; never empty */
};

/* ---- pid.c: the table.  Locks: proc_lock held, unless said. ---- */

/* Take a free number for task; it can be found from now on.  Numbers go up and
 * start again at the end, so that one is not used again soon.
 * Returns it, or -EAGAIN: none is free; -ENOMEM. */
pid_t pid_alloc(struct task *task);

/* Who has number id; NULL: nobody. */
struct task *pid_task(pid_t id);
struct proc *pid_proc(pid_t id);
struct pgrp *pid_pgrp(pid_t id);

/* Enter or (NULL) remove a holder of a number. */
void pid_set_task(pid_t id, struct task *task);
void pid_set_proc(pid_t id, struct proc *p);
void pid_set_pgrp(pid_t id, struct pgrp *pgrp);
void pid_set_session(pid_t id, struct session *session);

/* The process with the smallest number > id, or NULL. */
struct proc *pid_next_proc(pid_t id);

/* ---- job.c ---- */

void job_init(void);

/* Put a new process into the group of its parent; group NULL: process 1, which
 * begins a session.  Locks: proc_lock held.  Returns 0 or -ENOMEM (only NULL). */
int job_join(struct proc *p, struct pgrp *pgrp);
/* p is reaped: leave its group; the last one frees it. */
void job_leave(struct proc *p);

/* setpgid(2), setsid(2), getpgid(2), getsid(2), with their errors. */
long job_setpgid(pid_t pid, pid_t pgid);
long job_setsid(void);
long job_getpgid(pid_t pid);
long job_getsid(pid_t pid);

/* p exits: groups that are orphaned by that and have stopped members get SIGHUP
 * and SIGCONT.  Locks: proc_lock held. */
void job_orphan_check(struct proc *p);
/* A session leader exits: its terminal hangs up.  Locks: none held. */
void job_leader_exit(struct proc *p);

/* Is no one left who could continue the group?  Locks: proc_lock held. */
bool job_is_orphaned(const struct pgrp *pgrp);
