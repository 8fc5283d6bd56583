/* signal_context.c - a handler sees and may change the interrupted registers;
 * all others, the flags and the red zone come back unchanged.
 *
 * Layer: tests/user   Source: sigaction(2), getcontext(3), sigreturn(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/ucontext.h>

static volatile sig_atomic_t count;

/* Spoils what a handler may spoil: vector registers, flags, its stack. */
static void
on_signal(int number)
{
	volatile char space[2048];

	(void)number;
	memset((char *)space, 0x55, sizeof space);
	__asm__ volatile("pcmpeqd %%xmm0, %%xmm0\n\t"
	    "pcmpeqd %%xmm7, %%xmm7\n\tpcmpeqd %%xmm15, %%xmm15\n\tstc"
	    : : : "xmm0", "xmm7", "xmm15", "cc");
	count++;
}

/* Runs until some signals have come, keeping values in registers and below
 * the stack pointer.  Returns the number of changed values. */
static long
registers_survive(void)
{
	long changed = 0;

	while (count < 20) {
		long lost;

		__asm__ volatile(
		    "mov $0x1234567, %%r8\n\tmov %%r8, -8(%%rsp)\n\t"
		    "mov %%r8, -128(%%rsp)\n\tmov %%r8, %%r15\n\t"
		    "mov %%r8, %%rbx\n\tmovq %%r8, %%xmm0\n\t"
		    "movq %%r8, %%xmm15\n\tmov $200000, %%ecx\n"
		    "1:\n\tdec %%ecx\n\tjnz 1b\n\t"
		    "xor %%eax, %%eax\n\tmovq %%xmm0, %%rdx\n\t"
		    "sub %%r8, %%rdx\n\tor %%rdx, %%rax\n\t"
		    "movq %%xmm15, %%rdx\n\tsub %%r8, %%rdx\n\t"
		    "or %%rdx, %%rax\n\tmov -8(%%rsp), %%rdx\n\t"
		    "sub %%r8, %%rdx\n\tor %%rdx, %%rax\n\t"
		    "mov -128(%%rsp), %%rdx\n\tsub %%r8, %%rdx\n\t"
		    "or %%rdx, %%rax\n\tsub %%r8, %%r15\n\t"
		    "or %%r15, %%rax\n\tsub %%r8, %%rbx\n\t"
		    "or %%rbx, %%rax"
		    : "=&a"(lost) : : "rbx", "rcx", "rdx", "r8", "r15", "xmm0",
		    "xmm15", "cc", "memory");
		changed += lost != 0;
	}
	return changed;
}

/* Skips the two bytes of ud2 and gives a value in rax. */
static void
on_undefined(int number, siginfo_t *info, void *context)
{
	ucontext_t *interrupted = context;

	(void)number;
	(void)info;
	interrupted->uc_mcontext.gregs[REG_RIP] += 2;
	interrupted->uc_mcontext.gregs[REG_RAX] = 42;
	sigaddset(&interrupted->uc_sigmask, SIGUSR2);
}

static long
answer_of_ud2(void)
{
	long rax;

	__asm__ volatile("mov $1, %%eax\n\tud2" : "=a"(rax));
	return rax;
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_undefined };
	sigset_t mask;

	(void)argc;
	test_begin(argv);
	signal_handle(SIGALRM, on_signal, SA_RESTART);
	pester(3);
	VALUE(registers_survive());
	pester(0);
	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	sigaction(SIGILL, &action, NULL);
	VALUE(answer_of_ud2());
	sigprocmask(SIG_SETMASK, NULL, &mask);
	VALUE(sigismember(&mask, SIGUSR2));
	VALUE(sigismember(&mask, SIGILL));
	return test_end();
}
