/* backtrace.c - who called whom, by the chain of frame pointers.
 *
 * Layer: debug   Called by: panic.c
 * Source: [SYSV-ABI] 3.2.2 "The Stack Frame", [SDM3] 4.5 "4-Level Paging"
 *
 *	        | return address |
 *	        | caller's rbp   | <- rbp
 *	        | locals         |
 *
 * The stack may be the very thing that is damaged, so before a frame is read,
 * the page tables are asked whether it is there.
 * SPDX-License-Identifier: MIT */
#include "debug/backtrace.h"

#include "debug/printk.h"
#include "debug/symbols.h"
#include "lib/bits.h"
#include "x86/cpu.h"
#include "x86/paging.h"

#define FRAMES_MAX  24
#define LEVEL_LARGE 3 /* entries of levels 2 and 3 may map a large page */

struct frame {
	uint64_t caller_rbp;
	uint64_t return_rip;
};

/* Is this address of the kernel's half mapped? */
static bool
is_mapped(vaddr_t va)
{
	paddr_t table = cr3_read() & PTE_ADDR;

	if (!va_is_canonical(va) || va < DIRECT_BASE)
		return false;
	for (unsigned level = PT_LEVELS; level > 0; level--) {
		const pte_t *entries = pa_to_va(table);
		pte_t pte = entries[pt_index(va, level)];

		if ((pte & PTE_P) == 0)
			return false;
		if (level <= LEVEL_LARGE && (pte & PTE_PS) != 0)
			return true;
		table = pte & PTE_ADDR;
	}
	return true;
}

static bool
frame_ok(vaddr_t rbp)
{
	return IS_ALIGNED(rbp, sizeof(uint64_t)) && is_mapped(rbp) &&
	    is_mapped(rbp + sizeof(struct frame) - 1);
}

unsigned
backtrace_collect(uint64_t rip, uint64_t rbp, uint64_t *pcs, unsigned n)
{
	unsigned count = 0;

	if (rip != 0 && n > 0)
		pcs[count++] = rip;
	while (count < n && frame_ok(rbp)) {
		const struct frame *frame = (const struct frame *)rbp;

		if (frame->return_rip < (vaddr_t)text_start ||
		    frame->return_rip >= (vaddr_t)text_end)
			break;
		pcs[count++] = frame->return_rip;
		if (frame->caller_rbp <= rbp)
			break; /* stacks grow down: callers are above */
		rbp = frame->caller_rbp;
	}
	return count;
}

void
backtrace_print(uint64_t rip, uint64_t rbp)
{
	uint64_t pcs[FRAMES_MAX];
	unsigned n = backtrace_collect(rip, rbp, pcs, FRAMES_MAX);
	char name[64];

	for (unsigned i = 0; i < n; i++) {
		/* A call that never returns may be a function's last
		 * instruction: the address behind it belongs to the next. */
		bool is_return = i > 0 || rip == 0;

		symbol_format(name, sizeof(name), pcs[i] - is_return);
		printk(LOG_EMERG, "  %016lx %s", pcs[i], name);
	}
}
