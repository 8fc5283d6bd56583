/* init.c - this layer's start, and the first process.
 *
 * Layer: proc   Called by: main
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "debug/printk.h"
#include "drivers/power.h"
#include "fs/context.h"
#include "fs/fdtable.h"
#include "fs/file.h"
#include "fs/path.h"
#include "fs/lock.h"
#include "fs/mount.h"
#include "fs/pipe.h"
#include "proc/exec.h"
#include "proc/fault.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "proc/procfs_tasks.h"
#include "sched/sched.h"
#include "x86/trap.h"

static const char *const init_environment[] = {
    "HOME=/",
    "PATH=/bin:/sbin:/usr/bin:/usr/sbin",
    "TERM=linux",
    NULL,
};

static void
timer_irq(bool from_user)
{
	sched_timer_irq(from_user);
	if (proc_is_current())
		itimer_tick_irq();
}

static void
pipe_broken(void)
{
	if (proc_is_current())
		signal_send_current(SIGPIPE);
}

static uint64_t
file_size_limit(void)
{
	return proc_is_current() ? proc_limit(RLIMIT_FSIZE) : RLIM_INFINITY;
}

static void
file_size_exceeded(void)
{
	if (proc_is_current())
		signal_send_current(SIGXFSZ);
}

/* Who holds a lock on a file, as F_GETLK tells. */
static int
lock_owner_pid(void)
{
	return proc_is_current() ? proc_current()->pid : 0;
}

void
proc_init(void)
{
	task_init();
	signal_init();
	job_init();
	procfs_tasks_init();
	pipe_broken_hook = pipe_broken;
	lock_pid_hook = lock_owner_pid;
	file_size_limit_hook = file_size_limit;
	file_size_exceeded_hook = file_size_exceeded;
	trap_hooks.exception = fault_exception;
	trap_hooks.page_fault = fault_page;
	trap_hooks.user_return = signal_user_return;
	trap_hooks.timer = timer_irq;
}

/* Descriptors 0, 1 and 2. */
static void
open_console(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		struct file *file;
		int error = file_open(AT_FDCWD, "/dev/console", O_RDWR, 0, &file);

		if (error != 0) {
			pr_warn("init: no /dev/console: error %d", -error);
			return;
		}
		if (fd_install(file, 0, false) < 0)
			file_put(file);
	}
}

/* Process 1 begins in the kernel and turns into its program. */
static void
init_entry(void *arg)
{
	struct task *task = arg;
	const char *const *argv = (const char *const *)task->restart.arg[0];
	struct exec_request rq = {
	    .dirfd = AT_FDCWD,
	    .path = argv[0],
	    .walk_flags = WALK_FOLLOW,
	    .argv.kernel = argv,
	    .envp.kernel = init_environment,
	};
	int error;

	open_console();
	error = proc_exec(&rq);
	if (error != 0) {
		printk(LOG_CRIT, "init: cannot run %s: error %d", argv[0],
		    -error);
		mount_stop_all();
		power_off();
	}
	trap_return_to_user(context_frame(&task->thread.context));
}

void
proc_start_init(const char *const *argv)
{
	struct proc *p = proc_create();
	struct task *task;
	uint64_t irq;

	if (p == NULL || (p->sighand = sighand_create(NULL)) == NULL ||
	    (task = task_create(p, "init", init_entry)) == NULL)
		panic("no memory for the first process");
	task->restart.arg[0] = (uint64_t)argv;
	task->thread.files = fdtable_create();
	task->thread.fs = fs_context_create();
	if (task->thread.files == NULL || task->thread.fs == NULL)
		panic("no memory for the first process");
	irq = spin_lock_irq(&proc_lock);
	task->thread.tid = pid_alloc(task);
	kassert(task->thread.tid == INIT_PID);
	p->pid = INIT_PID;
	p->leader = task;
	pid_set_proc(p->pid, p);
	list_add_tail(&p->tasks, &task->link);
	p->live = 1;
	if (job_join(p, NULL) != 0)
		panic("no memory for the first session");
	spin_unlock_irq(&proc_lock, irq);
	thread_start(&task->thread);
}
