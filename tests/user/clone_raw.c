/* clone_raw.c - clone without a library: what each flag shares and stores.
 *
 * Layer: tests/user   Source: clone(2), set_tid_address(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile int parent_tid;
static volatile int child_tid;
static volatile int shared;

/* A fork by clone: same stack address, own copy of the memory. */
static long
clone_call(unsigned long flags)
{
	fflush(NULL);
	return syscall(SYS_clone, flags, NULL, &parent_tid, &child_tid, 0);
}

static void
identifiers(void)
{
	long pid;

	parent_tid = child_tid = -1;
	pid = clone_call(CLONE_PARENT_SETTID | SIGCHLD);
	if (pid == 0)
		_exit(child_tid == -1 ? 0 : 1);
	HOLDS(parent_tid == pid);
	STATUS(child_wait((pid_t)pid));
	parent_tid = child_tid = -1;
	pid = clone_call(CLONE_CHILD_SETTID | SIGCHLD);
	if (pid == 0)
		_exit(child_tid == syscall(SYS_gettid) ? 0 : 1);
	HOLDS(parent_tid == -1 && child_tid == -1);
	STATUS(child_wait((pid_t)pid));
}

/* With CLONE_VM the child's end clears child_tid and wakes the futex. */
static int
store_and_return(void *argument)
{
	shared = *(int *)argument;
	return 6;
}

static void
cleared_at_exit(void)
{
	static char stack[4 * PAGE] __attribute__((aligned(16)));
	int value = 5;
	pid_t pid;

	child_tid = 77;
	shared = 0;
	fflush(NULL);
	pid = clone(store_and_return, stack + sizeof stack, CLONE_VM |
	    CLONE_VFORK | CLONE_CHILD_CLEARTID | SIGCHLD, &value, NULL, NULL,
	    &child_tid);
	VALUE(child_tid);
	VALUE(shared);
	STATUS(child_wait(pid));
}

static void
files_and_directory(void)
{
	long pid = clone_call(CLONE_FILES | CLONE_FS | SIGCHLD);

	if (pid == 0) {
		if (dup2(0, 20) != 20 || chdir("/") != 0)
			_exit(1);
		umask(0101);
		_exit(0);
	}
	STATUS(child_wait((pid_t)pid));
	VALUE(fcntl(20, F_GETFD));
	VALUE(umask(022));
	HOLDS(access("dev", F_OK) == 0);
	CALL(chdir(test_dir));
	pid = clone_call(SIGCHLD);
	if (pid == 0) {
		close(20);
		_exit(chdir("/"));
	}
	STATUS(child_wait((pid_t)pid));
	VALUE(fcntl(20, F_GETFD));
	HOLDS(access("dev", F_OK) == 0);
}

/* A child whose end is told by another signal is waited for with __WALL. */
static void
other_exit_signal(void)
{
	int status;
	long pid = clone_call(0);

	if (pid == 0)
		_exit(9);
	VALUE(waitpid((pid_t)pid, &status, 0));
	HOLDS(waitpid((pid_t)pid, &status, __WALL) == pid);
	STATUS(status);
	pid = clone_call(0);
	if (pid == 0)
		_exit(8);
	HOLDS(waitpid(-1, &status, __WCLONE) == pid);
	STATUS(status);
}

static void
same_parent(void)
{
	pid_t child = child_fork();
	int status;

	if (child == 0) {
		long pid = clone_call(CLONE_PARENT | SIGCHLD);

		if (pid == 0)
			_exit(12);
		_exit(waitpid((pid_t)pid, &status, 0) == -1 &&
		    errno == ECHILD ? 10 : 11);
	}
	STATUS(child_wait(child));
	STATUS(child_wait(-1));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	identifiers();
	cleared_at_exit();
	files_and_directory();
	other_exit_signal();
	same_parent();
	HOLDS(syscall(SYS_set_tid_address, &child_tid) ==
	    syscall(SYS_gettid));
	CALL(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, NULL, NULL, NULL, 0));
	CALL(syscall(SYS_clone, CLONE_THREAD | SIGCHLD, NULL, NULL, NULL, 0));
	CALL(syscall(SYS_clone, CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL,
	    0));
	return test_end();
}
