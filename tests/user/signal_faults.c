/* signal_faults.c - exceptions as signals, with their code and address.
 *
 * Layer: tests/user   Source: sigaction(2), "The si_code field"
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static sigjmp_buf back;
static volatile int got_number;
static volatile int got_code;
static void *volatile got_address;

static void
on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	got_number = number;
	got_code = info->si_code;
	got_address = info->si_addr;
	siglongjmp(back, 1);
}

static const char *
code_name(int number, int code)
{
	if (number == SIGSEGV)
		return code == SEGV_MAPERR ? "SEGV_MAPERR" :
		    code == SEGV_ACCERR ? "SEGV_ACCERR" :
		    code == SI_KERNEL ? "SI_KERNEL" : "other";
	if (number == SIGBUS)
		return code == BUS_ADRERR ? "BUS_ADRERR" : "other";
	if (number == SIGFPE)
		return code == FPE_INTDIV ? "FPE_INTDIV" : "other";
	if (number == SIGILL)
		return code == ILL_ILLOPN ? "ILL_ILLOPN" : "other";
	if (number == SIGTRAP)
		return code == SI_KERNEL ? "SI_KERNEL" :
		    code == TRAP_TRACE ? "TRAP_TRACE" : "other";
	return "other";
}

/* Runs FUNCTION with ADDRESS and prints the signal that it causes. */
static void
fault(const char *what, void (*function)(volatile char *), void *address)
{
	got_number = 0;
	if (sigsetjmp(back, 1) == 0)
		function(address);
	if (got_number == 0)
		printf("%s: no signal\n", what);
	else
		printf("%s: %s, %s, address is %s\n", what,
		    signal_name(got_number), code_name(got_number, got_code),
		    got_address == address ? "the one used" : "another");
}

static void
load(volatile char *at)
{
	(void)at[0];
}

static void
store(volatile char *at)
{
	at[0] = 1;
}

static void
jump(volatile char *at)
{
	((void (*)(void))(uintptr_t)at)();
}

static void
divide(volatile char *at)
{
	int zero = 0;

	(void)at;
	__asm__ volatile("idivl %0" : : "r"(zero), "a"(1), "d"(0));
}

static void
undefined(volatile char *at)
{
	(void)at;
	__asm__ volatile("ud2");
}

static void
privileged(volatile char *at)
{
	(void)at;
	__asm__ volatile("hlt");
}

static void
breakpoint(volatile char *at)
{
	(void)at;
	__asm__ volatile("int3");
}

static void
non_canonical(volatile char *at)
{
	(void)at;
	*(volatile char *)(1UL << 62) = 1;
}

static void
memory(void)
{
	static const char constant[PAGE] = "in a read-only page";
	char *page = mmap(NULL, 2 * PAGE, PROT_READ,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *data = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("short", O_RDWR | O_CREAT, 0600);
	char *file;

	fault("load from null", load, NULL);
	fault("store to null", store, NULL);
	fault("jump to null", jump, NULL);
	fault("store to a read-only page", store, page + 5);
	fault("load from a read-only page", load, page + 5);
	fault("store to a constant", store, (char *)(uintptr_t)constant);
	fault("load without rights", load, bad_pointer);
	munmap(page + PAGE, PAGE);
	fault("load from unmapped", load, page + PAGE);
	fault("load from the kernel", load, (void *)-PAGE);
	fault("store to the kernel", store, (void *)-PAGE);
	fault("jump to data", jump, data);
	fault("store to program text", store, (void *)(uintptr_t)fault);
	if (write(fd, "0123456789", 10) != 10)
		printf("write failed\n");
	file = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	fault("load from the last page of a file", load, file + PAGE - 1);
	fault("load from beyond a file", load, file + PAGE);
	fault("store beyond a file", store, file + PAGE + 7);
	if (ftruncate(fd, 0) != 0)
		printf("ftruncate failed\n");
	fault("load after the file was cut", load, file + 1);
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_fault };

	(void)argc;
	test_begin(argv);
	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGFPE, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	memory();
	fault("privileged instruction", privileged, NULL);
	fault("non-canonical address", non_canonical, NULL);
	fault("breakpoint", breakpoint, NULL);
	if (sigsetjmp(back, 1) == 0)
		divide(NULL);
	printf("division: %s, %s\n", signal_name(got_number),
	    code_name(got_number, got_code));
	if (sigsetjmp(back, 1) == 0)
		undefined(NULL);
	printf("undefined instruction: %s, %s\n", signal_name(got_number),
	    code_name(got_number, got_code));
	return test_end();
}
