/* thread.h - threads, as the scheduler sees them.
 *
 * Layer: sched   Called by: mm (kthread), proc (tasks), everyone who sleeps
 *
 * The scheduler allocates nothing: a struct thread is a part of its owner's
 * object (proc's struct task, mm's kernel thread), which also brings the stack.
 *
 *	            thread_start            picked
 *	  THREAD_NEW ---------> THREAD_READY <=====> THREAD_RUNNING
 *	                             ^     preempted      |  thread_block
 *	                             |                    v
 *	                             +----------- THREAD_BLOCKED     thread_exit
 *	                             thread_wake                 -> THREAD_DEAD
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "sync/spinlock.h"
#include "x86/context.h"

struct aspace;
struct fdtable;
struct fs_context;
struct journal_handle;
struct mutex;

enum thread_state {
	THREAD_NEW,
	THREAD_READY,
	THREAD_RUNNING,
	THREAD_BLOCKED,
	THREAD_DEAD,
};

#define THREAD_NAME_MAX 16
#define NICE_MIN (-20)
#define NICE_MAX 19

/* What protects the members:
 *	I	immutable after thread_init()
 *	q	the lock of the run queue of thread->cpu
 *	t	the thread itself
 *	a	atomic
 *	o	the owner, by its own rules */
struct thread {
	struct context context; /* [t] first: trap.S finds it by GS */

	enum thread_state state; /* [a] */
	unsigned cpu;            /* [q] where it runs, or ran last */
	bool on_cpu;             /* [a] its stack is in use */
	bool on_queue;           /* [q] linked into the run queue */
	bool runnable;           /* [q] from wake-up to the next block */
	bool is_idle;            /* [I] */
	int nice;                /* [a] NICE_MIN to NICE_MAX */
	uint64_t affinity;       /* [a] bit n: may run on CPU n */
	struct list queue_link;  /* [q] run queue */

	/* Interruptible sleep: set by thread_interrupt(), seen by the sleeper. */
	bool interruptible;      /* [a] it sleeps so that a signal may wake it */
	bool interrupted;        /* [a] a signal wants attention */
	const char *wait_reason; /* [t] name of what it waits for; for ps */

	uint64_t slice_end_ns;   /* [q] preempt it then */
	uint64_t switched_in_ns; /* [q] */
	uint64_t cpu_ns;         /* [q] time on a CPU, to the last switch */
	uint64_t user_ns;        /* [t] the share in user mode, sampled */
	uint64_t switches_voluntary;   /* [q] */
	uint64_t switches_involuntary; /* [q] */

	struct mutex *innermost; /* [t] the last mutex locked; then mutex.outer */

	void (*entry)(void *arg); /* [I] */
	void *entry_arg;          /* [I] */

	pid_t tid;               /* [o] for messages and GDB */
	char name[THREAD_NAME_MAX]; /* [o] */
	bool no_fault;              /* [t] a copy from a user that is not to
				     * wait for pages: see iobuf.h */
	struct aspace *aspace;      /* [o] NULL: kernel thread */
	struct fdtable *files;      /* [o] open files, or NULL */
	struct fs_context *fs;      /* [o] cwd, root, umask, or NULL */
	struct journal_handle *journal_handle; /* [t] the open one, or NULL */
};

/* The running thread. */
static inline struct thread *
thread_current(void)
{
	struct thread *thread;

	__asm__ volatile("movq %%gs:24, %0" : "=r"(thread));
	return thread;
}

/* Prepare a thread that will run entry(arg) on the kernel stack that ends at
 * stack_top.  It may run on every CPU.  entry must end with thread_exit().
 * thread: zeroed or new memory.  Does not sleep. */
void thread_init(struct thread *thread, const char *name, vaddr_t stack_top,
    void (*entry)(void *arg), void *arg);

/* Put a new thread on a run queue.  Any context. */
void thread_start(struct thread *thread);

/* Leave the CPU until thread_wake().  The caller has set state to
 * THREAD_BLOCKED before it looked at its condition for the last time, so that
 * a wake-up in between is not lost.  See sched/waitq.h, which does it right. */
void thread_block(void);

/* Make a blocked thread ready.  False: it was not blocked.  Any context. */
bool thread_wake(struct thread *thread);

/* Let another ready thread of this CPU run first, if there is one. */
void thread_yield(void);

/* End the running thread.  Its owner frees the memory after
 * thread_wait_off_cpu(). */
void __attribute__((noreturn)) thread_exit(void);

/* Wait until a dead thread has left its stack: a few instructions. */
void thread_wait_off_cpu(const struct thread *thread);

/* Ask a thread to come out of interruptible waits and to pass user_return.
 * Any context. */
void thread_interrupt(struct thread *thread);

/* Withdraw the above: thread is the current one. */
void thread_clear_interrupt(void);

/* Restrict the thread to the CPUs in mask; it moves when it next runs.
 * Returns 0; -EINVAL: no CPU of ours is in mask. */
int thread_set_affinity(struct thread *thread, uint64_t mask);

/* CPU time used so far, the running slice included. */
uint64_t thread_cpu_ns(const struct thread *thread);
