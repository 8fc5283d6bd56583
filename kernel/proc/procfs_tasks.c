/* procfs_tasks.c - what /proc/PID shows, in the formats of Linux, which ps and
 * top read.
 *
 * Layer: proc   Called by: fs/procfs by its table of functions
 * Source: proc(5)
 *
 * A process may go at any moment, so its numbers are copied into a snapshot
 * under proc_lock, with a reference to its memory, and are written from there.
 * SPDX-License-Identifier: MIT */
#include "proc/procfs_tasks.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "drivers/tty.h"
#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "lib/string.h"
#include "mm/aspace.h"
#include "proc/job.h"
#include "proc/proc.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)

struct snapshot {
	pid_t pid, tid, ppid, pgrp, session;
	dev_t tty;
	pid_t tty_pgrp;
	char name[THREAD_NAME_MAX];
	char state;
	const char *state_name;
	int nice;
	unsigned cpu;
	unsigned threads;
	struct creds creds;
	uint64_t start_ns;
	struct usage usage;
	struct usage waited;
	uint64_t sig_pending, proc_pending, sig_blocked, sig_ignored, sig_caught;
	uint64_t affinity;
	struct abi_rlimit limits[RLIM_NLIMITS];
	struct aspace *as; /* a reference, or NULL */
	int exit_status;
	int exit_signal;
	size_t fd_size;
};

/* ---- Taking it ---- */

/* The letter that ps shows, and the word of /proc/PID/status. */
static void
snapshot_state(struct snapshot *s, const struct proc *p,
    const struct task *task)
{
	enum thread_state state = task->thread.state;

	s->state = 'S';
	s->state_name = "sleeping";
	if (p->state == PROC_ZOMBIE || state == THREAD_DEAD) {
		s->state = 'Z';
		s->state_name = "zombie";
	} else if (p->stopped && task->parked) {
		s->state = 'T';
		s->state_name = "stopped";
	} else if (state == THREAD_READY || state == THREAD_RUNNING) {
		s->state = 'R';
		s->state_name = "running";
	} else if (!task->thread.interruptible) {
		s->state = 'D';
		s->state_name = "disk sleep";
	}
}

/* The signal sets. */
static void
snapshot_signals(struct snapshot *s, const struct proc *p,
    const struct task *task)
{
	s->sig_pending = task->pending.set;
	s->proc_pending = p->pending.set;
	s->sig_blocked = task->sigmask;
	for (int sig = 1; sig <= NSIG; sig++) {
		uint64_t handler = p->sighand->action[sig - 1].handler;

		if (handler == SIG_IGN)
			s->sig_ignored |= SIGMASK(sig);
		else if (handler != SIG_DFL)
			s->sig_caught |= SIGMASK(sig);
	}
}

/* Copy what is told about task of p; whole: times of all its tasks.
 * Takes a reference to the memory.  Locks: proc_lock held. */
static void
snapshot_fill(struct snapshot *s, struct proc *p, struct task *task, bool whole)
{
	struct tty *tty = p->pgrp->session->tty;

	s->pid = p->pid;
	s->tid = task->thread.tid;
	s->ppid = p->parent == NULL ? 0 : p->parent->pid;
	s->pgrp = p->pgrp->id;
	s->session = p->pgrp->session->id;
	s->tty = tty == NULL ? 0 : tty->dev.number;
	s->tty_pgrp = tty == NULL ? -1 : tty->pgrp;
	strlcpy(s->name, task->thread.name, sizeof(s->name));
	snapshot_state(s, p, task);
	snapshot_signals(s, p, task);
	s->nice = task->thread.nice;
	s->cpu = task->thread.cpu;
	s->affinity = task->thread.affinity & (BIT(cpu_count()) - 1);
	s->threads = p->live;
	s->creds = p->creds;
	s->start_ns = p->start_ns;
	s->waited = p->waited;
	if (whole)
		proc_usage(p, &s->usage);
	else
		task_usage(task, &s->usage);
	memcpy(s->limits, p->limits, sizeof(s->limits));
	s->exit_status = p->exit_status;
	s->exit_signal = p->exit_signal;
	if (task->thread.files != NULL)
		s->fd_size = task->thread.files->size;
	s->as = p->aspace;
	if (s->as != NULL)
		aspace_get(s->as);
}

/* The task tid of process pid, or NULL.  Locks: proc_lock held. */
static struct task *
find(int pid, int tid)
{
	struct proc *p = pid_proc(pid);
	struct task *task = pid_task(tid);

	return p != NULL && task != NULL && task->proc == p ? task : NULL;
}

