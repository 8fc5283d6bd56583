/* backtrace.c - who called whom, by the chain of frame pointers.
 *
 * Layer: debug   Called by: panic.c
 * Source: [ELF64] 3.2.2 "The Stack Frame", [SDM3] 4.5 "4-Level Paging"
 *
 *	        | return address |
 *	        | caller's rbp   | <- rbp
 *	        | locals         |
 *
 * A function that calls no other may have no frame.  If it is interrupted, its
 * caller is at the top of the stack; there a "?" says that this is a guess.
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

/* May a frame be read there? */
static bool
frame_ok(vaddr_t rbp)
{
	return IS_ALIGNED(rbp, sizeof(uint64_t)) && is_mapped(rbp) &&
	    is_mapped(rbp + sizeof(struct frame) - 1);
}

static bool
is_text(uint64_t pc)
{
	return pc >= (vaddr_t)text_start && pc < (vaddr_t)text_end;
}

/* Each frame must be above the one before: a damaged chain ends, whatever is in
 * it. */
unsigned
backtrace_collect(uint64_t rip, uint64_t rbp, uint64_t *pcs, unsigned n)
{
	unsigned count = 0;

	if (rip != 0 && n > 0)
		pcs[count++] = rip;
	while (count < n && frame_ok(rbp)) {
		const struct frame *frame = (const struct frame *)rbp;

		if (!is_text(frame->return_rip))
			break;
		pcs[count++] = frame->return_rip;
		if (frame->caller_rbp <= rbp)
			break; /* stacks grow down: callers are above */
		rbp = frame->caller_rbp;
	}
	return count;
}

static void
print_pc(uint64_t pc, bool is_return, const char *mark)
{
	char name[64];

	/* A call that never returns may be a function's last instruction: the
	 * address behind it belongs to the next. */
	symbol_format(name, sizeof(name), pc - is_return);
	printk(LOG_EMERG, "  %016lx %s%s", pc, mark, name);
}

void
backtrace_print(uint64_t rip, uint64_t rsp, uint64_t rbp)
{
	uint64_t pcs[FRAMES_MAX];
	unsigned n = backtrace_collect(0, rbp, pcs, FRAMES_MAX);

	if (rip != 0)
		print_pc(rip, false, "");
	if (rsp != 0 && IS_ALIGNED(rsp, sizeof(uint64_t)) && is_mapped(rsp) &&
	    is_text(*(const uint64_t *)rsp))
		print_pc(*(const uint64_t *)rsp, true, "? ");
	for (unsigned i = 0; i < n; i++)
		print_pc(pcs[i], true, "");
}
