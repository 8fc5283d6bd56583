/* syscall_fuzz.c - random system calls with random and hostile arguments.
 *
 * Layer: tests/faults   Source: syscalls(2)
 *
 * Usage: syscall_fuzz [CALLS [SEED]]
 *
 * A supervisor forks workers, each with a session, two threads and a part of
 * the seed.  A worker dies often: by its own munmap, exit or signal; then the
 * next one goes on where it stopped, until CALLS calls were made.  A worker
 * that does not come further is killed.
 *
 * The policy, so that the supervisor and the rest of the system survive:
 * - reboot is called with wrong magic numbers only; sync rarely.
 * - kill, tkill, tgkill and their kin go to the worker itself, to its own
 *   group, or to a process that cannot exist; other calls that take a process
 *   id get one of those as well.
 * - A new process ends at once, unless exec succeeds.
 * - Paths lie in the test's directory, or are hostile; mount and umount2 get
 *   no path that exists.
 * - mknod makes no devices, and ptrace and its kin are not called.
 * - Limits are set by hostile pointers only: root could raise them, and
 *   RLIMIT_FSIZE and RLIMIT_AS keep a worker from filling the memory.
 * - Calls that sleep or end the process are made less often.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>
#include <sys/prctl.h>

#define WORKERS		4
#define THREADS		2
#define CALLS_A_WORKER	2000
#define STALL_MS	100
#define PROGRESS	20000
#define FRESH_WORLD	32	/* workers, until their files are removed */
#define LAST_CALL	460	/* one more than the numbers in use */
#define POOL_PAGES	4
#define WORKER_MEMORY	(64L * 1024 * 1024)
#define FILE_LIMIT	(256L * 1024)

/* Which call needs care; all others take any argument. */
enum care {
	CARE_NONE,
	CARE_RARE,	/* sleeps or ends the process */
	CARE_PID,	/* the first argument is a process id */
	CARE_MOUNT,	/* the first two are paths that must not exist */
	CARE_LIMIT,	/* a limit may not be raised */
	CARE_NODE,	/* makes a file whose kind is in its mode */
	CARE_NEVER,
};

static uint8_t cares[LAST_CALL];

struct shared {
	uint64_t calls;			/* [a] made by all workers */
	uint64_t stamp[WORKERS];	/* [a] calls made by each worker */
};

static struct shared *shared;
static char *pool;		/* what good pointers point into */

static void
cares_set(enum care care, const int *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		cares[numbers[i]] = care;
}

static void
cares_fill(void)
{
	static const int rare[] = {
		SYS_exit, SYS_exit_group, SYS_execve, SYS_execveat, SYS_pause,
		SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_nanosleep,
		SYS_clock_nanosleep, SYS_futex, SYS_poll, SYS_ppoll,
		SYS_select, SYS_pselect6, SYS_wait4, SYS_waitid, SYS_fork,
		SYS_vfork, SYS_clone, SYS_rt_sigreturn, SYS_munmap,
		SYS_mprotect, SYS_mremap, SYS_brk, SYS_sync, SYS_arch_prctl,
		SYS_close_range, SYS_setitimer, SYS_alarm, SYS_reboot,
	};
	static const int pids[] = {
		SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
		SYS_rt_tgsigqueueinfo, SYS_setpgid, SYS_getpgid, SYS_getsid,
		SYS_sched_setaffinity, SYS_sched_setscheduler,
		SYS_sched_setparam, SYS_get_robust_list, SYS_pidfd_open,
		SYS_migrate_pages, SYS_move_pages, SYS_sched_setattr,
	};
	static const int nodes[] = { SYS_mknod, SYS_mknodat };
	static const int limits[] = { SYS_setrlimit, SYS_prlimit64 };
	static const int mounts[] = { SYS_mount, SYS_umount2 };
	static const int never[] = {
		SYS_chroot, SYS_pivot_root, SYS_swapon, SYS_swapoff,
		SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
		SYS_clock_adjtime, SYS_init_module, SYS_finit_module,
		SYS_delete_module, SYS_kexec_load, SYS_iopl, SYS_ioperm,
		SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_acct,
		SYS_clone3, SYS_unshare, SYS_setns, SYS_userfaultfd, SYS_bpf,
		SYS_move_mount, SYS_fsmount, SYS_open_tree, SYS_syslog,
		SYS_perf_event_open, SYS_quotactl, SYS_add_key, SYS_keyctl,
		SYS_ptrace, SYS_process_vm_writev, SYS_setpriority,
		SYS_ioprio_set, SYS_shmget, SYS_msgget, SYS_semget,
	};

	cares_set(CARE_RARE, rare, sizeof rare / sizeof rare[0]);
	cares_set(CARE_PID, pids, sizeof pids / sizeof pids[0]);
	cares_set(CARE_NODE, nodes, sizeof nodes / sizeof nodes[0]);
	cares_set(CARE_LIMIT, limits, sizeof limits / sizeof limits[0]);
	cares_set(CARE_MOUNT, mounts, sizeof mounts / sizeof mounts[0]);
	cares_set(CARE_NEVER, never, sizeof never / sizeof never[0]);
}

