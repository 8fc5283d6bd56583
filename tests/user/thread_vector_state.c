/* thread_vector_state.c - each thread and process keeps its own vector
 * registers and rounding mode while others run on the same processor.
 *
 * Layer: tests/user   Source: x86-64 psABI; sched_setaffinity(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>

#define THREADS	4
#define ROUNDS	15

/* Keeps PATTERN in vector and x87 registers for a while; 0 if it is lost. */
static int
registers_hold(uint64_t pattern)
{
	uint64_t lost;

	__asm__ volatile(
	    "movq %1, %%xmm1\n\tmovq %1, %%xmm8\n\tmovq %1, %%xmm14\n\t"
	    "punpcklqdq %%xmm1, %%xmm1\n\t"
	    "push %1\n\tfildll (%%rsp)\n\tpop %0\n\t"
	    "mov $1000000, %%ecx\n"
	    "1:\n\tdec %%ecx\n\tjnz 1b\n\t"
	    "push %1\n\tfistpll (%%rsp)\n\tpop %0\n\txor %1, %0\n\t"
	    "movq %%xmm1, %%rdx\n\txor %1, %%rdx\n\tor %%rdx, %0\n\t"
	    "movhlps %%xmm1, %%xmm1\n\t"
	    "movq %%xmm1, %%rdx\n\txor %1, %%rdx\n\tor %%rdx, %0\n\t"
	    "movq %%xmm8, %%rdx\n\txor %1, %%rdx\n\tor %%rdx, %0\n\t"
	    "movq %%xmm14, %%rdx\n\txor %1, %%rdx\n\tor %%rdx, %0\n\t"
	    : "=&r"(lost) : "r"(pattern) : "rcx", "rdx", "xmm1", "xmm8",
	    "xmm14", "st", "memory", "cc");
	return lost == 0;
}

static void
rounding_set(unsigned mode)
{
	unsigned control;

	__asm__ volatile("stmxcsr %0" : "=m"(control));
	control = (control & ~(3U << 13)) | mode << 13;
	__asm__ volatile("ldmxcsr %0" : : "m"(control));
}

static unsigned
rounding_get(void)
{
	unsigned control;

	__asm__ volatile("stmxcsr %0" : "=m"(control));
	return control >> 13 & 3;
}

/* Returns the number of rounds that went well. */
static long
work(long self)
{
	long good = 0;

	rounding_set((unsigned)self % 4);
	for (int i = 0; i < ROUNDS; i++) {
		good += registers_hold(0x1111111111111111UL * (self + 1)) &&
		    rounding_get() == (unsigned)self % 4;
		if (i % 4 == 0)
			sched_yield();
	}
	return good;
}

static void *
worker(void *argument)
{
	return (void *)work((long)argument);
}

int
main(int argc, char **argv)
{
	unsigned long one_processor[16] = { 1 };
	pthread_t threads[THREADS];
	void *good;

	(void)argc;
	test_begin(argv);
	CALL(syscall(SYS_sched_setaffinity, 0, sizeof one_processor,
	    one_processor));
	for (int i = 0; i < 2; i++)
		if (child_fork() == 0)
			_exit(work(5 + i) == ROUNDS ? 0 : 1);
	for (long i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, worker, (void *)i);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &good);
		VALUE((long)good);
	}
	STATUS(child_wait(-1));
	STATUS(child_wait(-1));
	return test_end();
}
