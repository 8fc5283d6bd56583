/* smp.c - the other CPUs: start them, call a function on them, stop them.
 *
 * Layer: x86   Called by: main.c, mm, sched, debug
 *
 * CPUs are started one after the other, because they share the boot stack for
 * their first instructions (boot.S).
 *
 * smp_call(): one call at a time.  The caller spins with interrupts on, so two
 * callers cannot wait for each other:
 *
 *	caller                              others
 *	takes call_busy, fills call_*
 *	call_pending = mask; IPI            run fn, clear their bit
 *	waits until call_pending == 0
 *	releases call_busy
 *
 * Source: [SDM3] 9.4 "Multiple-Processor (MP) Initialization"
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "debug/printk.h"
#include "lib/string.h"
#include "lib/atomic.h"
#include "x86/acpi.h"
#include "x86/apic.h"
#include "x86/cpu.h"
#include "x86/paging.h"
#include "x86/smp.h"
#include "x86/trap.h"
#include "x86/tsc.h"

/* Physical 0x8000.  mm leaves the first 64 KiB alone. */
#define TRAMPOLINE_PAGE 8
#define START_LIMIT_NS  1000000000ULL

extern char trampoline_start[];
extern char trampoline_end[];

vaddr_t smp_boot_stack;             /* for boot.S */
static unsigned starting_id;        /* the CPU that is being started */
static void (*cpu_entry)(void);     /* [I] while CPUs start */

static bool call_busy;              /* [a] somebody is calling */
static uint64_t call_pending;       /* [a] CPUs that have yet to run fn */
static void (*call_fn)(void *arg);  /* [call_busy] */
static void *call_arg;              /* [call_busy] */

static bool stopping;               /* [a] the next NMI means: stop */

/* First C code of another CPU, on its own stack, interrupts off. */
void
smp_cpu_main(void)
{
	unsigned id = starting_id;

	cpus[id].id = id;
	cpu_init_this(id); /* Sets online: smp_start() goes on. */
	apic_init_this();
	cpu_entry();
	panic("cpu_entry returned");
}

/* Start one CPU and wait for it.  False: it gave no sign. */
static bool
start_cpu(unsigned id, uint32_t apic_id, vaddr_t stack)
{
	uint64_t limit = tsc_ns() + START_LIMIT_NS;

	starting_id = id;
	cpus[id].apic_id = apic_id;
	smp_boot_stack = stack;
	atomic_fence();
	apic_start_cpu(apic_id, TRAMPOLINE_PAGE);
	while (!atomic_load(&cpus[id].online)) {
		if (tsc_ns() > limit)
			return false;
		cpu_relax();
	}
	return true;
}

void
smp_start(unsigned limit, vaddr_t (*stack)(unsigned id), void (*entry)(void))
{
	unsigned id = 1;
	paddr_t page = (paddr_t)TRAMPOLINE_PAGE << PAGE_SHIFT;

	cpu_entry = entry;
	if (!apic_present() || acpi_madt.cpu_count <= 1)
		return;
	memcpy(pa_to_va(page), trampoline_start, trampoline_end - trampoline_start);
	/* The trampoline turns paging on while it runs at its physical address. */
	boot_pml4[0] = boot_pml4[pt_index(DIRECT_BASE, PT_LEVELS)] & ~PTE_NX;
	for (unsigned i = 0; i < acpi_madt.cpu_count; i++) {
		uint32_t apic_id = acpi_madt.cpu_apic_id[i];
		vaddr_t top;

		if (apic_id == cpus[0].apic_id || (limit != 0 && id >= limit))
			continue;
		top = stack(id);
		if (top == 0 || !start_cpu(id, apic_id, top)) {
			pr_warn("smp: CPU with APIC id %u does not start", apic_id);
			break;
		}
		id++;
	}
	boot_pml4[0] = 0;
	cr3_write(cr3_read());
	pr_info("smp: %u CPUs", cpu_count());
}

void
smp_call(uint64_t mask, void (*fn)(void *arg), void *arg)
{
	mask &= (BIT(cpu_count()) - 1) & ~BIT(cpu_id());
	if (mask == 0)
		return;
	kassert(irq_enabled());
	while (atomic_swap(&call_busy, true))
		cpu_relax();
	call_fn = fn;
	call_arg = arg;
	atomic_store(&call_pending, mask);
	for (unsigned id = 0; id < MAX_CPUS; id++) {
		if (mask & BIT(id))
			apic_send(id, VECTOR_CALL);
	}
	while (atomic_load(&call_pending) != 0)
		cpu_relax();
	atomic_store(&call_busy, false);
}

void
smp_call_irq(void)
{
	uint64_t me = BIT(cpu_id());

	if ((atomic_load(&call_pending) & me) == 0)
		return;
	call_fn(call_arg);
	atomic_and(&call_pending, ~me);
}

void
smp_kick(unsigned cpu)
{
	if (cpu != cpu_id())
		apic_send(cpu, VECTOR_KICK);
}

void
smp_stop_others(void)
{
	atomic_store(&stopping, true);
	if (cpu_count() > 1)
		apic_send_all_others_nmi();
}

void
smp_nmi(void)
{
	if (atomic_load(&stopping))
		cpu_halt();
	pr_warn("NMI without a reason");
}
