/* task.c - memory of tasks and processes, how many there may be, what they used.
 *
 * Layer: proc   Called by: fork, exit, wait, init
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "proc/fault.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "sched/clock.h"

/* A task costs about 16 pages in the kernel: its stack, page tables, tables. */
#define PAGES_PER_TASK 16
#define TASK_LIMIT_MIN 64
#define TASK_LIMIT_MAX (PID_MAX / 2)

#define STACK_LIMIT_DEFAULT (8ULL << 20)

struct spinlock proc_lock = SPINLOCK_INIT("proc", RANK_PROC);

static struct slab_cache task_cache;
static struct slab_cache proc_cache;
static unsigned tasks; /* [a] */
static unsigned limit; /* [I] */

bool
proc_is_current(void)
{
	return thread_current()->context.has_user;
}

void
task_init(void)
{
	size_t wanted = page_total_count() / PAGES_PER_TASK;

	slab_cache_init(&task_cache, "task", sizeof(struct task), CACHE_LINE);
	slab_cache_init(&proc_cache, "proc", sizeof(struct proc), CACHE_LINE);
	limit = (unsigned)MIN(MAX(wanted, TASK_LIMIT_MIN), TASK_LIMIT_MAX);
}

unsigned
task_count(void)
{
	return atomic_load(&tasks);
}

unsigned
task_limit(void)
{
	return limit;
}

struct task *
task_create(struct proc *p, const char *name, void (*entry)(void *arg))
{
	struct task *task = slab_alloc(&task_cache);

	if (task == NULL)
		return NULL;
	/* thread_init() clears the first member. */
	memset((char *)task + sizeof(task->thread), 0,
	    sizeof(*task) - sizeof(task->thread));
	task->kstack = kstack_alloc();
	if (task->kstack == NULL) {
		slab_free(&task_cache, task);
		return NULL;
	}
	thread_init(&task->thread, name,
	    (vaddr_t)task->kstack + KSTACK_BYTES, entry, task);
	task->thread.context.has_user = true;
	task->proc = p;
	list_init(&task->link);
	sig_pending_init(&task->pending);
	task->altstack.ss_flags = SS_DISABLE;
	atomic_add(&tasks, 1);
	return task;
}

void
task_free(struct task *task)
{
	kassert(task->pending.set == 0 && list_empty(&task->link));
	kassert(task->vfork_parent == NULL && task->vfork_child == NULL);
	kstack_free(task->kstack);
	slab_free(&task_cache, task);
	atomic_sub(&tasks, 1);
}

/* The limits that process 1 has, and all its children unless they set others. */
static void
limits_init(struct abi_rlimit *limits)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		limits[i] = (struct abi_rlimit){RLIM_INFINITY, RLIM_INFINITY};
	limits[RLIMIT_STACK].rlim_cur = STACK_LIMIT_DEFAULT;
	limits[RLIMIT_CORE].rlim_cur = 0;
	limits[RLIMIT_NPROC] = (struct abi_rlimit){limit, limit};
	limits[RLIMIT_NOFILE] =
	    (struct abi_rlimit){FD_LIMIT_DEFAULT, FD_LIMIT_MAX};
	limits[RLIMIT_SIGPENDING] = (struct abi_rlimit){limit, limit};
	limits[RLIMIT_NICE] = (struct abi_rlimit){0, 0};
	limits[RLIMIT_RTPRIO] = (struct abi_rlimit){0, 0};
}

struct proc *
proc_create(void)
{
	struct proc *p = slab_alloc(&proc_cache);

	if (p == NULL)
		return NULL;
	memset(p, 0, sizeof(*p));
	p->state = PROC_ALIVE;
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->tasks);
	list_init(&p->pgrp_link);
	waitq_init(&p->wait_wq, "wait");
	waitq_init(&p->task_wq, "exec");
	waitq_init(&p->stop_wq, "stopped");
	sig_pending_init(&p->pending);
	limits_init(p->limits);
	p->dumpable = 1;
	p->start_ns = clock_ns();
	itimer_init(p);
	return p;
}

void
proc_destroy(struct proc *p)
{
	kassert(p->aspace == NULL && p->exe == NULL);
	kassert(list_empty(&p->tasks) && list_empty(&p->children));
	if (p->sighand != NULL)
		sighand_put(p->sighand);
	slab_free(&proc_cache, p);
}

/* ---- Limits ---- */

/* Tell those who keep a copy of a limit. */
static void
limit_changed(struct proc *p, unsigned which, uint64_t value)
{
	list_for_each(task, &p->tasks, struct task, link) {
		struct fdtable *files = task->thread.files;

		if (which == RLIMIT_NOFILE && files != NULL)
			atomic_store(&files->limit, (unsigned)value);
	}
	if (which == RLIMIT_STACK && p->aspace != NULL)
		atomic_store(&p->aspace->stack_limit, value);
	if (which == RLIMIT_AS && p->aspace != NULL)
		atomic_store(&p->aspace->map_limit, value);
}

int
proc_set_limit(struct proc *p, unsigned which, struct abi_rlimit *old,
    const struct abi_rlimit *new)
{
	struct abi_rlimit *l = &p->limits[which];

	kassert(spin_held(&proc_lock));
	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (new != NULL && new->rlim_cur > new->rlim_max)
		return -EINVAL;
	if (new != NULL && which == RLIMIT_NOFILE &&
	    new->rlim_max > FD_LIMIT_MAX)
		return -EPERM;
	if (new != NULL && new->rlim_max > l->rlim_max &&
	    proc_current()->creds.user.effective != 0)
		return -EPERM;
	if (old != NULL)
		*old = *l;
	if (new != NULL) {
		*l = *new;
		limit_changed(p, which, new->rlim_cur);
	}
	return 0;
}

/* ---- Resources used ---- */

void
usage_add(struct usage *to, const struct usage *from)
{
	to->cpu_ns += from->cpu_ns;
	to->user_ns += from->user_ns;
	to->faults += from->faults;
	to->switches += from->switches;
	to->preemptions += from->preemptions;
	to->peak_pages = MAX(to->peak_pages, from->peak_pages);
}

void
task_usage(const struct task *task, struct usage *out)
{
	const struct thread *thread = &task->thread;

	*out = (struct usage){
	    .cpu_ns = thread_cpu_ns(thread),
	    .switches = thread->switches_voluntary,
	    .preemptions = thread->switches_involuntary,
	};
	out->user_ns = MIN(thread->user_ns, out->cpu_ns);
}

void
proc_usage(const struct proc *p, struct usage *out)
{
	struct usage one;

	kassert(spin_held(&proc_lock));
	*out = p->dead;
	out->faults += atomic_load(&p->faults);
	if (p->aspace != NULL)
		out->peak_pages =
		    MAX(out->peak_pages, p->aspace->resident_peak);
	list_for_each(task, &p->tasks, struct task, link) {
		task_usage(task, &one);
		usage_add(out, &one);
	}
}