/* Returns 0 or -ESRCH; on success snapshot_drop() is due. */
static int
snapshot_take(struct snapshot *s, int pid, int tid, bool whole)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct task *task = find(pid, tid);

	memset(s, 0, sizeof(*s));
	if (task != NULL)
		snapshot_fill(s, task->proc, task, whole);
	spin_unlock_irq(&proc_lock, irq);
	return task == NULL ? -ESRCH : 0;
}

static void
snapshot_drop(struct snapshot *s)
{
	if (s->as != NULL)
		aspace_put(s->as);
}

/* ---- Files ---- */

static unsigned long
ticks(uint64_t ns)
{
	return ns / NS_PER_TICK;
}

/* /proc/PID/stat: 52 fields in one line.  Source: proc(5) */
static void
show_stat(const struct snapshot *s, struct text *t)
{
	const struct aspace *as = s->as;
	uint64_t system_ns = s->usage.cpu_ns - s->usage.user_ns;
	uint64_t child_ns = s->waited.cpu_ns - s->waited.user_ns;

	text_printf(t, "%d (%s) %c %d %d %d %d %d 0 ", s->tid, s->name,
	    s->state, s->ppid, s->pgrp, s->session, (int)s->tty, s->tty_pgrp);
	text_printf(t, "%lu %lu 0 0 %lu %lu %lu %lu ", s->usage.faults,
	    s->waited.faults, ticks(s->usage.user_ns), ticks(system_ns),
	    ticks(s->waited.user_ns), ticks(child_ns));
	text_printf(t, "%d %d %u 0 %lu %lu %lu %lu ", 20 + s->nice, s->nice,
	    s->threads, ticks(s->start_ns),
	    as == NULL ? 0 : as->mapped_pages * PAGE_SIZE,
	    as == NULL ? 0 : as->resident_pages,
	    s->limits[RLIMIT_RSS].rlim_cur);
	/* Addresses of code and stack, ESP and EIP are not told. */
	text_printf(t, "0 0 0 0 0 %lu %lu %lu %lu 0 0 0 %d %u 0 0 0 0 0 ",
	    s->sig_pending & INT32_MAX, s->sig_blocked & INT32_MAX,
	    s->sig_ignored & INT32_MAX, s->sig_caught & INT32_MAX,
	    s->exit_signal, s->cpu);
	text_printf(t, "0 0 0 %lu %lu %lu %lu %d\n",
	    as == NULL ? 0 : as->arg_start, as == NULL ? 0 : as->arg_end,
	    as == NULL ? 0 : as->env_start, as == NULL ? 0 : as->env_end,
	    s->exit_status);
}

/* /proc/PID/statm: size, resident, shared, text, lib, data, dirty, in pages. */
static void
show_statm(const struct snapshot *s, struct text *t)
{
	const struct aspace *as = s->as;

	if (as == NULL) {
		text_printf(t, "0 0 0 0 0 0 0\n");
		return;
	}
	text_printf(t, "%zu %zu %zu 0 0 %zu 0\n", as->mapped_pages,
	    as->resident_pages, as->resident_file_pages,
	    as->resident_pages - as->resident_file_pages);
}

/* The memory lines of /proc/PID/status. */
static void
show_memory(const struct aspace *as, struct text *t)
{
	size_t anon = as->resident_pages - as->resident_file_pages;

	text_printf(t, "VmPeak:\t%8zu kB\nVmSize:\t%8zu kB\n",
	    as->mapped_pages * KIB_PER_PAGE, as->mapped_pages * KIB_PER_PAGE);
	text_printf(t, "VmHWM:\t%8zu kB\nVmRSS:\t%8zu kB\n",
	    as->resident_peak * KIB_PER_PAGE,
	    as->resident_pages * KIB_PER_PAGE);
	text_printf(t, "RssAnon:\t%8zu kB\nRssFile:\t%8zu kB\n",
	    anon * KIB_PER_PAGE, as->resident_file_pages * KIB_PER_PAGE);
}

