/* fault.h - page faults at user addresses.
 *
 * Layer: mm   Called by: proc's page-fault hook (from user mode, and from the
 *                        usercopy functions in the kernel)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct aspace;

/* What came of a fault. */
enum fault_result {
	FAULT_OK = 0,           /* repeat the instruction */
	FAULT_SEGV_MAPERR = 1,  /* SIGSEGV: nothing is mapped there */
	FAULT_SEGV_ACCERR = 2,  /* SIGSEGV: mapped, but not for this access */
	FAULT_BUS = 3,          /* SIGBUS: behind the file's end, I/O error */
	FAULT_OOM = 4,          /* no page is left: kill somebody */
	FAULT_WAIT = 5,         /* only inside fault.c: a page is being read */
};

/* Bring in the page at va, or make it writable, if the areas allow it.
 * error_code: PF_PRESENT | PF_WRITE | PF_USER | PF_FETCH, as the CPU pushes it.
 * Interrupts on, no spinlock held; takes as->lock; may sleep.
 * (Exercise: why must a fault that finds the page already there be repeated
 * and not reported?) */
enum fault_result aspace_fault(struct aspace *as, vaddr_t va,
    uint64_t error_code);
