/* deep_recursion.c - what nests: function calls, signal handlers, processes,
 * directories, symbolic links, mounts of maps; too deep is an error.
 *
 * Layer: tests/faults   Source: sigaltstack(2), path_resolution(7), fork(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define CHAIN		400	/* generations of processes */
#define DIRECTORIES	1000	/* levels of directories */

static int
recurse(volatile char *above)
{
	volatile char local[PAGE];

	local[0] = above[0];
	return above[0] != 0 ? 0 : recurse(local) + local[PAGE - 1];
}

static void
overflow(void)
{
	volatile char start = 0;

	recurse(&start);
}

static void *
overflow_in_thread(void *argument)
{
	overflow();
	return argument;
}

static void
thread_overflow(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, overflow_in_thread, NULL);
	pthread_join(thread, NULL);
}

static void
on_signal(int number)
{
	raise(number);
}

/* Every handler is interrupted by the next one, until the stack is full. */
static void
nested_handlers(void)
{
	signal_handle(SIGUSR1, on_signal, SA_NODEFER);
	raise(SIGUSR1);
}

/* The handler of a stack overflow has no stack to run on. */
static void
fault_in_fault(void)
{
	signal_handle(SIGSEGV, on_signal, SA_NODEFER);
	overflow();
}

static void
stacks(void)
{
	int status = 0;

	for (int i = 0; i < 5; i++) {
		status = child_run(overflow);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
			break;
	}
	expect("stack overflow", WTERMSIG(status) == SIGSEGV);
	expect("overflow in a thread",
	    WTERMSIG(child_run(thread_overflow)) == SIGSEGV);
	expect("nested handlers",
	    WTERMSIG(child_run(nested_handlers)) == SIGSEGV);
	expect("fault in a fault",
	    WTERMSIG(child_run(fault_in_fault)) == SIGSEGV);
}

/* Each process has one child; the exit status counts generations. */
static int
generation(int depth)
{
	int status = 0;
	pid_t pid;

	if (depth == 0)
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(generation(depth - 1) == 0 ? 0 : 1);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return status;
}

static void
processes(void)
{
	expect("a chain of processes", generation(CHAIN) == 0);
}

static void
directories(void)
{
	char path[PATH_MAX];
	int made = 0;
	int back = 0;

	while (made < DIRECTORIES && mkdir("d", 0755) == 0 && chdir("d") == 0)
		made++;
	expect("deep directories", made == DIRECTORIES);
	expect("getcwd of a deep directory",
	    getcwd(path, sizeof path) != NULL || errno == ERANGE);
	while (back < made && chdir("..") == 0 && rmdir("d") == 0)
		back++;
	expect("back up again", back == made);
	expect("in the right directory", chdir(test_dir) == 0 &&
	    rmdir("d") != 0 && errno == ENOENT);
}

/* Each link goes through the one before: exponential if not limited. */
static void
links(void)
{
	char old[32] = ".";
	char new[32];
	char target[80];
	long start = now_ms();
	int fd;

	for (int i = 0; i < 50; i++) {
		snprintf(new, sizeof new, "link%d", i);
		snprintf(target, sizeof target, "%s/%s/%s", old, old, old);
		if (symlink(target, new) != 0)
			break;
		strcpy(old, new);
	}
	fd = open(old, O_RDONLY);
	expect("links through links", fd < 0 && errno == ELOOP);
	expect("and quickly", now_ms() - start < 5000);
	for (int i = 0; i < 50; i++) {
		snprintf(new, sizeof new, "link%d", i);
		unlink(new);
	}
}

int
main(int argc, char **argv)
{
	struct rlimit limit = { 1024 * 1024, 1024 * 1024 };

	(void)argc;
	test_begin(argv);
	alarm(0);
	setrlimit(RLIMIT_STACK, &limit);
	load_run("stacks", stacks);
	load_run("processes", processes);
	load_run("directories", directories);
	load_run("links", links);
	test_end();
	return failures();
}