/* What a system call gets and gives, without a library in between. */
static long
raw_call(long number, const uint64_t a[6])
{
	register uint64_t r10 __asm__("r10") = a[3];
	register uint64_t r8 __asm__("r8") = a[4];
	register uint64_t r9 __asm__("r9") = a[5];
	long result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a[0]),
	    "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
	    : "rcx", "r11", "memory");
	return result;
}

/* A pointer that no call may use. */
static uint64_t
hostile_pointer(uint64_t *state)
{
	switch (random_next(state) % 8) {
	case 0:
		return 0;
	case 1:
		return (uint64_t)bad_pointer;
	case 2:
		return 1UL << 47;
	case 3:
		return -(uint64_t)PAGE;
	case 4:
		return ~0UL << 47;
	case 5:
		return ~0UL << 47 | random_next(state) >> 17;
	case 6:
		return random_next(state);
	default:
		return (1UL << 47) - random_next(state) % 8;
	}
}

/* Into the pool: mostly aligned, at times across or at its end. */
static uint64_t
good_pointer(uint64_t *state)
{
	uint64_t r = random_next(state);
	uint64_t end = (uint64_t)pool + POOL_PAGES * PAGE;

	switch (r % 8) {
	case 0:
		return end - (r >> 8) % 64;
	case 1:
		return (uint64_t)pool + (r >> 8) % (POOL_PAGES * PAGE);
	default:
		return (uint64_t)pool + (r >> 8) % (POOL_PAGES * PAGE / 8) * 8;
	}
}

static uint64_t
path(uint64_t *state)
{
	static const char *const names[] = {
		"a", "b", "c", "dir", "dir/a", "dir/b", "link", "fifo", "",
		".", "..", "no/such", "a/x", "new", "loop", "dir/",
	};
	static char long_name[PATH_MAX + 16];

	if (long_name[0] == '\0')
		memset(long_name, 'n', sizeof long_name - 1);
	switch (random_next(state) % 8) {
	case 0:
		return hostile_pointer(state);
	case 1:
		return (uint64_t)long_name +
		    random_next(state) % sizeof long_name;
	default:
		return (uint64_t)names[random_next(state) %
		    (sizeof names / sizeof names[0])];
	}
}

static uint64_t
number(uint64_t *state)
{
	uint64_t r = random_next(state);

	switch (r % 8) {
	case 0:
		return r >> 8;
	case 1:
		return 1UL << (r >> 8) % 64;
	case 2:
		return -((r >> 8) % 16);
	case 3:
		return (r >> 8) % 64 * PAGE;
	case 4:
		return (uint32_t)(r >> 8);
	default:
		return (r >> 8) % 32;
	}
}

static uint64_t
argument(uint64_t *state)
{
	switch (random_next(state) % 8) {
	case 0:
	case 1:
		return number(state);
	case 2:
		return random_next(state) % 20;
	case 3:
	case 4:
		return good_pointer(state);
	case 5:
		return hostile_pointer(state);
	default:
		return path(state);
	}
}

/* A process that it is all right to name. */
static uint64_t
process(uint64_t *state)
{
	switch (random_next(state) % 4) {
	case 0:
		return (uint64_t)getpid();
	case 1:
		return (uint64_t)-getpid();
	case 2:
		return 0;
	default:
		return INT_MAX - random_next(state) % 16;
	}
}

