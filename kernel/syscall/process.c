/* process.c - system calls about processes and threads.
 *
 * Layer: syscall   Called by: table.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/futex.h"
#include "abi/limits.h"
#include "abi/prctl.h"
#include "abi/wait.h"
#include "fs/path.h"
#include "lib/string.h"
#include "mm/usercopy.h"
#include "proc/exec.h"
#include "proc/futex.h"
#include "proc/job.h"
#include "proc/proc.h"
#include "syscall/rusage.h"
#include "syscall/syscalls.h"

/* ---- Birth ---- */

long
sys_fork(void)
{
	struct clone_args args = {.exit_signal = SIGCHLD};

	return proc_clone(&args);
}

long
sys_vfork(void)
{
	struct clone_args args = {
	    .flags = CLONE_VM | CLONE_VFORK,
	    .exit_signal = SIGCHLD,
	};

	return proc_clone(&args);
}

long
sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid,
    uint64_t child_tid, uint64_t tls)
{
	struct clone_args args = {
	    .flags = (uint32_t)flags & ~(uint64_t)CSIGNAL,
	    .exit_signal = (int)(flags & CSIGNAL),
	    .stack = stack,
	    .parent_tid = parent_tid,
	    .child_tid = child_tid,
	    .tls = tls,
	};

	if (args.exit_signal > NSIG)
		args.exit_signal = 0;
	return proc_clone(&args);
}

/* execve() and execveat(): the path from the user, then proc_exec(). */
static long
exec(int dirfd, const char *path, uint64_t argv, uint64_t envp,
    unsigned walk_flags)
{
	struct path_name name;
	struct exec_request rq = {
	    .dirfd = dirfd,
	    .walk_flags = walk_flags,
	    .argv.user = argv,
	    .envp.user = envp,
	};
	long result = path_name_get(&name, path);

	if (result != 0)
		return result;
	rq.path = name.text;
	result = proc_exec(&rq);
	path_name_free(&name);
	return result;
}

long
sys_execve(const char *path, uint64_t argv, uint64_t envp)
{
	return exec(AT_FDCWD, path, argv, envp, WALK_FOLLOW);
}

long
sys_execveat(int dirfd, const char *path, uint64_t argv, uint64_t envp,
    int flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	return exec(dirfd, path, argv, envp,
	    (flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW) |
	    (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0));
}

/* ---- Death ---- */

long
sys_exit(int code)
{
	task_exit(ABI_W_EXITED(code));
}

long
sys_exit_group(int code)
{
	proc_exit(ABI_W_EXITED(code));
}

#define WAIT4_OPTIONS                                                  \
	(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS                                                 \
	(WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED |         \
	    __WNOTHREAD | __WCLONE | __WALL)

long
sys_wait4(pid_t pid, int *status, int options, struct abi_rusage *usage)
{
	struct wait_args args = {
	    .type = P_PID,
	    .id = pid,
	    .options = options | WEXITED,
	};
	struct wait_result result;
	struct abi_rusage ru;
	int error;

	if (options & ~WAIT4_OPTIONS)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == -1)
		args.type = P_ALL;
	else if (pid <= 0)
		args.type = P_PGID;
	if (pid < 0)
		args.id = -pid;
	else if (pid == 0)
		args.id = (pid_t)job_getpgid(0);
	error = proc_wait(&args, &result);
	if (error != 0 || result.pid == 0)
		return error;
	if (status != NULL && put_user(status, result.status) != 0)
		return -EFAULT;
	rusage_from(&result.usage, &ru);
	if (usage != NULL && copy_to_user(usage, &ru, sizeof(ru)) != 0)
		return -EFAULT;
	return result.pid;
}

/* The siginfo that waitid() gives. */
static struct abi_siginfo
wait_info(const struct wait_result *result)
{
	struct abi_siginfo info = {0};

	if (result->pid == 0)
		return info;
	info.si_signo = SIGCHLD;
	info.si_code = result->code;
	info.si_child_pid = result->pid;
	info.si_child_uid = result->uid;
	if (result->code == CLD_EXITED)
		info.si_status = ABI_WEXITSTATUS(result->status);
	else if (result->code == CLD_KILLED)
		info.si_status = ABI_WTERMSIG(result->status);
	else if (result->code == CLD_CONTINUED)
		info.si_status = SIGCONT;
	else
		info.si_status = ABI_WEXITSTATUS(result->status);
	return info;
}

/* Checks waitid()'s arguments; group 0 becomes the caller's.
 * Returns 0 or -EINVAL. */
static int
waitid_check(int type, pid_t *id, int options)
{
	if ((options & ~WAITID_OPTIONS) != 0 ||
	    (options & (WEXITED | WSTOPPED | WCONTINUED)) == 0)
		return -EINVAL;
	if (type == P_PID)
		return *id > 0 ? 0 : -EINVAL;
	if (type == P_PGID) {
		if (*id < 0)
			return -EINVAL;
		if (*id == 0)
			*id = (pid_t)job_getpgid(0);
		return 0;
	}
	return type == P_ALL ? 0 : -EINVAL;
}

long
sys_waitid(int type, pid_t id, struct abi_siginfo *info, int options,
    struct abi_rusage *usage)
{
	struct wait_args args = {.type = type, .options = options};
	struct wait_result result;
	struct abi_siginfo si;
	struct abi_rusage ru;
	int error = waitid_check(type, &id, options);

