/* errors_of_pointers.c - every pointer argument of every call, when it is bad.
 *
 * Layer: tests/user   Source: intro(2), EFAULT
 *
 * One line a call: what it says of each bad pointer in turn, first one without
 * rights, then one into the kernel.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define BAD	(-77777L)	/* a pointer that is to be bad */
#define FILE_FD	10
#define ZERO_FD	11
#define PIPE_IN	12
#define PIPE_OUT 13
#define DIR_FD	14
#define AT	((long)AT_FDCWD)
#define NAME	((long)"file")

static char good[PAGE] __attribute__((aligned(PAGE)));

static const struct call {
	const char *name;
	long number;
	long arguments[6];
} calls[] = {
	{ "read file", SYS_read, { FILE_FD, BAD, 4 } },
	{ "read zero", SYS_read, { ZERO_FD, BAD, 4 } },
	{ "read pipe", SYS_read, { PIPE_IN, BAD, 4 } },
	{ "write file", SYS_write, { FILE_FD, BAD, 4 } },
	{ "write pipe", SYS_write, { PIPE_OUT, BAD, 4 } },
	{ "pread64", SYS_pread64, { FILE_FD, BAD, 4, 0 } },
	{ "pwrite64", SYS_pwrite64, { FILE_FD, BAD, 4, 0 } },
	{ "readv", SYS_readv, { FILE_FD, BAD, 1 } },
	{ "writev", SYS_writev, { FILE_FD, BAD, 1 } },
	{ "preadv", SYS_preadv, { FILE_FD, BAD, 1, 0, 0 } },
	{ "pwritev", SYS_pwritev, { FILE_FD, BAD, 1, 0, 0 } },
	{ "fstat", SYS_fstat, { FILE_FD, BAD } },
	{ "stat", SYS_stat, { NAME, BAD } },
	{ "lstat", SYS_lstat, { NAME, BAD } },
	{ "newfstatat", SYS_newfstatat, { AT, NAME, BAD, 0 } },
	{ "statx", SYS_statx, { AT, NAME, 0, 0x7ff, BAD } },
	{ "statfs", SYS_statfs, { NAME, BAD } },
	{ "fstatfs", SYS_fstatfs, { FILE_FD, BAD } },
	{ "getdents64", SYS_getdents64, { DIR_FD, BAD, 512 } },
	{ "getdents", SYS_getdents, { DIR_FD, BAD, 512 } },
	{ "readlink", SYS_readlink, { (long)"link", BAD, 10 } },
	{ "symlink", SYS_symlink, { BAD, (long)"new" } },
	{ "getcwd", SYS_getcwd, { BAD, 512 } },
	{ "pipe", SYS_pipe, { BAD } },
	{ "pipe2", SYS_pipe2, { BAD, 0 } },
	{ "poll", SYS_poll, { BAD, 1, 0 } },
	{ "ppoll", SYS_ppoll, { BAD, 1, BAD, BAD, 8 } },
	{ "select", SYS_select, { 1, BAD, BAD, BAD, BAD } },
	{ "pselect6", SYS_pselect6, { 1, BAD, BAD, BAD, BAD, BAD } },
	{ "sendfile", SYS_sendfile, { PIPE_OUT, FILE_FD, BAD, 1 } },
	{ "utimensat", SYS_utimensat, { AT, NAME, BAD, 0 } },
	{ "utimes", SYS_utimes, { NAME, BAD } },
	{ "utime", SYS_utime, { NAME, BAD } },
	{ "fcntl F_GETLK", SYS_fcntl, { FILE_FD, F_GETLK, BAD } },
	{ "ioctl FIONREAD", SYS_ioctl, { PIPE_IN, 0x541b, BAD } },
	{ "mincore", SYS_mincore, { (long)good, 1, BAD } },
	{ "rt_sigaction", SYS_rt_sigaction, { SIGUSR1, BAD, BAD, 8 } },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, { SIG_BLOCK, BAD, BAD, 8 } },
	{ "rt_sigpending", SYS_rt_sigpending, { BAD, 8 } },
	{ "rt_sigtimedwait", SYS_rt_sigtimedwait, { BAD, 0, BAD, 8 } },
	{ "rt_sigsuspend", SYS_rt_sigsuspend, { BAD, 8 } },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, { 1, SIGUSR1, BAD } },
	{ "sigaltstack", SYS_sigaltstack, { 0, BAD } },
	{ "nanosleep", SYS_nanosleep, { BAD, 0 } },
	{ "clock_nanosleep", SYS_clock_nanosleep, { 1, 0, BAD, 0 } },
	{ "clock_gettime", SYS_clock_gettime, { 1, BAD } },
	{ "clock_getres", SYS_clock_getres, { 1, BAD } },
	{ "clock_settime", SYS_clock_settime, { 0, BAD } },
	{ "gettimeofday", SYS_gettimeofday, { BAD, BAD } },
	{ "settimeofday", SYS_settimeofday, { BAD, 0 } },
	{ "time", SYS_time, { BAD } },
	{ "times", SYS_times, { BAD } },
	{ "getitimer", SYS_getitimer, { ITIMER_VIRTUAL, BAD } },
	{ "setitimer", SYS_setitimer, { ITIMER_VIRTUAL, BAD, BAD } },
	{ "getrlimit", SYS_getrlimit, { RLIMIT_CORE, BAD } },
	{ "setrlimit", SYS_setrlimit, { RLIMIT_CORE, BAD } },
	{ "prlimit64", SYS_prlimit64, { 0, RLIMIT_CORE, BAD, BAD } },
	{ "getrusage", SYS_getrusage, { RUSAGE_SELF, BAD } },
	{ "sched_getaffinity", SYS_sched_getaffinity, { 0, 128, BAD } },
	{ "sched_setaffinity", SYS_sched_setaffinity, { 0, 128, BAD } },
	{ "sched_getparam", SYS_sched_getparam, { 0, BAD } },
	{ "sched_setparam", SYS_sched_setparam, { 0, BAD } },
	{ "sched_rr_get_interval", SYS_sched_rr_get_interval, { 0, BAD } },
	{ "uname", SYS_uname, { BAD } },
	{ "sysinfo", SYS_sysinfo, { BAD } },
	{ "sethostname", SYS_sethostname, { BAD, 5 } },
	{ "getcpu", SYS_getcpu, { BAD, BAD, 0 } },
	{ "getrandom", SYS_getrandom, { BAD, 5, 0 } },
	{ "getresuid", SYS_getresuid, { BAD, BAD, BAD } },
	{ "getresgid", SYS_getresgid, { BAD, BAD, BAD } },
	{ "setgroups", SYS_setgroups, { 1, BAD } },
	{ "futex", SYS_futex, { BAD, 0, 1, 0, 0, 0 } },
	{ "get_robust_list", SYS_get_robust_list, { 0, BAD, BAD } },
	{ "arch_prctl", SYS_arch_prctl, { 0x1003, BAD } },
	{ "prctl name", SYS_prctl, { 16, BAD } },
	{ "mount type", SYS_mount, { 0, (long)".", BAD, 0, 0 } },
	{ "execve", SYS_execve, { (long)"program", BAD, BAD } },
};

