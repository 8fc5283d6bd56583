/* bench.c - what the system's basic operations cost, by the time-stamp counter.
 *
 * usage: bench [-e PROGRAM] [ROW]...     the rows that contain one of the words
 *        bench -p PROCESSES              independent work by so many processes
 *        bench -d DISK [-t TYPE] [ROW]...   the rows of disk.c
 *
 * Prints a line "NAME<TAB>TICKS" for each row: the ticks for one operation, or
 * for one byte.  In an emulator whose counter counts instructions (QEMU with
 * -icount shift=0) that is instructions, the user's own included; the row
 * "counter" shows whether it is so: it must be 1000.  `make bench` runs this
 * file there, on Nestling and on Linux; it runs on any x86-64 Linux.
 *
 * Each row is measured ROUNDS times after one round to warm up, and the
 * median is printed: what is paid only now and then is in it, an interrupt
 * that happened to fall into one round is not.
 *
 * As process 1 it switches the machine off at the end.
 *
 * SPDX-License-Identifier: MIT */
#include "bench.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

enum {
	ROUNDS = 5,
	PIPE_CHUNK = 4 * KIB,
	FILE_BYTES = 64 * KIB,
	FILE_CHUNK = KIB,
	LOOP_PASSES = 500,	/* of two instructions */
	WORK_PASSES = 3000,	/* of work(), in each process of bench -p */
};

#define FILE_NAME "/tmp/bench-file"

/* A row of the table. */
struct row {
	const char *name;
	/* Do the operation n times; returns the ticks for all of them. */
	uint64_t (*run)(unsigned n);
	unsigned n;		/* for one round */
	unsigned bytes;		/* of one operation; 1: count operations */
};

static const char *exec_path = "/bin/nothing";
static char buffer[FILE_BYTES];

long
must(long result, const char *call)
{
	if (result < 0)
		err(EXIT_FAILURE, "%s", call);
	return result;
}

void
wait_for(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0), "waitpid");
	if (status != 0)
		errx(EXIT_FAILURE, "a child ended with status %d", status);
}

/* End a child that would run for ever. */
static void
stop(pid_t pid)
{
	must(kill(pid, SIGKILL), "kill");
	must(waitpid(pid, NULL, 0), "waitpid");
}

/* ---- One process ---- */

static uint64_t
run_counter(unsigned n)
{
	uint64_t start = now();

	while (n-- > 0) {
		long passes = LOOP_PASSES;

		__asm__ volatile("1: dec %0; jnz 1b" : "+r"(passes));
	}
	return now() - start;
}

static uint64_t
run_getpid(unsigned n)
{
	uint64_t start = now();

	while (n-- > 0)
		getpid();
	return now() - start;
}

static uint64_t
run_dup(unsigned n)
{
	uint64_t start = now();

	while (n-- > 0)
		close(must(dup(0), "dup"));
	return now() - start;
}

static uint64_t
run_open(unsigned n)
{
	uint64_t start;

	close(must(open(FILE_NAME, O_CREAT | O_WRONLY, 0644), FILE_NAME));
	start = now();
	while (n-- > 0)
		close(must(open(FILE_NAME, O_RDONLY), FILE_NAME));
	return now() - start;
}

static uint64_t
run_pipe_alone(unsigned n)
{
	uint64_t start;
	int fds[2];
	char c = 0;

	must(pipe(fds), "pipe");
	start = now();
	while (n-- > 0) {
		must(write(fds[1], &c, 1), "write");
		must(read(fds[0], &c, 1), "read");
	}
	start = now() - start;
	close(fds[0]);
	close(fds[1]);
	return start;
}

