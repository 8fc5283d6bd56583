/* proc.h - processes and their threads.
 *
 * Layer: proc   Called by: syscall, debug
 *
 * A process (struct proc) owns what its threads share: the address space, the
 * signal handlers, the place in the tree of parents and children.  A thread of
 * it (struct task) is a struct thread of the scheduler with the rest of what
 * Linux calls a thread: a signal mask, signals of its own, open files.
 *
 *	struct proc <--- proc ---- struct task { struct thread thread; ... }
 *	  tasks ---------------->  one or more; the first has tid == pid
 *	  parent, children         the tree; orphans go to process 1
 *	  pgrp -> session          job control (job.h)
 *
 *	            proc_fork       last task exits       parent waits
 *	  (nothing) ---------> ALIVE -------------> ZOMBIE ----------> (freed)
 *
 * Invariants:
 * (1) A process that is ALIVE has a task; its aspace is not NULL until the last
 *     task is on its way out.
 * (2) Each process but the first has a parent, which is ALIVE.
 * (3) leader stays in the table, with its number, until the process is reaped.
 *
 * proc_lock is one for all processes: their table, tree, groups and signals.
 * It is held for some hundred instructions at most, and interrupt handlers take
 * it (Ctrl-C, alarms).  (Exercise: give each process a lock for its signals.
 * In which order must a child lock itself and its parent when it stops?)
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/resource.h"
#include "abi/signal.h"
#include "lib/list.h"
#include "proc/itimer.h"
#include "proc/signal.h"
#include "sched/clock.h"
#include "sched/thread.h"
#include "sched/waitq.h"

struct aspace;
struct file;
struct pgrp;
struct text;

#define INIT_PID 1

#define GROUPS_MAX 32 /* supplementary groups of a process */

/* Ticks of times(2) and SIGCHLD's siginfo. */
#define NS_PER_TICK (NS_PER_SEC / ABI_CLK_TCK)

/* The four ids of one kind. */
struct ids {
	uint32_t real, effective, saved, fs;
};

/* User and group ids.  They are kept, returned and obey Linux's rules for
 * change; access to files does not depend on them: everyone is root. */
struct creds {
	struct ids user;
	struct ids group;
	unsigned group_count;
	gid_t groups[GROUPS_MAX];
};

/* What was used, for getrusage(): of dead threads, and of waited children. */
struct usage {
	uint64_t cpu_ns;
	uint64_t user_ns;
	uint64_t faults;       /* page faults */
	uint64_t switches;     /* voluntary */
	uint64_t preemptions;
	uint64_t peak_pages;   /* largest resident set */
};

/* How a system call that a signal interrupted goes on, if it returned
 * -ERESTART_RESTARTBLOCK and no handler ran. */
struct restart {
	long (*fn)(struct restart *restart);
	uint64_t deadline_ns;
	uint64_t arg[3];
};

/*
 * What protects the members:
 *	I	immutable after task_create()
 *	t	the task itself
 *	p	proc_lock
 *	a	atomic
 */
struct task {
	struct thread thread;    /* first: thread_current() is task_current() */
	struct proc *proc;       /* [I] */
	struct list link;        /* [p] in proc->tasks */
	void *kstack;            /* [I] */

	uint64_t sigmask;        /* [a] blocked; written by the task itself */
	uint64_t saved_sigmask;  /* [t] mask to restore after sigsuspend ... */
	bool restore_sigmask;    /* [t] saved_sigmask is valid */
	uint64_t sigwait;        /* [a] blocked signals that sigtimedwait takes */
	bool parked;             /* [p] counted in proc->parked; [a] to read */
	struct sig_pending pending; /* [p] signals for this task alone */
	struct abi_stack altstack; /* [t] sigaltstack() */

	uint8_t fault_vector;    /* [t] the last exception, for ucontext */
	uint64_t fault_error;    /* [t] */
	uint64_t fault_va;       /* [t] */
	unsigned oom_pauses;     /* [t] that its page fault waited for memory */

	uint64_t set_child_tid;   /* [t] user address or 0 */
	uint64_t clear_child_tid; /* [t] user address or 0 */
	uint64_t robust_list;     /* [t] user address or 0 */
	struct restart restart;   /* [t] */
	struct task *vfork_parent; /* [p] waits until we exec or exit */
	struct task *vfork_child;  /* [p] for whom we wait */
};

enum proc_state {
	PROC_ALIVE,
	PROC_ZOMBIE,
};

/*
 * What protects the members:
 *	I	immutable after proc_create()
 *	p	proc_lock
 *	e	proc_lock to change; the process's own threads read without
 *	a	atomic
 */
struct proc {
	pid_t pid;             /* [I] */
	enum proc_state state; /* [p] */
	struct proc *parent;   /* [p] */
	struct list children;  /* [p] struct proc, sibling */
	struct list sibling;   /* [p] */
	struct list tasks;     /* [p] struct task, link; dead ones are gone */
	unsigned live;         /* [p] tasks that have not begun to exit */
	struct task *leader;   /* [p] */
	struct pgrp *pgrp;     /* [p] */
	struct list pgrp_link; /* [p] */
	struct waitq wait_wq;  /* children change state; vfork ends */

	struct aspace *aspace; /* [e] one reference; NULL: being torn down */
	struct file *exe;      /* [e] the program; NULL: none yet */
	struct creds creds;    /* [a] each word */
	struct abi_rlimit limits[RLIM_NLIMITS]; /* [a] each word */
	bool execed;           /* [p] ran exec since fork: for setpgid */
	bool no_new_privs;     /* [a] */
	bool subreaper;        /* [a] orphans of this subtree come here */
	int pdeath_signal;     /* [a] PR_SET_PDEATHSIG */
	int dumpable;          /* [a] PR_SET_DUMPABLE */

