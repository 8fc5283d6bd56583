/* test_symbols.c - names of functions, and the chain of callers.
 *
 * SPDX-License-Identifier: MIT */
#include "debug/backtrace.h"
#include "debug/ktest.h"
#include "debug/printk.h"
#include "debug/symbols.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "x86/paging.h"

#define PCS 16

static uint64_t pcs[PCS];
static unsigned pc_count;

static void __attribute__((noinline))
symbols_test_inner(void)
{
	pc_count = backtrace_collect(0, backtrace_here(), pcs, PCS);
}

static void __attribute__((noinline))
symbols_test_outer(void)
{
	symbols_test_inner();
	pcs[PCS - 1] = 0; /* so that the call above is no jump */
}

static bool
names(uint64_t pc, const char *function)
{
	size_t offset;
	const char *name = symbol_lookup(pc, &offset);

	if (name != NULL && strcmp(name, function) == 0)
		return true;
	pr_notice("%#lx is %s, not %s", pc, name != NULL ? name : "nothing",
	    function);
	return false;
}

KTEST(symbols_name_addresses_inside_functions)
{
	size_t offset = 0;
	vaddr_t va = (vaddr_t)symbols_test_outer;

	ktest_check(names(va, "symbols_test_outer"));
	ktest_check(symbol_lookup(va + 1, &offset) != NULL && offset == 1);
	ktest_check(symbol_find("symbols_test_outer") == va);
	ktest_check(symbol_find("no_such_function") == 0);
	ktest_check(symbol_lookup((vaddr_t)text_end, &offset) == NULL);
	ktest_check(symbol_lookup(0, &offset) == NULL);
}

KTEST(backtrace_finds_the_callers)
{
	symbols_test_outer();
	ktest_check(pc_count >= 3);
	ktest_check(names(pcs[0], "symbols_test_outer"));
	ktest_check(names(pcs[1], "ktest_backtrace_finds_the_callers"));
}

KTEST(backtrace_survives_any_frame_pointer)
{
	static const uint64_t bad[] = {0, 1, 8, USER_TOP - 8, USER_TOP,
	    DIRECT_BASE - 8, VMAP_END - 8, VMAP_BASE, 0x8000000000000000,
	    UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 15};
	uint64_t loop[2];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ktest_check(backtrace_collect(1, bad[i], pcs, PCS) == 1);
	loop[0] = (uint64_t)loop; /* a frame that is its own caller */
	loop[1] = (uint64_t)symbols_test_outer;
	ktest_check(backtrace_collect(0, (uint64_t)loop, pcs, PCS) == 1);
	ktest_check(backtrace_collect(1, (uint64_t)loop, pcs, 1) == 1);
}
