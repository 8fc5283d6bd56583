/* host.c - what the kernel's world needs of the C library.
 *
 * Layer: tests/host/fs   Called by: the shims
 *
 * SPDX-License-Identifier: MIT */
#include "host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define FLOW_STACK ((size_t)256 * 1024)

struct host_flow {
	void *rsp;          /* while another one runs */
	const void *stack;
	size_t stack_bytes;
	void (*fn)(void *arg);
	void *arg;
	void *fake_stack; /* AddressSanitizer's */
};

#ifdef __SANITIZE_ADDRESS__
/* The world checks for leaks itself, at each unmount; the programs do not give
 * back what they need to their end. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

void
host_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
host_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

void *
host_malloc(size_t bytes)
{
	/* The kernel's heap aligns powers of two; disks want sectors. */
	void *p = bytes >= 512 && (bytes & (bytes - 1)) == 0
	    ? aligned_alloc(512, bytes) : malloc(bytes);

	if (p == NULL)
		host_die("the host has no memory");
	return p;
}

void *
host_alloc(size_t bytes)
{
	return memset(host_malloc(bytes), 0, bytes);
}

void
host_free(void *p)
{
	free(p);
}

void *
host_reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		host_die("the host has no memory");
	return p;
}

void
host_forbid(void *p, size_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_poison_memory_region(p, bytes);
#else
	(void)p;
	(void)bytes;
#endif
}

void
host_permit(void *p, size_t bytes)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(p, bytes);
#else
	(void)p;
	(void)bytes;
#endif
}

/* ---- Flows ------------------------------------------------------------ */

/* Save what a function must keep, and the stack in *from; go on where to was
 * saved.  (swapcontext() would make system calls, and AddressSanitizer
 * nervous.) */
#define SAVED_REGISTERS 6
void switch_stacks(void **from, void *to);
__asm__(".text\n"
    ".type switch_stacks, @function\n"
    "switch_stacks:\n"
    "	pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14\n"
    "	pushq %r15\n"
    "	movq %rsp, (%rdi)\n"
    "	movq %rsi, %rsp\n"
    "	popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx\n"
    "	popq %rbp\n"
    "	ret\n"
    ".size switch_stacks, . - switch_stacks\n");

static struct host_flow *starting; /* where the last switch leads to */
static struct host_flow *leaving;

/* AddressSanitizer wants to know of each switch, and tells us in turn where the
 * stack is that was left: the only way to know it of the first. */
static void
arrived(struct host_flow *flow)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(flow->fake_stack, &leaving->stack,
	    &leaving->stack_bytes);
#else
	(void)flow;
#endif
}

static void
trampoline(void)
{
	struct host_flow *flow = starting;

	arrived(flow);
	flow->fn(flow->arg);
	host_die("a thread returned");
}

struct host_flow *
host_flow_main(void)
{
	return host_alloc(sizeof(struct host_flow));
}

struct host_flow *
host_flow_create(void (*fn)(void *arg), void *arg)
{
	struct host_flow *flow = host_alloc(sizeof(*flow));
	uint64_t *top;

	flow->fn = fn;
	flow->arg = arg;
	flow->stack = host_reserve(FLOW_STACK);
	flow->stack_bytes = FLOW_STACK;
	top = (uint64_t *)flow->stack + FLOW_STACK / sizeof(*top);
	top[-2] = (uint64_t)trampoline; /* where switch_stacks() returns to */
	flow->rsp = &top[-2 - SAVED_REGISTERS];
	return flow;
}

void
host_flow_switch(struct host_flow *from, struct host_flow *to)
{
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_start_switch_fiber(&from->fake_stack, to->stack,
	    to->stack_bytes);
#endif
	starting = to;
	leaving = from;
	switch_stacks(&from->rsp, to->rsp);
	arrived(from);
}
