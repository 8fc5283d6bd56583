/* memory_exhaustion.c - all memory is used up in several ways; each time the
 * one who did it gets an error or is killed, and nothing is lost.
 *
 * Layer: tests/faults   Source: mmap(2), write(2), fork(2), pipe(2)
 *
 * Usage: memory_exhaustion [touch|fork|files|pipes|tables|zeros]...
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define MIB	(1024L * 1024)

static char block[64 * 1024];

/* Touches anonymous pages without end. */
static void
touch(void)
{
	for (;;) {
		char *map = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (map == MAP_FAILED)
			_exit(1);
		for (long i = 0; i < MIB; i += PAGE)
			map[i] = 1;
	}
}

/* Shares a third of the memory with children that then all write to it. */
static void
fork_and_touch(void)
{
	long bytes = memory_free_kib() * 1024 / 3;
	char *map = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status;
	int bad = 0;

	if (map == MAP_FAILED)
		_exit(2);
	for (long i = 0; i < bytes; i += PAGE)
		map[i] = 1;
	for (int child = 0; child < 8; child++)
		if (fork() == 0) {
			for (long i = 0; i < bytes; i += PAGE)
				map[i] = 2;
			_exit(0);
		}
	while (wait(&status) > 0)
		bad += WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL;
	_exit(bad == 0 ? 1 : 3);
}

/* Writes files until there is no room. */
static void
fill_files(void)
{
	char name[16];

	for (int i = 0;; i++) {
		int fd;

		snprintf(name, sizeof name, "fill%d", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			_exit(errno == ENOSPC || errno == ENOMEM ? 1 : 3);
		for (int j = 0; j < 64; j++)
			if (write(fd, block, sizeof block) < 0)
				_exit(errno == ENOSPC || errno == ENOMEM ? 1 :
				    3);
		close(fd);
	}
}

/* Fills pipes in one process after another, each with all it may open. */
static void
fill_pipes(void)
{
	int ends[2];

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		while (pipe2(ends, O_NONBLOCK) == 0)
			while (write(ends[1], block, sizeof block) > 0)
				continue;
		if (errno != EMFILE)
			_exit(errno == ENFILE || errno == ENOMEM ? 1 : 3);
		/* The parent keeps its pipes open while the child goes on. */
		if (fork() != 0) {
			int status = 0;

			wait(&status);
			pause();
		}
		for (int fd = 3; fd < 4096; fd++)
			close(fd);
	}
}

/* One page in every 2 MiB: half of the memory goes into page tables. */
static void
sparse(bool store)
{
	for (;;) {
		long bytes = 1024 * MIB;
		volatile char *map = mmap(NULL, (size_t)bytes,
		    PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (map == MAP_FAILED)
			_exit(1);
		for (long i = 0; i < bytes; i += 2 * MIB)
			if (store)
				map[i] = 1;
			else
				(void)map[i];
	}
}

static void
sparse_stores(void)
{
	sparse(true);
}

/* Reads alone: no data pages, only tables. */
static void
sparse_loads(void)
{
	sparse(false);
}

static void (*current)(void);

/* Runs CURRENT in a process group that is killed when its leader has ended, or
 * has not come further for a while. */
static void
exhaust(void)
{
	pid_t pid = fork();
	long start = now_ms();
	int status = -1;

	if (pid == 0) {
		setsid();
		current();
	}
	while (waitpid(pid, &status, WNOHANG) == 0 &&
	    now_ms() - start < 20000) {
		/* Those that fill pipes wait for the last of them. */
		if (current == fill_pipes && now_ms() - start > 5000)
			break;
		sleep_ms(50);
	}
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	while (kill(-pid, 0) == 0)
		sleep_ms(10);
	for (int i = 0; i < 100000; i++) {
		char name[16];

		snprintf(name, sizeof name, "fill%d", i);
		if (unlink(name) != 0)
			break;
	}
	printf("# status %x after %ld ms\n", (unsigned)status,
	    now_ms() - start);
	expect("ended by an error or SIGKILL", current == fill_pipes ||
	    (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == 1));
}

static const struct {
	const char *name;
	void (*function)(void);
} ways[] = {
	{ "touch", touch },
	{ "fork", fork_and_touch },
	{ "files", fill_files },
	{ "pipes", fill_pipes },
	{ "tables", sparse_stores },
	{ "zeros", sparse_loads },
};

int
main(int argc, char **argv)
{
	test_begin(argv);
	alarm(0);
	small_machine_only();
	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		bool wanted = argc == 1;

		for (int j = 1; j < argc; j++)
			wanted = wanted || strcmp(argv[j], ways[i].name) == 0;
		current = ways[i].function;
		if (wanted)
			load_run(ways[i].name, exhaust);
	}
	test_end();
	return failures();
}