/* Fills A for a call of NUMBER by the policy; false: do not make it. */
static bool
arguments_fill(long call, uint64_t a[6], uint64_t *state)
{
	enum care care = CARE_NONE;
	int i;

	if (call >= 0 && call < LAST_CALL)
		care = cares[call];
	for (i = 0; i < 6; i++)
		a[i] = argument(state);
	switch (care) {
	case CARE_NEVER:
		return false;
	case CARE_RARE:
		if (call == SYS_reboot)
			a[0] = 1;
		return random_next(state) % 32 == 0;
	case CARE_PID:
		a[0] = process(state);
		if (call == SYS_tgkill || call == SYS_rt_tgsigqueueinfo)
			a[1] = process(state);
		if (call == SYS_kill || call == SYS_tkill ||
		    call == SYS_tgkill || call == SYS_rt_sigqueueinfo ||
		    call == SYS_rt_tgsigqueueinfo)
			return random_next(state) % 32 == 0;
		return true;
	case CARE_MOUNT:
		a[0] = call == SYS_umount2 ? hostile_pointer(state) :
		    path(state);
		a[1] = call == SYS_mount ? hostile_pointer(state) : a[1];
		return true;
	case CARE_NODE:
		i = call == SYS_mknod ? 1 : 2;
		a[i] = (a[i] & 07777) | (a[i] % 2 != 0 ? S_IFIFO : S_IFREG);
		return true;
	case CARE_LIMIT:
		a[call == SYS_setrlimit ? 1 : 2] = hostile_pointer(state);
		if (call == SYS_prlimit64)
			a[0] = process(state);
		return true;
	default:
		return true;
	}
}

static bool
makes_process(long call)
{
	return call == SYS_fork || call == SYS_vfork || call == SYS_clone;
}

struct thread {
	uint64_t state;
	int worker;
};

static void *
thread_run(void *given)
{
	struct thread *self = given;
	static const uint64_t zeros[6];

	for (int i = 0; i < CALLS_A_WORKER / THREADS; i++) {
		uint64_t a[6];
		long call = (long)(random_next(&self->state) % LAST_CALL);
		long result;

		if (random_next(&self->state) % 1024 == 0)
			call = (long)random_next(&self->state);
		if ((unsigned long)call >= LAST_CALL && (int)call >= 0 &&
		    (int)call < LAST_CALL)
			continue;
		if (!arguments_fill(call, a, &self->state))
			continue;
		__atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&shared->stamp[self->worker], 1,
		    __ATOMIC_RELAXED);
		result = raw_call(call, a);
		if (result == 0 && makes_process(call))
			raw_call(SYS_exit_group, zeros);
	}
	return NULL;
}

/* Files and descriptors for the calls to work on.  Earlier workers may have
 * put fifos in the place of files, whose opening must not wait. */
static void
world_make(void)
{
	static const char *const devices[] = {
		"/dev/zero", "/dev/full", "/dev/urandom", "/dev/null", "/proc",
		"/proc/self/maps", "/proc/meminfo",
	};
	int ends[2];

	mkdir("dir", 0755);
	symlink("dir", "link");
	symlink("loop", "loop");
	mkfifo("fifo", 0600);
	for (int i = 0; i < 3; i++)
		open("/dev/null", O_RDWR);
	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		open(devices[i], O_RDONLY | O_NONBLOCK);
	open("a", O_RDWR | O_CREAT | O_NONBLOCK, 0600);
	open("b", O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK, 0600);
	open(".", O_RDONLY);
	open("dir", O_RDONLY | O_NONBLOCK);
	pipe2(ends, O_NONBLOCK);
}

static void
on_alarm(int signal_number)
{
	(void)signal_number;
}

/* Never returns. */
static void
worker_run(int worker, uint64_t seed)
{
	struct rlimit files = { FILE_LIMIT, FILE_LIMIT };
	struct rlimit memory = { WORKER_MEMORY, WORKER_MEMORY };
	struct thread threads[THREADS];
	pthread_t other;

	setsid();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	world_make();
	setrlimit(RLIMIT_FSIZE, &files);
	setrlimit(RLIMIT_AS, &memory);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal_handle(SIGALRM, on_alarm, 0);
	pester(2);
	for (int i = 0; i < POOL_PAGES * PAGE / 8; i++)
		((uint64_t *)pool)[i] = number(&seed);
	for (int i = 0; i < THREADS; i++) {
		threads[i].worker = worker;
		threads[i].state = random_next(&seed) | 1;
	}
	for (int i = 1; i < THREADS; i++)
		pthread_create(&other, NULL, thread_run, &threads[i]);
	thread_run(&threads[0]);
	_exit(0);
}

