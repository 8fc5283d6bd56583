/* signal.h - signals: sending, blocking, delivering.
 *
 * Layer: proc   Called by: syscall, exit, fault, job, itimer; fs and drivers by
 *                          hooks
 * Source: [POSIX] 2.4 "Signal Concepts"; signal(7)
 *
 * A signal is generated (signal_send: a bit in a pending set, and for its
 * siginfo a record in a queue), and delivered when a thread that does not block
 * it is about to return to user mode (signal_user_return): it runs the default
 * action or makes the frame on which the handler starts.
 *
 * A thread changes its mask without a lock.  No signal is lost, for each side
 * writes before it reads (both with a full barrier):
 *
 *	sender				thread that unblocks
 *	set the pending bit		set the mask
 *	look at the mask:		look at the pending bits:
 *	  open? interrupt it		  there? interrupt itself
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/signal.h"
#include "lib/list.h"
#include "lib/types.h"
#include "sync/refcount.h"

struct proc;
struct task;
struct trapframe;

/* Signals that can be neither blocked nor caught. */
#define SIGMASK_UNBLOCKABLE (SIGMASK(SIGKILL) | SIGMASK(SIGSTOP))
#define SIGMASK_STOP                                            \
	(SIGMASK(SIGSTOP) | SIGMASK(SIGTSTP) | SIGMASK(SIGTTIN) | \
	    SIGMASK(SIGTTOU))

/* Signals that were sent and not yet delivered.  All [p] proc_lock. */
struct sig_pending {
	uint64_t set;      /* also read without the lock */
	struct list queue; /* struct sig_record; the oldest first */
};

/* The actions of a process; CLONE_SIGHAND shares them. */
struct sighand {
	struct refcount refs;             /* [a] */
	struct abi_sigaction action[NSIG]; /* [p] of signal n: action[n - 1] */
};

void signal_init(void);

/* The actions for a new process: defaults, or a copy of from.  NULL: no memory. */
struct sighand *sighand_create(const struct sighand *from);
void sighand_put(struct sighand *sighand);

void sig_pending_init(struct sig_pending *pending);
/* Throw away the signals in mask.  Locks: proc_lock held. */
void sig_pending_discard(struct sig_pending *pending, uint64_t mask);

/* A siginfo of signal sig with si_code code and nothing else; of the running
 * process (si_pid, si_uid), as kill() sends it. */
struct abi_siginfo signal_info(int sig, int code);
struct abi_siginfo signal_info_from_current(int sig, int code);

/* Send info->si_signo to process p (task NULL) or to one task of p.  Ignored
 * signals vanish, stop signals and SIGCONT take effect on each other.
 * Returns 0, or -EAGAIN: the queue of real-time signals is full.
 * signal_send takes proc_lock; the other wants it held.  Any context. */
int signal_send(struct proc *p, struct task *task,
    const struct abi_siginfo *info);
int signal_send_locked(struct proc *p, struct task *task,
    const struct abi_siginfo *info);

/* A signal of the kernel's own to the running task, as SIGPIPE. */
void signal_send_current(int sig);

/* An exception of the running task: the signal comes even if it is blocked or
 * ignored, and then kills. */
void signal_force(const struct abi_siginfo *info);

/* May the running process send sig to p?  0 or -EPERM. */
int signal_may_send(const struct proc *p, int sig);

/* Change the mask of the running task.  SIGKILL and SIGSTOP stay unblocked. */
void signal_set_mask(uint64_t mask);

/* For calls that wait with another mask (sigsuspend, ppoll, pselect): set it,
 * and restore the old one when the call is over and a handler, if one is to
 * run, has been entered.  Such a call ends with -ERESTARTNOHAND or -EINTR. */
void signal_set_mask_for_call(uint64_t mask);
/* The call is over without a signal: restore the mask now. */
void signal_restore_mask(void);

/* Signals that wait for the running task, blocked ones too. */
uint64_t signal_pending_set(void);

/* Does the running task have a signal that it does not block? */
bool signal_is_pending(void);

/* Is the task on its way out by SIGKILL or exit_group()? */
bool signal_is_fatal_pending(void);

/* Does the running task block or ignore sig? */
bool signal_current_ignores(int sig);

/* Take a pending signal of set, lowest first, off the queues of the running
 * task.  Returns its number with *info, or 0: none.  Takes proc_lock. */
int signal_dequeue(uint64_t set, struct abi_siginfo *info);

/* The same under the lock, for any task.  Locks: proc_lock held. */
int signal_dequeue_locked(struct task *task, uint64_t set,
    struct abi_siginfo *info);

/* Let interruptible waits of the running task sleep again, if nothing wants its
 * attention any more. */
void signal_clear_interrupt(void);

/* rt_sigaction(2): set (unless NULL) and get (unless NULL) an action.
 * Returns 0 or -EINVAL: no such signal, or SIGKILL and SIGSTOP. */
int signal_set_action(int sig, const struct abi_sigaction *new,
    struct abi_sigaction *old);

/* Wait for a signal of set and take it: sigtimedwait(2).  Returns its number with
 * *info, -EAGAIN at the deadline, or -EINTR: another signal came. */
int signal_wait(uint64_t set, uint64_t deadline_ns, struct abi_siginfo *info);

/* The action of a new signal is to stop: all tasks of the running process are
 * to park.  p->stopped may be set already.  Locks: proc_lock held. */
void signal_stop_check_complete(struct proc *p);

/* exec: handlers become SIG_DFL, ignored signals stay ignored. */
void signal_reset_for_exec(void);

/* Before a return to user mode.  May not return (exit, kill). */
void signal_user_return(struct trapframe *frame);

/* ---- sigframe.c ---- */

/* Make the frame of a handler on the user's stack and let frame enter it.
 * Returns 0 or -EFAULT: no room. */
int sigframe_push(struct trapframe *frame, const struct abi_siginfo *info,
    const struct abi_sigaction *action, uint64_t old_mask);

/* rt_sigreturn: take the registers, the FPU state and the mask back.  A frame
 * that could hurt is refused: SIGSEGV. */
long sigframe_pop(struct trapframe *frame);

/* Is sp on the task's alternate stack? */
bool sigframe_on_altstack(const struct task *task, uint64_t sp);
