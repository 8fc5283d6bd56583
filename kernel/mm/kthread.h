/* kthread.h - kernel stacks, and threads that live in the kernel only.
 *
 * Layer: mm   Called by: proc (stacks of tasks), drivers, fs, main
 *
 * A kernel stack is 16 KiB in the vmap window with an unmapped page below it:
 * an overflow is a double fault that names it, not a silent corruption.
 * Freed stacks stay mapped in a pool for the next thread.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct thread;

#define KSTACK_BYTES (4 * PAGE_SIZE)

/* A stack; its lowest address, KSTACK_BYTES below its top.  NULL: no memory.
 * May trim the pool, which waits for the other CPUs: thread context,
 * interrupts on. */
void *kstack_alloc(void);

/* Give a stack back.  Nobody runs on it.  Any context. */
void kstack_free(void *stack);

/* Is va in the guard page below some kernel stack?  For the panic message. */
bool kstack_is_guard(vaddr_t va);

/* Pages that stacks hold: in use, and in the pool. */
size_t kstack_page_count(void);
size_t kstack_pool_page_count(void);

/* Make a thread that runs fn(arg) in the kernel, and start it.  name is copied.
 * It ends when fn returns, and its memory is freed then.
 * Returns it, or NULL: no memory.  The pointer is good while fn runs. */
struct thread *kthread_create(const char *name, void (*fn)(void *arg),
    void *arg);