	if (error != 0)
		return error;
	args.id = id;
	error = proc_wait(&args, &result);
	if (error != 0)
		return error;
	if (result.pid != 0 && usage != NULL) {
		rusage_from(&result.usage, &ru);
		if (copy_to_user(usage, &ru, sizeof(ru)) != 0)
			return -EFAULT;
	}
	si = wait_info(&result);
	/* As Linux: only the members that are told, not all 128 bytes. */
	if (info != NULL && copy_to_user(info, &si,
	    offsetof(struct abi_siginfo, si_status) + sizeof(int)) != 0)
		return -EFAULT;
	return 0;
}

/* ---- Numbers ---- */

long
sys_getpid(void)
{
	return proc_current()->pid;
}

long
sys_gettid(void)
{
	return thread_current()->tid;
}

long
sys_getppid(void)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct proc *parent = proc_current()->parent;
	pid_t pid = parent == NULL ? 0 : parent->pid;

	spin_unlock_irq(&proc_lock, irq);
	return pid;
}

long
sys_getpgid(pid_t pid)
{
	return job_getpgid(pid);
}

long
sys_getpgrp(void)
{
	return job_getpgid(0);
}

long
sys_setpgid(pid_t pid, pid_t pgid)
{
	return job_setpgid(pid, pgid);
}

long
sys_getsid(pid_t pid)
{
	return job_getsid(pid);
}

long
sys_setsid(void)
{
	return job_setsid();
}

/* ---- Threads ---- */

long
sys_set_tid_address(uint64_t address)
{
	task_current()->clear_child_tid = address;
	return thread_current()->tid;
}

long
sys_set_robust_list(uint64_t head, size_t bytes)
{
	if (bytes != sizeof(struct abi_robust_list_head))
		return -EINVAL;
	task_current()->robust_list = head;
	return 0;
}

long
sys_get_robust_list(pid_t tid, uint64_t *head, size_t *bytes)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct task *task = tid == 0 ? task_current() : pid_task(tid);
	uint64_t list = task == NULL ? 0 : task->robust_list;

	spin_unlock_irq(&proc_lock, irq);
	if (task == NULL)
		return -ESRCH;
	if (put_user(bytes, sizeof(struct abi_robust_list_head)) != 0)
		return -EFAULT;
	return put_user(head, list);
}

long
sys_futex(uint64_t word, int op, uint32_t value, uint64_t timeout,
    uint64_t word2, uint32_t value3)
{
	struct futex_args args = {word, op, value, timeout, word2, value3};

	return futex_call(&args);
}

/* ---- Odds and ends ---- */

/* PR_SET_NAME: the running thread's name. */
static long
prctl_set_name(const char *user)
{
	struct thread *thread = thread_current();
	char name[THREAD_NAME_MAX];
	ssize_t n = strncpy_from_user(name, user, sizeof(name));

	if (n == -EFAULT)
		return -EFAULT;
	name[sizeof(name) - 1] = '\0'; /* Longer ones are cut. */
	memcpy(thread->name, name, sizeof(name));
	return 0;
}

static long
prctl_get_name(char *user)
{
	char name[THREAD_NAME_MAX] = {0};

	strlcpy(name, thread_current()->name, sizeof(name));
	return copy_to_user(user, name, sizeof(name));
}

#define TIMER_SLACK_NS 50000

long
sys_prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct proc *p = proc_current();

	switch (option) {
	case PR_SET_PDEATHSIG:
		if (a > NSIG)
			return -EINVAL;
		p->pdeath_signal = (int)a;
		return 0;
	case PR_GET_PDEATHSIG:
		return put_user((int *)a, p->pdeath_signal);
	case PR_GET_DUMPABLE:
		return p->dumpable;
	case PR_SET_DUMPABLE:
		if (a > 1)
			return -EINVAL;
		p->dumpable = (int)a;
		return 0;
	case PR_SET_NAME:
		return prctl_set_name((const char *)a);
	case PR_GET_NAME:
		return prctl_get_name((char *)a);
	case PR_SET_CHILD_SUBREAPER:
		p->subreaper = a != 0;
		return 0;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int *)a, (int)p->subreaper);
	case PR_SET_NO_NEW_PRIVS:
		if (a != 1 || b != 0 || c != 0 || d != 0)
			return -EINVAL;
		p->no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		if (a != 0 || b != 0 || c != 0 || d != 0)
			return -EINVAL;
		return p->no_new_privs;
	case PR_GET_KEEPCAPS: /* There are no capabilities ... */
	case PR_GET_SECCOMP:  /* ... and no filters. */
		return 0;
	case PR_GET_TIMERSLACK:
		return TIMER_SLACK_NS;
	case PR_SET_TIMERSLACK:
		return 0; /* Timers are exact here. */
	case PR_GET_TID_ADDRESS:
		return put_user((uint64_t *)a, task_current()->clear_child_tid);
	default:
		return -EINVAL;
	}
}

long
sys_arch_prctl(int option, uint64_t address)
{
	struct context *context = &thread_current()->context;

	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (address >= USER_TOP)
			return -EPERM;
		if (option == ARCH_SET_FS)
			context_set_fs_base(context, address);
		else
			context_set_gs_base(context, address);
		return 0;
	case ARCH_GET_FS:
		return put_user((uint64_t *)address, context->fs_base);
	case ARCH_GET_GS:
		return put_user((uint64_t *)address, context->gs_base);
	default:
		return -EINVAL;
	}
}

#define PERSONALITY_QUERY UINT32_MAX

/* There is one way to behave: Linux's (0). */
long
sys_personality(uint64_t persona)
{
	return (uint32_t)persona == PERSONALITY_QUERY || persona == 0 ?
	    0 : -EINVAL;
}
