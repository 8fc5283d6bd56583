/* fork_bomb.c - processes that only make processes run into a limit, and the
 * machine is usable afterwards.
 *
 * Layer: tests/faults   Source: fork(2), EAGAIN; getrlimit(2), RLIMIT_NPROC
 *
 * Usage: fork_bomb [SECONDS]
 *
 * The bomb explodes in a session of its own, and all of it is killed by one
 * signal to its process group.  On a Linux whose root has no limit it would
 * not stop by itself, so it is for small machines only.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PROCESS_LIMIT	300

static long seconds = 2;

struct shared {
	uint32_t forks;		/* [a] children that were made */
	uint32_t refusals;	/* [a] forks that failed for want of a limit */
	uint32_t strange;	/* [a] forks that failed otherwise */
};

static struct shared *shared;

static _Noreturn void
explode(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid >= 0)
			__atomic_add_fetch(&shared->forks, 1,
			    __ATOMIC_RELAXED);
		else if (errno == EAGAIN || errno == ENOMEM)
			__atomic_add_fetch(&shared->refusals, 1,
			    __ATOMIC_RELAXED);
		else
			__atomic_add_fetch(&shared->strange, 1,
			    __ATOMIC_RELAXED);
		if (pid < 0)
			sched_yield();
	}
}

static void
bomb(void)
{
	struct rlimit limit = { PROCESS_LIMIT, PROCESS_LIMIT };
	long start = now_ms();
	pid_t pid;

	memset(shared, 0, sizeof *shared);
	pid = fork();
	if (pid == 0) {
		setsid();
		setrlimit(RLIMIT_NPROC, &limit);
		explode();
	}
	while (now_ms() - start < seconds * 1000)
		sleep_ms(50);
	while (kill(-pid, SIGKILL) == 0) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		sleep_ms(10);
	}
	printf("# %u forks, %u refusals\n", shared->forks, shared->refusals);
	expect("the bomb went off", shared->forks > 10);
	expect("a limit was met", shared->refusals > 0);
	expect("no other error", shared->strange == 0);
	pid = fork();
	if (pid == 0)
		_exit(5);
	expect("fork works again", pid > 0 &&
	    WEXITSTATUS(child_wait(pid)) == 5);
}

int
main(int argc, char **argv)
{
	test_begin(argv);
	alarm(0);
	small_machine_only();
	if (argc > 1)
		seconds = atol(argv[1]);
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	load_run("fork bomb", bomb);
	test_end();
	return failures();
}
