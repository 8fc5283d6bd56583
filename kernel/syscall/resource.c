/* resource.c - system calls about limits, usage, scheduling and CPUs.
 *
 * Layer: syscall   Called by: table.c
 *
 * There is one scheduling policy, SCHED_NORMAL, with nice values; the real-time
 * ones are refused.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "mm/usercopy.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "syscall/rusage.h"
#include "syscall/syscalls.h"
#include "syscall/usertime.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

/* ---- Usage and limits ---- */

void
rusage_from(const struct usage *usage, struct abi_rusage *out)
{
	*out = (struct abi_rusage){
	    .ru_utime = timeval_from_ns(usage->user_ns),
	    .ru_stime = timeval_from_ns(usage->cpu_ns - usage->user_ns),
	    .ru_maxrss = (int64_t)(usage->peak_pages * KIB_PER_PAGE),
	    .ru_minflt = (int64_t)usage->faults,
	    .ru_nvcsw = (int64_t)usage->switches,
	    .ru_nivcsw = (int64_t)usage->preemptions,
	};
}

long
sys_getrusage(int who, struct abi_rusage *user)
{
	struct proc *p = proc_current();
	struct usage usage;
	struct abi_rusage ru;
	uint64_t irq;

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN &&
	    who != RUSAGE_THREAD)
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	if (who == RUSAGE_SELF)
		proc_usage(p, &usage);
	else if (who == RUSAGE_CHILDREN)
		usage = p->waited;
	else
		task_usage(task_current(), &usage);
	spin_unlock_irq(&proc_lock, irq);
	rusage_from(&usage, &ru);
	return copy_to_user(user, &ru, sizeof(ru));
}

long
sys_prlimit64(pid_t pid, unsigned which, const struct abi_rlimit *new,
    struct abi_rlimit *old)
{
	struct abi_rlimit new_limit;
	struct abi_rlimit old_limit;
	struct proc *p;
	uint64_t irq;
	int error = -ESRCH;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (new != NULL && get_user(&new_limit, new) != 0)
		return -EFAULT;
	irq = spin_lock_irq(&proc_lock);
	p = pid == 0 ? proc_current() : pid_proc(pid);
	if (p != NULL)
		error = proc_set_limit(p, which, &old_limit,
		    new != NULL ? &new_limit : NULL);
	spin_unlock_irq(&proc_lock, irq);
	if (error == 0 && old != NULL)
		error = put_user(old, old_limit);
	return error;
}

long
sys_getrlimit(unsigned which, struct abi_rlimit *limit)
{
	/* A NULL limit is no "do not tell" here. */
	struct abi_rlimit value;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	value = proc_current()->limits[which];
	return put_user(limit, value);
}

long
sys_setrlimit(unsigned which, const struct abi_rlimit *limit)
{
	struct abi_rlimit value;

	if (get_user(&value, limit) != 0)
		return -EFAULT;
	return sys_prlimit64(0, which, limit, NULL);
}

/* ---- Scheduling ---- */

long
sys_sched_yield(void)
{
	thread_yield();
	return 0;
}

/* The task tid (0: the caller), or NULL.  Locks: proc_lock held. */
static struct task *
find_task(pid_t tid)
{
	return tid == 0 ? task_current() : pid_task(tid);
}

static bool
task_exists(pid_t tid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	bool exists = find_task(tid) != NULL;

	spin_unlock_irq(&proc_lock, irq);
	return exists;
}

long
sys_sched_setaffinity(pid_t tid, size_t bytes, const uint64_t *user)
{
	uint64_t mask = 0;
	struct task *task;
	uint64_t irq;
	int error = -ESRCH;

	if (copy_from_user(&mask, user, MIN(bytes, sizeof(mask))) != 0)
		return -EFAULT;
	if (tid == 0 || tid == thread_current()->tid)
		return thread_set_affinity(thread_current(), mask);
	irq = spin_lock_irq(&proc_lock);
	task = find_task(tid);
	if (task != NULL)
		error = thread_set_affinity(&task->thread, mask);
	spin_unlock_irq(&proc_lock, irq);
	return error;
}

long
sys_sched_getaffinity(pid_t tid, size_t bytes, uint64_t *user)
{
	uint64_t mask = 0;
	struct task *task;
	uint64_t irq;

	if (bytes < sizeof(mask) || bytes % sizeof(mask) != 0)
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	task = find_task(tid);
	if (task != NULL)
		mask = task->thread.affinity & (BIT(cpu_count()) - 1);
	spin_unlock_irq(&proc_lock, irq);
	if (task == NULL)
		return -ESRCH;
	return put_user(user, mask) != 0 ? -EFAULT : (long)sizeof(mask);
}

