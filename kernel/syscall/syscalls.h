/* syscalls.h - the system calls that are not about files.
 *
 * Layer: syscall   Called by: table.c
 *
 * sys_NAME has the arguments that man 2 NAME tells (of the call itself, where
 * the C library's function differs).  Pointers are user addresses: only
 * mm/usercopy.h touches them.  All return a result >= 0, an address, or -E....
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/time.h"
#include "lib/types.h"

struct abi_sysinfo;
struct abi_utsname;
struct restart;

/* process.c */
long sys_fork(void);
long sys_vfork(void);
long sys_clone(uint64_t flags, uint64_t stack, uint64_t parent_tid,
    uint64_t child_tid, uint64_t tls);
long sys_execve(const char *path, uint64_t argv, uint64_t envp);
long sys_execveat(int dirfd, const char *path, uint64_t argv, uint64_t envp,
    int flags);
long sys_exit(int code);
long sys_exit_group(int code);
long sys_wait4(pid_t pid, int *status, int options, struct abi_rusage *usage);
long sys_waitid(int type, pid_t id, struct abi_siginfo *info, int options,
    struct abi_rusage *usage);
long sys_getpid(void);
long sys_gettid(void);
long sys_getppid(void);
long sys_getpgid(pid_t pid);
long sys_getpgrp(void);
long sys_setpgid(pid_t pid, pid_t pgid);
long sys_getsid(pid_t pid);
long sys_setsid(void);
long sys_set_tid_address(uint64_t address);
long sys_set_robust_list(uint64_t head, size_t bytes);
long sys_get_robust_list(pid_t tid, uint64_t *head, size_t *bytes);
long sys_futex(uint64_t word, int op, uint32_t value, uint64_t timeout,
    uint64_t word2, uint32_t value3);
long sys_prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
long sys_arch_prctl(int option, uint64_t address);
long sys_personality(uint64_t persona);

/* signal.c */
long sys_kill(pid_t pid, int sig);
long sys_tkill(pid_t tid, int sig);
long sys_tgkill(pid_t pid, pid_t tid, int sig);
long sys_rt_sigaction(int sig, const struct abi_sigaction *new,
    struct abi_sigaction *old, size_t set_bytes);
long sys_rt_sigprocmask(int how, const uint64_t *new, uint64_t *old,
    size_t set_bytes);
long sys_rt_sigpending(uint64_t *set, size_t set_bytes);
long sys_rt_sigtimedwait(const uint64_t *set, struct abi_siginfo *info,
    const struct abi_timespec *timeout, size_t set_bytes);
long sys_rt_sigqueueinfo(pid_t pid, int sig, const struct abi_siginfo *info);
long sys_rt_tgsigqueueinfo(pid_t pid, pid_t tid, int sig,
    const struct abi_siginfo *info);
long sys_rt_sigsuspend(const uint64_t *mask, size_t set_bytes);
long sys_rt_sigreturn(void);
long sys_sigaltstack(const struct abi_stack *new, struct abi_stack *old);
long sys_pause(void);
long sys_restart_syscall(void);

/* time.c */
long sys_alarm(unsigned seconds);
long sys_setitimer(int which, const struct abi_itimerval *new,
    struct abi_itimerval *old);
long sys_getitimer(int which, struct abi_itimerval *old);
long sys_nanosleep(const struct abi_timespec *time, struct abi_timespec *left);
long sys_clock_nanosleep(int clock, int flags, const struct abi_timespec *time,
    struct abi_timespec *left);
long sys_clock_gettime(int clock, struct abi_timespec *time);
long sys_clock_settime(int clock, const struct abi_timespec *time);
long sys_clock_getres(int clock, struct abi_timespec *resolution);
long sys_gettimeofday(struct abi_timeval *time, struct abi_timezone *zone);
long sys_settimeofday(const struct abi_timeval *time,
    const struct abi_timezone *zone);
long sys_time(int64_t *time);
long sys_times(struct abi_tms *tms);

/* resource.c */
long sys_getrusage(int who, struct abi_rusage *usage);
long sys_getrlimit(unsigned which, struct abi_rlimit *limit);
long sys_setrlimit(unsigned which, const struct abi_rlimit *limit);
long sys_prlimit64(pid_t pid, unsigned which, const struct abi_rlimit *new,
    struct abi_rlimit *old);
long sys_sched_yield(void);
long sys_sched_setaffinity(pid_t tid, size_t bytes, const uint64_t *mask);
long sys_sched_getaffinity(pid_t tid, size_t bytes, uint64_t *mask);
long sys_sched_setscheduler(pid_t tid, int policy,
    const struct abi_sched_param *param);
long sys_sched_getscheduler(pid_t tid);
long sys_sched_setparam(pid_t tid, const struct abi_sched_param *param);
long sys_sched_getparam(pid_t tid, struct abi_sched_param *param);
long sys_sched_get_priority_max(int policy);
long sys_sched_get_priority_min(int policy);
long sys_sched_rr_get_interval(pid_t tid, struct abi_timespec *interval);
long sys_getpriority(int which, int id);
long sys_setpriority(int which, int id, int nice);
long sys_getcpu(unsigned *cpu, unsigned *node, void *unused);

/* memory.c */
long sys_mmap(uint64_t hint, size_t bytes, int prot, int flags, int fd,
    uint64_t offset);
long sys_munmap(uint64_t va, size_t bytes);
long sys_mprotect(uint64_t va, size_t bytes, int prot);
long sys_mremap(uint64_t va, size_t old_bytes, size_t new_bytes, int flags,
    uint64_t new_va);
long sys_msync(uint64_t va, size_t bytes, int flags);
long sys_madvise(uint64_t va, size_t bytes, int advice);
long sys_mincore(uint64_t va, size_t bytes, uint8_t *resident);
long sys_brk(uint64_t brk);
long sys_mlock(uint64_t va, size_t bytes);
long sys_mlock2(uint64_t va, size_t bytes, int flags);
long sys_munlock(uint64_t va, size_t bytes);
long sys_mlockall(int flags);
long sys_munlockall(void);
long sys_membarrier(int command, unsigned flags, int cpu);

/* ids.c */
long sys_getuid(void);
long sys_geteuid(void);
long sys_getgid(void);
long sys_getegid(void);
long sys_setuid(uid_t uid);
long sys_setgid(gid_t gid);
long sys_setreuid(uid_t ruid, uid_t euid);
long sys_setregid(gid_t rgid, gid_t egid);
long sys_setresuid(uid_t ruid, uid_t euid, uid_t suid);
long sys_setresgid(gid_t rgid, gid_t egid, gid_t sgid);
long sys_getresuid(uid_t *ruid, uid_t *euid, uid_t *suid);
long sys_getresgid(gid_t *rgid, gid_t *egid, gid_t *sgid);
long sys_setfsuid(uid_t uid);
long sys_setfsgid(gid_t gid);
long sys_getgroups(int size, gid_t *list);
long sys_setgroups(int size, const gid_t *list);

/* system.c */
long sys_uname(struct abi_utsname *name);
long sys_sethostname(const char *name, int bytes);
long sys_setdomainname(const char *name, int bytes);
long sys_sysinfo(struct abi_sysinfo *info);
long sys_syslog(int type, char *buf, int bytes);
long sys_getrandom(void *buf, size_t bytes, unsigned flags);
long sys_reboot(unsigned magic1, unsigned magic2, unsigned command,
    const char *arg);