/* Calls with a bad pointer for argument WHICH and good ones for the others. */
static void
call_with(const struct call *call, int which, long bad)
{
	long a[6];
	long result;

	for (int i = 0; i < 6; i++)
		a[i] = call->arguments[i] != BAD ? call->arguments[i] :
		    i == which ? bad : (long)good;
	memset(good, 0, sizeof good);
	lseek(DIR_FD, 0, SEEK_SET);
	result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	printf(" %s", result < 0 ? errno_name(errno) : "ok");
}

int
main(int argc, char **argv)
{
	int ends[2];

	(void)argc;
	test_begin(argv);
	file_make("file", "some text in it");
	file_make("program", "no program");
	chmod("program", 0755);
	CALL(symlink("file", "link"));
	dup2(open("file", O_RDWR), FILE_FD);
	dup2(open("/dev/zero", O_RDWR), ZERO_FD);
	dup2(open(".", O_RDONLY), DIR_FD);
	CALL(pipe(ends));
	VALUE(write(ends[1], "some bytes", 10));
	dup2(ends[0], PIPE_IN);
	dup2(ends[1], PIPE_OUT);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		printf("%s:", calls[i].name);
		for (int j = 0; j < 6; j++)
			if (calls[i].arguments[j] == BAD) {
				call_with(&calls[i], j, (long)bad_pointer);
				call_with(&calls[i], j, -PAGE);
			}
		printf("\n");
	}
	file_show("file");
	return test_end();
}