/* /proc/PID/status: stat for humans. */
static void
show_status(const struct snapshot *s, struct text *t)
{
	text_printf(t, "Name:\t%s\nState:\t%c (%s)\nTgid:\t%d\nNgid:\t0\n",
	    s->name, s->state, s->state_name, s->pid);
	text_printf(t, "Pid:\t%d\nPPid:\t%d\nTracerPid:\t0\n", s->tid, s->ppid);
	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\n", s->creds.user.real, s->creds.user.effective,
	    s->creds.user.saved, s->creds.user.fs);
	text_printf(t, "Gid:\t%u\t%u\t%u\t%u\n", s->creds.group.real, s->creds.group.effective,
	    s->creds.group.saved, s->creds.group.fs);
	text_printf(t, "FDSize:\t%zu\nGroups:\t\n", s->fd_size);
	if (s->as != NULL)
		show_memory(s->as, t);
	text_printf(t, "Threads:\t%u\n", s->threads);
	text_printf(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\n", s->sig_pending,
	    s->proc_pending);
	text_printf(t, "SigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
	    s->sig_blocked, s->sig_ignored, s->sig_caught);
	text_printf(t, "Cpus_allowed:\t%lx\n", s->affinity);
	text_printf(t, "voluntary_ctxt_switches:\t%lu\n"
	    "nonvoluntary_ctxt_switches:\t%lu\n", s->usage.switches,
	    s->usage.preemptions);
}

/* Bytes [start, end) of the process's memory, as far as they are there. */
static void
show_bytes(struct aspace *as, vaddr_t start, vaddr_t end, struct text *t)
{
	char buf[256];

	while (start < end) {
		size_t n = MIN(end - start, sizeof(buf));
		size_t got = aspace_read(as, start, buf, n);

		text_bytes(t, buf, got);
		if (got < n)
			break;
		start += n;
	}
}

/* What an area shows, for the last column of maps.  buf: room for a name. */
static const char *
area_name(const struct area *area, char *buf, size_t size)
{
	if (area->flags & AREA_GROWSDOWN)
		return "[stack]";
	if (area->flags & AREA_BRK)
		return "[heap]";
	if (area->object == NULL || area->object->ops->name == NULL)
		return "";
	area->object->ops->name(area->object, buf, size);
	return buf;
}

/* One line of /proc/PID/maps.  arg: the text. */
static int
show_area(const struct area *area, void *arg)
{
	struct text *t = arg;
	char buf[256];

	text_printf(t, "%08lx-%08lx %c%c%c%c %08lx 00:00 0 %24s%s\n",
	    area->start, area->end, area->prot & PROT_READ ? 'r' : '-',
	    area->prot & PROT_WRITE ? 'w' : '-',
	    area->prot & PROT_EXEC ? 'x' : '-',
	    area->flags & AREA_SHARED ? 's' : 'p',
	    area->object == NULL ? 0 : area->offset, "",
	    area_name(area, buf, sizeof(buf)));
	return 0;
}

struct limit_row {
	const char *name;
	const char *unit;
};

