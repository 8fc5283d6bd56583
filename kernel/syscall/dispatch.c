/* dispatch.c - from a number to the function of a system call.
 *
 * Layer: syscall   Called by: x86's syscall hook
 *
 * A number that the table has not is answered by ENOSYS, counted, and named once
 * in the log: so a student sees what a program misses.
 * SPDX-License-Identifier: MIT */
#include "syscall/dispatch.h"

#include "abi/errno.h"
#include "abi/syscall.h"
#include "debug/printk.h"
#include "fs/procfs.h"
#include "lib/atomic.h"
#include "sched/thread.h"
#include "syscall/table.h"
#include "x86/trap.h"

static const char *const names[ABI_SYSCALL_COUNT] = {
#define NAME(number, name) [number] = #name,
    ABI_SYSCALLS(NAME)
#undef NAME
};

/* [a] How often each call that is not offered was made. */
static uint32_t missed[ABI_SYSCALL_COUNT];
static uint32_t missed_beyond; /* [a] numbers that Linux has not either */

const char *
syscall_name(uint64_t number)
{
	return number < ABI_SYSCALL_COUNT ? names[number] : NULL;
}

/* A system call that the table has not. */
static long __attribute__((noinline, cold))
unknown(uint64_t number)
{
	const struct thread *thread = thread_current();
	const char *name = syscall_name(number);
	uint32_t *count =
	    number < ABI_SYSCALL_COUNT ? &missed[number] : &missed_beyond;

	if (atomic_add(count, 1) == 1)
		pr_notice("syscall %lu (%s) is not offered; %s (%d) asked",
		    number, name == NULL ? "unknown" : name, thread->name,
		    thread->tid);
	return -ENOSYS;
}

/* The way of every system call; kept short.  The number is in frame->error, for
 * RAX will hold the result. */
static void
dispatch(struct trapframe *frame)
{
	uint64_t number = frame->error;
	const struct syscall *call = &syscall_table[number];

	if (unlikely(number >= ABI_SYSCALL_COUNT || call->fn == NULL))
		frame->rax = (uint64_t)unknown(number);
	else
		frame->rax = (uint64_t)call->fn(frame->rdi, frame->rsi,
		    frame->rdx, frame->r10, frame->r8, frame->r9);
}

/* /proc/syscalls: number, name, arguments, or how often it was missed. */
static void
show(struct text *t)
{
	for (unsigned n = 0; n < ABI_SYSCALL_COUNT; n++) {
		uint32_t count = atomic_load(&missed[n]);

		if (syscall_table[n].fn != NULL)
			text_printf(t, "%u %s %u\n", n, names[n],
			    syscall_table[n].arguments);
		else if (count != 0)
			text_printf(t, "%u %s ENOSYS %u\n", n,
			    names[n] == NULL ? "unknown" : names[n], count);
	}
	if (missed_beyond != 0)
		text_printf(t, "- unknown ENOSYS %u\n", missed_beyond);
}

void
syscall_init(void)
{
	procfs_register("syscalls", show);
	system_init();
	trap_hooks.syscall = dispatch;
}