static uint64_t
run_first_write(unsigned n)
{
	uint64_t start;
	char *area;

	area = mmap(NULL, (size_t)n * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	start = now();
	for (unsigned i = 0; i < n; i++)
		area[(size_t)i * PAGE] = 1;
	start = now() - start;
	munmap(area, (size_t)n * PAGE);
	return start;
}

static uint64_t
run_create(unsigned n)
{
	uint64_t sum = 0;

	unlink(FILE_NAME);
	while (n-- > 0) {
		uint64_t start = now();

		close(must(open(FILE_NAME, O_CREAT | O_EXCL | O_WRONLY, 0644),
		    FILE_NAME));
		sum += now() - start;
		unlink(FILE_NAME);
	}
	return sum;
}

static uint64_t
run_unlink(unsigned n)
{
	uint64_t sum = 0;

	unlink(FILE_NAME);
	while (n-- > 0) {
		uint64_t start;

		close(must(open(FILE_NAME, O_CREAT | O_EXCL | O_WRONLY, 0644),
		    FILE_NAME));
		start = now();
		must(unlink(FILE_NAME), FILE_NAME);
		sum += now() - start;
	}
	return sum;
}

/* Each time a new file, so that its pages have to be found. */
static uint64_t
run_write(unsigned n)
{
	uint64_t sum = 0;

	while (n-- > 0) {
		int fd = must(open(FILE_NAME, O_CREAT | O_TRUNC | O_WRONLY,
		    0644), FILE_NAME);
		uint64_t start = now();

		for (unsigned at = 0; at < FILE_BYTES; at += FILE_CHUNK)
			must(write(fd, buffer, FILE_CHUNK), "write");
		sum += now() - start;
		close(fd);
	}
	return sum;
}

static uint64_t
run_read(unsigned n)
{
	uint64_t sum = 0;
	int fd = must(open(FILE_NAME, O_CREAT | O_TRUNC | O_RDWR, 0644),
	    FILE_NAME);

	must(write(fd, buffer, FILE_BYTES), "write");
	while (n-- > 0) {
		uint64_t start;

		must(lseek(fd, 0, SEEK_SET), "lseek");
		start = now();
		for (unsigned at = 0; at < FILE_BYTES; at += FILE_CHUNK)
			must(read(fd, buffer, FILE_CHUNK), "read");
		sum += now() - start;
	}
	close(fd);
	return sum;
}

/* ---- Two processes ---- */

/* The child sends back what it gets. */
static uint64_t
run_ping_pong(unsigned n)
{
	uint64_t start;
	int there[2];
	int back[2];
	pid_t pid;
	char c = 0;

	must(pipe(there), "pipe");
	must(pipe(back), "pipe");
	pid = must(fork(), "fork");
	while (pid == 0) {
		must(read(there[0], &c, 1), "read");
		must(write(back[1], &c, 1), "write");
	}
	start = now();
	while (n-- > 0) {
		must(write(there[1], &c, 1), "write");
		must(read(back[0], &c, 1), "read");
	}
	start = now() - start;
	stop(pid);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
	return start;
}

static uint64_t
run_pipe_stream(unsigned n)
{
	size_t left = (size_t)n * MIB;
	uint64_t start;
	int fds[2];
	pid_t pid;

	must(pipe(fds), "pipe");
	pid = must(fork(), "fork");
	if (pid == 0) {
		for (; left > 0; left -= PIPE_CHUNK)
			must(write(fds[1], buffer, PIPE_CHUNK), "write");
		_exit(0);
	}
	start = now();
	while (left > 0)
		left -= must(read(fds[0], buffer, PIPE_CHUNK), "read");
	start = now() - start;
	wait_for(pid);
	close(fds[0]);
	close(fds[1]);
	return start;
}

/* Both yield in turn: one operation is a call by each of them. */
static uint64_t
run_yield(unsigned n)
{
	uint64_t start;
	pid_t pid = must(fork(), "fork");

	while (pid == 0)
		sched_yield();
	sched_yield();
	start = now();
	while (n-- > 0)
		sched_yield();
	start = now() - start;
	stop(pid);
	return start;
}

static uint64_t
run_fork(unsigned n)
{
	uint64_t start = now();

	while (n-- > 0) {
		pid_t pid = must(fork(), "fork");

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
	return now() - start;
}

static uint64_t
run_fork_touched(unsigned n)
{
	uint64_t ticks;
	char *area = mmap(NULL, MIB, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		err(EXIT_FAILURE, "mmap");
	memset(area, 1, MIB);
	ticks = run_fork(n);
	munmap(area, MIB);
	return ticks;
}

static uint64_t
run_exec(unsigned n)
{
	char *argv[] = {(char *)exec_path, NULL};
	char *envp[] = {NULL};
	uint64_t start = now();

	while (n-- > 0) {
		pid_t pid = must(fork(), "fork");

		if (pid == 0) {
			execve(exec_path, argv, envp);
			err(EXIT_FAILURE, "%s", exec_path);
		}
		wait_for(pid);
	}
	return now() - start;
}

/* ---- The table ---- */

static const struct row rows[] = {
	{"counter", run_counter, 100, 1},
	{"getpid", run_getpid, 1000, 1},
	{"dup + close", run_dup, 1000, 1},
	{"open + close", run_open, 500, 1},
	{"pipe, one process", run_pipe_alone, 500, 1},
	{"pipe ping-pong", run_ping_pong, 500, 1},
	{"pipe 1 MiB, per byte", run_pipe_stream, 2, MIB},
	{"sched_yield", run_yield, 1000, 1},
	{"fork + exit + wait", run_fork, 50, 1},
	{"the same, 1 MiB touched", run_fork_touched, 50, 1},
	{"fork + exec + wait", run_exec, 30, 1},
	{"first write, per page", run_first_write, MIB / PAGE, 1},
	{"create", run_create, 200, 1},
	{"unlink", run_unlink, 200, 1},
	{"write 64 KiB, per byte", run_write, 20, FILE_BYTES},
	{"read 64 KiB, per byte", run_read, 20, FILE_BYTES},
};

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
measure(const struct row *row)
{
	uint64_t ticks[ROUNDS];

	row->run(row->n);
	for (int i = 0; i < ROUNDS; i++)
		ticks[i] = row->run(row->n);
	qsort(ticks, ROUNDS, sizeof(ticks[0]), compare);
	printf("%s\t%.2f\n", row->name,
	    (double)ticks[ROUNDS / 2] / row->n / row->bytes);
	fflush(stdout);
}

bool
wanted(const char *name, char **words)
{
	for (char **word = words; *word != NULL; word++)
		if (strstr(name, *word) != NULL)
			return true;
	return *words == NULL;
}

/* ---- Many processes ---- */

/* A piece of work that needs nobody else: calculation, memory, system calls. */
static void
work(void)
{
	volatile unsigned sum = 0;

	for (unsigned i = 0; i < 20 * KIB; i++)
		sum += i;
	memset(buffer, (int)sum, sizeof(buffer));
	for (int i = 0; i < 10; i++)
		close(must(dup(0), "dup"));
}

/* Print the nanoseconds that so many processes take, each for the same work. */
static void
run_processes(int count)
{
	struct timespec start;
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < count; i++) {
		if (must(fork(), "fork") != 0)
			continue;
		for (int pass = 0; pass < WORK_PASSES; pass++)
			work();
		_exit(0);
	}
	for (int i = 0; i < count; i++)
		wait_for(-1);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%d processes\t%lld\n", count,
	    (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec -
	    start.tv_nsec);
}

static void
run_rows(char **words)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (wanted(rows[i].name, words))
			measure(&rows[i]);
	unlink(FILE_NAME);
}

int
main(int argc, char **argv)
{
	const char *disk = NULL;
	const char *type = NULL;
	int processes = 0;
	int option;

	mkdir("/tmp", 0777);
	while ((option = getopt(argc, argv, "d:e:p:t:")) != -1) {
		if (option == 'd')
			disk = optarg;
		else if (option == 'e')
			exec_path = optarg;
		else if (option == 'p')
			processes = parse_number(optarg, 1, 64);
		else if (option == 't')
			type = optarg;
		else
			usage("bench [-e PROGRAM] [-p PROCESSES] "
			      "[-d DISK [-t TYPE]] [ROW]...");
	}
	if (disk != NULL)
		run_disk(disk, type, argv + optind);
	else if (processes != 0)
		run_processes(processes);
	else
		run_rows(argv + optind);
	fflush(stdout);
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return finish(EXIT_SUCCESS);
}
