/* panic.c - the end: what was wrong, where, and what to look at.
 *
 * Layer: debug   Called by: everyone (panic, kassert), x86/trap.c
 *
 * A panic may come from anywhere: before memory is up, in an interrupt, with
 * every lock held, on a damaged stack.  So nothing here allocates, waits or
 * takes a lock, the texts are static, and a panic inside the panic skips to
 * the end.
 *
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "debug/assert.h"
#include "debug/backtrace.h"
#include "debug/log.h"
#include "debug/symbols.h"
#include "drivers/power.h"
#include "lib/format.h"
#include "mm/kthread.h"
#include "sched/thread.h"
#include "lib/atomic.h"
#include "x86/cpu.h"
#include "x86/smp.h"
#include "x86/trap.h"

#define LOG_LINES 8
#define NOBODY    0

static uint32_t owner;     /* [a] id + 1 of the CPU that panics */
static unsigned depth;     /* [x owner] panics inside the panic */
static const char *first_fmt; /* [x owner] of the first panic */
static char message[256];  /* [x owner] */

static unsigned
this_cpu(void)
{
	return cpus[0].self != NULL ? cpu_id() : 0;
}

/* Only one CPU may tell its story; the others stop here.  If it is we again,
 * telling it went wrong: try less each time. */
static void
panic_enter(void)
{
	uint32_t expected = NOBODY;

	irq_disable();
	if (!atomic_cas(&owner, &expected, this_cpu() + 1) &&
	    expected != this_cpu() + 1)
		cpu_halt();
	depth++;
	if (depth > 2)
		power_panic_exit();
	if (depth == 1 && cpus[0].self != NULL)
		smp_stop_others();
	log_panic();
}

/* In which function and on whose behalf. */
static void
print_where(const char *file, int line, uint64_t rip)
{
	const struct thread *thread = NULL;
	char name[64];

	if (cpus[0].self != NULL && cpu_this()->context != NULL)
		thread = thread_current();
	if (file != NULL)
		printk(LOG_EMERG, "  at %s:%d", file, line);
	symbol_format(name, sizeof(name), rip);
	printk(LOG_EMERG, "  in %s, CPU %u, thread %s (%d)", name, this_cpu(),
	    thread != NULL ? thread->name : "none",
	    thread != NULL ? thread->tid : 0);
}

static void
print_control_registers(void)
{
	printk(LOG_EMERG, "cr0 %016lx cr2 %016lx", cr0_read(), cr2_read());
	printk(LOG_EMERG, "cr3 %016lx cr4 %016lx", cr3_read(), cr4_read());
}

/* Three registers a line: 80 columns. */
static void
print_frame(const struct trapframe *f)
{
	printk(LOG_EMERG, "rax %016lx rbx %016lx rcx %016lx", f->rax, f->rbx,
	    f->rcx);
	printk(LOG_EMERG, "rdx %016lx rsi %016lx rdi %016lx", f->rdx, f->rsi,
	    f->rdi);
	printk(LOG_EMERG, "r8  %016lx r9  %016lx r10 %016lx", f->r8, f->r9,
	    f->r10);
	printk(LOG_EMERG, "r11 %016lx r12 %016lx r13 %016lx", f->r11, f->r12,
	    f->r13);
	printk(LOG_EMERG, "r14 %016lx r15 %016lx rbp %016lx", f->r14, f->r15,
	    f->rbp);
	printk(LOG_EMERG, "rip %04lx:%016lx rsp %04lx:%016lx", f->cs, f->rip,
	    f->ss, f->rsp);
	printk(LOG_EMERG, "rflags %lx, vector %lu, error code %lx", f->rflags,
	    f->vector, f->error);
}

/* The message stands last too: a screen has only 25 lines. */
static _Noreturn void
panic_finish(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
	print_control_registers();
	printk(LOG_EMERG, "Backtrace:");
	backtrace_print(rip, rsp, rbp);
	printk(LOG_EMERG, "PANIC: %s", message);
	power_panic_exit();
}

/* What is wrong. */
static void
panic_begin(const char *fmt, va_list ap)
{
	if (depth == 1) {
		log_show_tail(LOG_LINES);
		first_fmt = fmt;
		vsnprintf(message, sizeof(message), fmt, ap);
		printk(LOG_EMERG, "KERNEL PANIC: %s", message);
	} else {
		char inner[128];

		vsnprintf(inner, sizeof(inner), fmt, ap);
		printk(LOG_EMERG, "KERNEL PANIC: \"%s\", and inside it: %s",
		    first_fmt != NULL ? first_fmt : "", inner);
	}
}

/* Called by our own code: of the registers only those that lead to the caller
 * mean something. */
void
panic_at(const char *file, int line, const char *fmt, ...)
{
	uint64_t rip = (uint64_t)__builtin_return_address(0);
	uint64_t rbp = backtrace_here();
	va_list ap;

	panic_enter();
	va_start(ap, fmt);
	panic_begin(fmt, ap);
	va_end(ap);
	print_where(file, line, rip - 1);
	if (depth > 1)
		power_panic_exit();
	printk(LOG_EMERG, "rsp %016lx rflags %016lx", rbp, rflags_read());
	panic_finish(0, 0, rbp);
}

/* Called by a trap: the frame has the registers of the culprit. */
void
panic_trap(const struct trapframe *frame, const char *fmt, ...)
{
	va_list ap;

	panic_enter();
	va_start(ap, fmt);
	panic_begin(fmt, ap);
	va_end(ap);
	print_where(NULL, 0, frame->rip);
	if (depth > 1)
		power_panic_exit();
	print_frame(frame);
	if ((frame->vector == EXC_PF || frame->vector == EXC_DF) &&
	    kstack_is_guard(cr2_read()))
		printk(LOG_EMERG, "cr2 is below a kernel stack: it overflowed");
	panic_finish(frame->rip, frame->rsp, frame->rbp);
}