static const struct limit_row limit_rows[RLIM_NLIMITS] = {
    [RLIMIT_CPU] = {"Max cpu time", "seconds"},
    [RLIMIT_FSIZE] = {"Max file size", "bytes"},
    [RLIMIT_DATA] = {"Max data size", "bytes"},
    [RLIMIT_STACK] = {"Max stack size", "bytes"},
    [RLIMIT_CORE] = {"Max core file size", "bytes"},
    [RLIMIT_RSS] = {"Max resident set", "bytes"},
    [RLIMIT_NPROC] = {"Max processes", "processes"},
    [RLIMIT_NOFILE] = {"Max open files", "files"},
    [RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},
    [RLIMIT_AS] = {"Max address space", "bytes"},
    [RLIMIT_LOCKS] = {"Max file locks", "locks"},
    [RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
    [RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"},
    [RLIMIT_NICE] = {"Max nice priority", ""},
    [RLIMIT_RTPRIO] = {"Max realtime priority", ""},
    [RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
};

static void
show_limit_value(uint64_t value, struct text *t)
{
	if (value == RLIM_INFINITY)
		text_printf(t, "%-20s ", "unlimited");
	else
		text_printf(t, "%-20lu ", value);
}

/* /proc/PID/limits, with the column widths of Linux. */
static void
show_limits(const struct snapshot *s, struct text *t)
{
	text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
	    "Hard Limit", "Units");
	for (unsigned i = 0; i < RLIM_NLIMITS; i++) {
		text_printf(t, "%-25s ", limit_rows[i].name);
		show_limit_value(s->limits[i].rlim_cur, t);
		show_limit_value(s->limits[i].rlim_max, t);
		text_printf(t, "%-10s\n", limit_rows[i].unit);
	}
}

/* ---- The table's functions ---- */

/* Write one file of task tid of process pid.  Returns 0 or -ESRCH. */
static int
hook_show(int pid, int tid, enum procfs_file what, struct text *t)
{
	struct snapshot s;
	int error = snapshot_take(&s, pid, tid, pid == tid);

	if (error != 0)
		return error;
	if (what == PROCFS_STAT)
		show_stat(&s, t);
	else if (what == PROCFS_STATM)
		show_statm(&s, t);
	else if (what == PROCFS_STATUS)
		show_status(&s, t);
	else if (what == PROCFS_COMM)
		text_printf(t, "%s\n", s.name);
	else if (what == PROCFS_LIMITS)
		show_limits(&s, t);
	else if (what == PROCFS_CMDLINE && s.as != NULL)
		show_bytes(s.as, s.as->arg_start, s.as->arg_end, t);
	else if (what == PROCFS_ENVIRON && s.as != NULL)
		show_bytes(s.as, s.as->env_start, s.as->env_end, t);
	else if (what == PROCFS_MAPS && s.as != NULL)
		aspace_for_each_area(s.as, show_area, t);
	snapshot_drop(&s);
	return 0;
}

static int
hook_next_pid(int after)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct proc *p = pid_next_proc(after);
	int pid = p == NULL ? 0 : p->pid;

	spin_unlock_irq(&proc_lock, irq);
	return pid;
}

/* The smallest thread id > after in process pid, or 0. */
static int
hook_next_tid(int pid, int after)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct proc *p = pid_proc(pid);
	int next = 0;

	if (p != NULL && pid > after)
		next = pid; /* The leader: it is not in the list when dead. */
	if (p != NULL && next == 0) {
		list_for_each(task, &p->tasks, struct task, link) {
			int tid = task->thread.tid;

			if (tid > after && (next == 0 || tid < next))
				next = tid;
		}
	}
	spin_unlock_irq(&proc_lock, irq);
	return next;
}

static bool
hook_exists(int pid, int tid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	bool exists = find(pid, tid) != NULL;

	spin_unlock_irq(&proc_lock, irq);
	return exists;
}

static void
hook_current(int *pid, int *tid)
{
	bool user = proc_is_current();

	*pid = user ? proc_current()->pid : 0;
	*tid = user ? thread_current()->tid : 0;
}

/* A task of process pid that has its files still, or NULL.
 * Locks: proc_lock held. */
static struct task *
find_live(int pid)
{
	struct proc *p = pid_proc(pid);

	if (p == NULL)
		return NULL;
	list_for_each(task, &p->tasks, struct task, link) {
		if (task->thread.files != NULL && task->thread.fs != NULL)
			return task;
	}
	return NULL;
}

/* The program, working directory or root of process pid; NULL: it has gone. */
static struct dentry *
hook_place(int pid, enum procfs_place what)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct task *task = find_live(pid);
	struct fs_context *fs = NULL;
	struct dentry *dentry = NULL;
	struct file *exe = NULL;

	if (task != NULL) {
		fs = task->thread.fs;
		fs_context_get(fs);
		exe = task->proc->exe;
		if (exe != NULL)
			file_get(exe);
	}
	spin_unlock_irq(&proc_lock, irq);
	if (what == PROCFS_EXE && exe != NULL) {
		dentry = exe->dentry;
		dentry_get(dentry);
	} else if (what == PROCFS_CWD && fs != NULL) {
		dentry = fs_context_cwd(fs);
	} else if (what == PROCFS_ROOT && fs != NULL) {
		dentry = fs_context_root(fs);
	}
	if (exe != NULL)
		file_put(exe);
	if (fs != NULL)
		fs_context_put(fs);
	return dentry;
}

/* The descriptors of process pid, with a reference; NULL: it has gone. */
static struct fdtable *
hook_files(int pid)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct task *task = find_live(pid);
	struct fdtable *files = NULL;

	if (task != NULL) {
		files = task->thread.files;
		fdtable_get(files);
	}
	spin_unlock_irq(&proc_lock, irq);
	return files;
}

static const struct procfs_tasks hooks = {
    .next_pid = hook_next_pid,
    .next_tid = hook_next_tid,
    .exists = hook_exists,
    .current = hook_current,
    .show = hook_show,
    .place = hook_place,
    .files = hook_files,
};

void
procfs_tasks_init(void)
{
	procfs_set_tasks(&hooks);
}
