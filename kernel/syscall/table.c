/* table.c - the system calls that we offer, and how many arguments each has.
 *
 * Layer: syscall   Called by: dispatch.c
 *
 * One line offers a call.  The functions are declared here without their
 * arguments: the table calls all alike, with six registers.
 * SPDX-License-Identifier: MIT */
#include "syscall/table.h"

/* clang-format off */
#define PROCESS_CALLS(X)                                                      \
	X(fork, 0) X(vfork, 0) X(clone, 5) X(execve, 3) X(execveat, 5)        \
	X(exit, 1) X(exit_group, 1) X(wait4, 4) X(waitid, 5)                  \
	X(getpid, 0) X(gettid, 0) X(getppid, 0) X(getpgid, 1) X(getpgrp, 0)   \
	X(setpgid, 2) X(getsid, 1) X(setsid, 0) X(set_tid_address, 1)         \
	X(set_robust_list, 2) X(get_robust_list, 3) X(futex, 6) X(prctl, 5)   \
	X(arch_prctl, 2) X(personality, 1)

#define SIGNAL_CALLS(X)                                                       \
	X(kill, 2) X(tkill, 2) X(tgkill, 3) X(rt_sigaction, 4)                \
	X(rt_sigprocmask, 4) X(rt_sigpending, 2) X(rt_sigtimedwait, 4)        \
	X(rt_sigqueueinfo, 3) X(rt_tgsigqueueinfo, 4) X(rt_sigsuspend, 2)     \
	X(rt_sigreturn, 0) X(sigaltstack, 2) X(pause, 0) X(restart_syscall, 0)

#define TIME_CALLS(X)                                                         \
	X(alarm, 1) X(setitimer, 3) X(getitimer, 2) X(nanosleep, 2)           \
	X(clock_nanosleep, 4) X(clock_gettime, 2) X(clock_settime, 2)         \
	X(clock_getres, 2) X(gettimeofday, 2) X(settimeofday, 2) X(time, 1)   \
	X(times, 1)

#define RESOURCE_CALLS(X)                                                     \
	X(getrusage, 2) X(getrlimit, 2) X(setrlimit, 2) X(prlimit64, 4)       \
	X(sched_yield, 0) X(sched_setaffinity, 3) X(sched_getaffinity, 3)     \
	X(sched_setscheduler, 3) X(sched_getscheduler, 1)                     \
	X(sched_setparam, 2) X(sched_getparam, 2)                             \
	X(sched_get_priority_max, 1) X(sched_get_priority_min, 1)             \
	X(sched_rr_get_interval, 2) X(getpriority, 2) X(setpriority, 3)       \
	X(getcpu, 3)

#define MEMORY_CALLS(X)                                                       \
	X(mmap, 6) X(munmap, 2) X(mprotect, 3) X(mremap, 5) X(msync, 3)       \
	X(madvise, 3) X(mincore, 3) X(brk, 1) X(mlock, 2) X(mlock2, 3) X(munlock, 2)        \
	X(mlockall, 1) X(munlockall, 0) X(membarrier, 3)

#define ID_CALLS(X)                                                           \
	X(getuid, 0) X(geteuid, 0) X(getgid, 0) X(getegid, 0) X(setuid, 1)    \
	X(setgid, 1) X(setreuid, 2) X(setregid, 2) X(setresuid, 3)            \
	X(setresgid, 3) X(getresuid, 3) X(getresgid, 3) X(setfsuid, 1)        \
	X(setfsgid, 1) X(getgroups, 2) X(setgroups, 2)

#define SYSTEM_CALLS(X)                                                       \
	X(uname, 1) X(sethostname, 2) X(setdomainname, 2) X(sysinfo, 1)       \
	X(syslog, 3) X(getrandom, 3) X(reboot, 4)

#define FILE_CALLS(X)                                                         \
	X(read, 3) X(write, 3) X(open, 3) X(close, 1) X(stat, 2) X(fstat, 2)  \
	X(lstat, 2) X(poll, 3) X(lseek, 3) X(ioctl, 3) X(pread64, 4)          \
	X(pwrite64, 4) X(readv, 3) X(writev, 3) X(access, 2) X(pipe, 1)       \
	X(select, 5) X(dup, 1) X(dup2, 2) X(sendfile, 4) X(fcntl, 3)          \
	X(flock, 2) X(fsync, 1) X(fdatasync, 1) X(truncate, 2)                \
	X(ftruncate, 2) X(getdents, 3) X(getcwd, 2) X(chdir, 1) X(fchdir, 1)  \
	X(rename, 2) X(mkdir, 2) X(rmdir, 1) X(creat, 2) X(link, 2)           \
	X(unlink, 1) X(symlink, 2) X(readlink, 3) X(chmod, 2) X(fchmod, 2)    \
	X(chown, 3) X(fchown, 3) X(lchown, 3) X(umask, 1) X(mknod, 3)         \
	X(statfs, 2) X(fstatfs, 2) X(sync, 0) X(mount, 5) X(umount2, 2)       \
	X(chroot, 1) X(getdents64, 3) X(fadvise64, 4) X(readahead, 3) X(sync_file_range, 4) X(utime, 2)             \
	X(utimes, 2) X(openat, 4) X(mkdirat, 3) X(mknodat, 4) X(fchownat, 5)  \
	X(futimesat, 3) X(newfstatat, 4) X(unlinkat, 3) X(renameat, 4)        \
	X(linkat, 5) X(symlinkat, 3) X(readlinkat, 4) X(fchmodat, 3)          \
	X(faccessat, 3) X(pselect6, 6) X(ppoll, 5) X(utimensat, 4)            \
	X(fallocate, 4) X(dup3, 3) X(pipe2, 2) X(preadv, 5) X(pwritev, 5)     \
	X(syncfs, 1) X(renameat2, 5) X(statx, 5) X(preadv2, 6)                \
	X(pwritev2, 6) X(copy_file_range, 6) X(close_range, 3)                \
	X(faccessat2, 4) X(eventfd, 1) X(eventfd2, 2) X(memfd_create, 2)
/* clang-format on */

#define ALL_CALLS(X)                                                    \
	PROCESS_CALLS(X) SIGNAL_CALLS(X) TIME_CALLS(X) RESOURCE_CALLS(X) \
	    MEMORY_CALLS(X) ID_CALLS(X) SYSTEM_CALLS(X) FILE_CALLS(X)

#define DECLARE(name, arguments) long sys_##name();
ALL_CALLS(DECLARE)

const struct syscall syscall_table[ABI_SYSCALL_COUNT] = {
#define ENTRY(name, arguments) [SYS_##name] = {sys_##name, arguments},
    ALL_CALLS(ENTRY)
};
