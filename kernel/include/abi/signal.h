/* signal.h - signals: numbers, actions, and the frame that a handler finds
 *
 * Layer: include/abi   Called by: drivers (tty), fs (pipe), proc
 * Source: Linux x86-64, <asm/signal.h>, <asm/siginfo.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

#define SIGHUP    1
#define SIGINT    2
#define SIGQUIT   3
#define SIGILL    4
#define SIGTRAP   5
#define SIGABRT   6
#define SIGIOT    6
#define SIGBUS    7
#define SIGFPE    8
#define SIGKILL   9
#define SIGUSR1   10
#define SIGSEGV   11
#define SIGUSR2   12
#define SIGPIPE   13
#define SIGALRM   14
#define SIGTERM   15
#define SIGSTKFLT 16
#define SIGCHLD   17
#define SIGCONT   18
#define SIGSTOP   19
#define SIGTSTP   20
#define SIGTTIN   21
#define SIGTTOU   22
#define SIGURG    23
#define SIGXCPU   24
#define SIGXFSZ   25
#define SIGVTALRM 26
#define SIGPROF   27
#define SIGWINCH  28
#define SIGIO     29
#define SIGPOLL   29
#define SIGPWR    30
#define SIGSYS    31
#define SIGRTMIN  32
#define SIGRTMAX  64
#define NSIG      64

/* A set of signals: bit n - 1 is signal n. */
#define SIGMASK(sig) (1ULL << ((sig) - 1))

#define SIG_DFL 0
#define SIG_IGN 1

/* struct abi_sigaction.flags */
#define SA_NOCLDSTOP      0x1
#define SA_NOCLDWAIT      0x2
#define SA_SIGINFO        0x4
#define SA_RESTORER       0x4000000
#define SA_ONSTACK        0x8000000
#define SA_RESTART        0x10000000
#define SA_NODEFER        0x40000000
#define SA_RESETHAND      0x80000000
#define SA_UNSUPPORTED    0x400
#define SA_EXPOSE_TAGBITS 0x800

/* rt_sigprocmask(2) */
#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

/* sigaltstack(2) */
#define SS_ONSTACK    1
#define SS_DISABLE    2
#define SS_AUTODISARM 0x80000000
#define MINSIGSTKSZ   2048

/* Where a signal comes from: siginfo.si_code */
#define SI_USER    0
#define SI_KERNEL  128
#define SI_QUEUE   (-1)
#define SI_TIMER   (-2)
#define SI_MESGQ   (-3)
#define SI_ASYNCIO (-4)
#define SI_SIGIO   (-5)
#define SI_TKILL   (-6)

#define ILL_ILLOPC    1
#define ILL_ILLOPN    2
#define ILL_ILLADR    3
#define ILL_ILLTRP    4
#define ILL_PRVOPC    5
#define ILL_PRVREG    6
#define FPE_INTDIV    1
#define FPE_INTOVF    2
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define FPE_FLTSUB    8
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define BUS_OBJERR    3
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6
#define POLL_IN       1
#define POLL_OUT      2
#define POLL_HUP      6

/* rt_sigaction(2) */
struct abi_sigaction {
	uint64_t handler; /* SIG_DFL, SIG_IGN or an address */
	uint64_t flags;   /* SA_* */
	uint64_t restorer;
	uint64_t mask; /* also blocked while the handler runs */
};

struct abi_stack {
	uint64_t ss_sp;
	int32_t ss_flags; /* SS_* */
	uint64_t ss_size;
};

union abi_sigval {
	int32_t sival_int;
	uint64_t sival_ptr;
};

struct abi_siginfo {
	int32_t si_signo;
	int32_t si_errno;
	int32_t si_code;
	int32_t pad;
	union {
		struct { /* kill, sigqueue */
			int32_t si_pid;
			uint32_t si_uid;
			union abi_sigval si_value;
		};
		struct { /* timers */
			int32_t si_timerid;
			int32_t si_overrun;
			union abi_sigval si_timer_value;
		};
		struct { /* SIGCHLD */
			int32_t si_child_pid;
			uint32_t si_child_uid;
			int32_t si_status;
			int64_t si_utime;
			int64_t si_stime;
		};
		struct { /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
			uint64_t si_addr;
		};
		uint8_t bytes[112];
	};
};
_Static_assert(sizeof(struct abi_siginfo) == 128, "siginfo");

/* The registers in a handler's frame. */
struct abi_sigcontext {
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, rflags;
	uint16_t cs, gs, fs, ss;
	uint64_t err;    /* error code of the exception */
	uint64_t trapno; /* its vector */
	uint64_t oldmask;
	uint64_t cr2;    /* page fault: the address */
	uint64_t fpstate; /* address of FXSAVE's 512 bytes, or 0 */
	uint64_t reserved[8];
};
_Static_assert(sizeof(struct abi_sigcontext) == 256, "sigcontext");

/* Third argument of an SA_SIGINFO handler. */
struct abi_ucontext {
	uint64_t uc_flags;
	uint64_t uc_link;
	struct abi_stack uc_stack;
	struct abi_sigcontext uc_mcontext;
	uint64_t uc_sigmask;
};
_Static_assert(sizeof(struct abi_ucontext) == 304, "ucontext");

/* uc_flags */
#define UC_SIGCONTEXT_SS     2
#define UC_STRICT_RESTORE_SS 4