struct slot {
	pid_t pid;		/* 0: no worker */
	uint64_t stamp;		/* the worker's count when last looked at */
	long since;		/* and when that was last another */
};

static struct slot slots[WORKERS];
static unsigned workers_made;
static unsigned workers_killed;

/* Ends the worker of SLOT with all that it made. */
static void
worker_end(struct slot *slot)
{
	kill(-slot->pid, SIGKILL);
	kill(slot->pid, SIGKILL);
	child_wait(slot->pid);
	while (kill(-slot->pid, SIGKILL) == 0) {
		/* Its orphans are ours if this is the first process. */
		while (waitpid(-slot->pid, NULL, WNOHANG) > 0)
			continue;
		sleep_ms(1);
	}
	slot->pid = 0;
}

/* True if the worker of SLOT has ended or had to be. */
static void
worker_watch(int i)
{
	struct slot *slot = &slots[i];
	uint64_t stamp = __atomic_load_n(&shared->stamp[i], __ATOMIC_RELAXED);
	siginfo_t info = { 0 };

	if (waitid(P_PID, (id_t)slot->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
		worker_end(slot);
		return;
	}
	if (stamp != slot->stamp) {
		slot->stamp = stamp;
		slot->since = now_ms();
	} else if (now_ms() - slot->since > STALL_MS) {
		workers_killed++;
		worker_end(slot);
	}
}

static uint64_t calls_wanted = 100000;
static uint64_t seed_given = 1;

static void
progress_show(void)
{
	printf("# %lu calls by %u workers, %u had to be killed\n",
	    (unsigned long)shared->calls, workers_made, workers_killed);
}

static void
fuzz(void)
{
	uint64_t shown = 0;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	memset(shared, 0, sizeof *shared);
	while (__atomic_load_n(&shared->calls, __ATOMIC_RELAXED) <
	    calls_wanted) {
		struct timespec tick = { 0, 10000000 };

		if (workers_made % FRESH_WORLD == 0)
			dir_empty(open(".", O_RDONLY | O_DIRECTORY));
		for (int i = 0; i < WORKERS; i++) {
			uint64_t seed = seed_given * 1000003 + workers_made;

			if (slots[i].pid != 0)
				continue;
			workers_made++;
			slots[i].since = now_ms();
			fflush(NULL);
			slots[i].pid = fork();
			if (slots[i].pid == 0) {
				sigprocmask(SIG_UNBLOCK, &child, NULL);
				worker_run(i, seed * 2 + 1);
			}
		}
		if (shared->calls - shown >= PROGRESS) {
			shown = shared->calls;
			progress_show();
		}
		sigtimedwait(&child, NULL, &tick);
		for (int i = 0; i < WORKERS; i++)
			if (slots[i].pid > 0)
				worker_watch(i);
			else
				slots[i].pid = 0;
	}
	for (int i = 0; i < WORKERS; i++)
		if (slots[i].pid > 0)
			worker_end(&slots[i]);
	dir_empty(open(".", O_RDONLY | O_DIRECTORY));
	chmod(".", 0700);
	progress_show();
}

static void
quit(void)
{
	_exit(5);
}

int
main(int argc, char **argv)
{
	if (argc == 0 || strcmp(argv[0], "") == 0)
		return 0;
	test_begin(argv);
	alarm(0);
	if (argc > 1)
		calls_wanted = strtoul(argv[1], NULL, 10) / 2;
	if (argc > 2)
		seed_given = strtoul(argv[2], NULL, 10);
	cares_fill();
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pool = mmap(NULL, (POOL_PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(pool + POOL_PAGES * PAGE, PAGE, PROT_NONE);
	if (mkdir("world", 0755) != 0 || chdir("world") != 0)
		return 99;
	load_run("system calls", fuzz);
	expect("processes can be made", WEXITSTATUS(child_run(quit)) == 5);
	test_end();
	return failures();
}