/* Checks the arguments of sched_setparam(): only priority 0 can be had. */
static int
param_check(pid_t tid, const struct abi_sched_param *user)
{
	struct abi_sched_param param;

	if (user == NULL || tid < 0)
		return -EINVAL;
	if (get_user(&param, user) != 0)
		return -EFAULT;
	if (!task_exists(tid))
		return -ESRCH;
	return param.sched_priority == 0 ? 0 : -EINVAL;
}

long
sys_sched_setscheduler(pid_t tid, int policy,
    const struct abi_sched_param *param)
{
	int error;

	if (policy < 0)
		return -EINVAL;
	error = param_check(tid, param);
	if (error != 0)
		return error;
	policy &= ~SCHED_RESET_ON_FORK;
	return policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	    policy == SCHED_IDLE ? 0 : -EINVAL;
}

long
sys_sched_getscheduler(pid_t tid)
{
	if (tid < 0)
		return -EINVAL;
	return task_exists(tid) ? SCHED_NORMAL : -ESRCH;
}

long
sys_sched_setparam(pid_t tid, const struct abi_sched_param *param)
{
	return param_check(tid, param);
}

long
sys_sched_getparam(pid_t tid, struct abi_sched_param *param)
{
	struct abi_sched_param zero = {0};

	if (param == NULL || tid < 0)
		return -EINVAL;
	return task_exists(tid) ? put_user(param, zero) : -ESRCH;
}

#define RT_PRIORITY_MAX 99

/* What Linux answers, also for policies that cannot be set here. */
long
sys_sched_get_priority_max(int policy)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return RT_PRIORITY_MAX;
	return policy == SCHED_NORMAL || policy == SCHED_BATCH ||
	    policy == SCHED_IDLE || policy == SCHED_DEADLINE ? 0 : -EINVAL;
}

long
sys_sched_get_priority_min(int policy)
{
	long max = sys_sched_get_priority_max(policy);

	return max > 0 ? 1 : max;
}

#define SLICE_NS (10 * NS_PER_MSEC)

long
sys_sched_rr_get_interval(pid_t tid, struct abi_timespec *interval)
{
	if (tid < 0)
		return -EINVAL;
	return task_exists(tid) ?
	    put_user(interval, timespec_from_ns(SLICE_NS)) : -ESRCH;
}

/* ---- Nice values ---- */

/* Does p belong to what getpriority(which, id) means? */
static bool
in_priority_set(const struct proc *p, int which, int id)
{
	if (which == PRIO_PGRP)
		return p->pgrp->id == (id == 0 ? proc_current()->pgrp->id : id);
	return p->creds.user.real ==
	    (id == 0 ? proc_current()->creds.user.real : (uid_t)id);
}

/* Call fn for each task of the set; -ESRCH if it is empty. */
static int
for_each_in_set(int which, int id, void (*fn)(struct task *task, int *arg),
    int *arg)
{
	int result = -ESRCH;

	if (which == PRIO_PROCESS) {
		struct task *task = find_task(id);

		if (task != NULL)
			fn(task, arg);
		return task != NULL ? 0 : -ESRCH;
	}
	for (struct proc *p = pid_next_proc(0); p != NULL;
	    p = pid_next_proc(p->pid)) {
		if (!in_priority_set(p, which, id))
			continue;
		result = 0;
		list_for_each(task, &p->tasks, struct task, link)
			fn(task, arg);
	}
	return result;
}

static void
take_lowest_nice(struct task *task, int *lowest)
{
	*lowest = MIN(*lowest, task->thread.nice);
}

static void
set_nice(struct task *task, int *nice)
{
	atomic_store(&task->thread.nice, *nice);
}

/* 20 - nice, so that a result is not taken for an error. */
long
sys_getpriority(int which, int id)
{
	int lowest = NICE_MAX;
	uint64_t irq;
	int error;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	irq = spin_lock_irq(&proc_lock);
	error = for_each_in_set(which, id, take_lowest_nice, &lowest);
	spin_unlock_irq(&proc_lock, irq);
	return error != 0 ? error : 20 - lowest;
}

long
sys_setpriority(int which, int id, int nice)
{
	uint64_t irq;
	int error;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = MAX(NICE_MIN, MIN(NICE_MAX, nice));
	irq = spin_lock_irq(&proc_lock);
	error = for_each_in_set(which, id, set_nice, &nice);
	spin_unlock_irq(&proc_lock, irq);
	return error;
}

long
sys_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	(void)unused;
	if (cpu != NULL && put_user(cpu, cpu_id()) != 0)
		return -EFAULT;
	return node != NULL ? put_user(node, 0u) : 0;
}