	struct sighand *sighand;    /* [e] */
	struct sig_pending pending; /* [p] signals for any task */
	int exit_signal;       /* [p] what the parent gets; 0: nothing */

	bool exiting;          /* [p] all tasks are to exit */
	int exit_status;       /* [p] a status word of wait() */
	struct task *exec_task; /* [p] in exec: all other tasks are to exit */
	struct waitq task_wq;  /* exec waits until it is alone */

	bool stopped;          /* [p] tasks park in stop_wq */
	unsigned parked;       /* [p] tasks that do */
	int stop_signal;       /* [p] why */
	bool stop_unreported;  /* [p] for wait(WUNTRACED) */
	bool continue_unreported; /* [p] for wait(WCONTINUED) */
	struct waitq stop_wq;

	struct itimers timers; /* [p] */
	uint64_t start_ns;     /* [I] clock_ns() */
	uint64_t faults;       /* [a] page faults */
	struct usage dead;     /* [p] of tasks that are gone */
	struct usage waited;   /* [p] of children that were waited for */
};

extern struct spinlock proc_lock;

/* The running task.  Only on threads of processes, never in interrupts. */
static inline struct task *
task_current(void)
{
	return (struct task *)thread_current();
}

static inline struct proc *
proc_current(void)
{
	return task_current()->proc;
}

/* Is the running thread a process's, not one of the kernel's? */
bool proc_is_current(void);

/* Set up the table, the caches and the hooks of x86, the terminals, pipes and
 * /proc; after mm, sched, drivers and fs. */
void proc_init(void);

/* Make process 1, running argv[0] (argv: terminated by NULL; kept), with /dev/console
 * as descriptors 0, 1, 2.  It starts when the caller sleeps. */
void proc_start_init(const char *const *argv);

/* ---- fork.c ---- */

/* What clone(2) asks for. */
struct clone_args {
	uint64_t flags;      /* CLONE_*, without the signal */
	int exit_signal;     /* for the parent when the child ends; 0: none */
	uint64_t stack;      /* child's RSP, or 0: the parent's */
	uint64_t parent_tid; /* user addresses, by flags */
	uint64_t child_tid;
	uint64_t tls;
};

/* Make a process or thread that goes on where the caller's system call returns,
 * with result 0.  Returns its tid; -EINVAL: flags that contradict each other;
 * -EAGAIN: too many; -ENOMEM.  CLONE_VFORK: sleeps until it execs or exits. */
long proc_clone(const struct clone_args *args);

/* ---- exit.c ---- */

/* End the running task / all tasks of the process.  status: a status word. */
void __attribute__((noreturn)) task_exit(int status);
void __attribute__((noreturn)) proc_exit(int status);

/* Tell all tasks of p to exit with status, unless they are already.
 * Locks: proc_lock held. */
void proc_kill_tasks(struct proc *p, int status);

/* End all other tasks of the process and take the leader's place, for exec.
 * Returns 0, or -EAGAIN: this task itself is to exit.  Sleeps. */
int proc_kill_other_tasks(void);

/* The running task is about to leave the process's memory (exit, exec): release
 * its robust locks, clear clear_child_tid, let a vfork parent go on. */
void task_release_memory(struct task *task);

/* A zombie was waited for: take it out of table, tree and group (proc_lock held),
 * and free it (no lock held). */
void proc_unlink(struct proc *p);
void proc_free(struct proc *p);

/* Tell p's parent that it stopped or continued.  Locks: proc_lock held. */
void proc_notify_parent(struct proc *p, int code, int status);

/* Free tasks and processes that ended and have nobody to wait for them. */
void task_reap_dead(void);

/* ---- wait.c ---- */

/* Whom and what waitid(2) waits for. */
struct wait_args {
	int type;     /* P_ALL, P_PID, P_PGID */
	pid_t id;
	int options;  /* W* */
};

struct wait_result {
	pid_t pid;    /* 0: WNOHANG and nothing to report */
	uid_t uid;
	int status;   /* status word */
	int code;     /* CLD_* */
	struct usage usage;
};

/* Wait for a child.  Returns 0; -ECHILD: there is none; -ERESTARTSYS. */
int proc_wait(const struct wait_args *args, struct wait_result *result);

/* ---- task.c ---- */

/* A new task of p, not yet started or in any list; the scheduler's part is
 * prepared to run entry(task).  NULL: no memory. */
struct task *task_create(struct proc *p, const char *name,
    void (*entry)(void *arg));
void task_free(struct task *task);

/* A new process without memory, files or number, in no list.  NULL: no memory. */
struct proc *proc_create(void);
/* Free a process that is in no list any more. */
void proc_destroy(struct proc *p);

/* Set up the caches and the limit. */
void task_init(void);

/* Tasks and processes there are, and may be at most. */
unsigned task_count(void);
unsigned task_limit(void);

/* Resources used by one task, or by all of p, dead threads included.
 * Locks: proc_lock held. */
void task_usage(const struct task *task, struct usage *out);
void proc_usage(const struct proc *p, struct usage *out);
void usage_add(struct usage *to, const struct usage *from);

/* The current value of a limit: proc_limit(RLIMIT_STACK). */
static inline uint64_t
proc_limit(unsigned which)
{
	return __atomic_load_n(&proc_current()->limits[which].rlim_cur,
	    __ATOMIC_RELAXED);
}

/* Read or set (either may be NULL) a limit of p.  Returns 0; -EINVAL: which, or
 * cur > max; -EPERM: above the kernel's own maximum.  Locks: proc_lock held. */
int proc_set_limit(struct proc *p, unsigned which, struct abi_rlimit *old,
    const struct abi_rlimit *new);
