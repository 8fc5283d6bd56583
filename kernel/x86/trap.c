/* trap.c - the IDT, and what becomes of each exception and interrupt.
 *
 * Layer: x86   Called by: trap.S
 *
 * An exception of a user is the business of the layers above (trap_hooks); one of
 * the kernel is a bug and a panic, with one exception of its own: a page fault
 * while copying from or to a user, which uaccess.S expects.
 * Source: [SDM3] 6 "Interrupt and Exception Handling"
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "debug/printk.h"
#include "x86/apic.h"
#include "x86/context.h"
#include "x86/irq.h"
#include "x86/paging.h"
#include "x86/smp.h"
#include "x86/trap.h"

_Static_assert(offsetof(struct trapframe, r11) == 48, "trap.S");
_Static_assert(offsetof(struct trapframe, rcx) == 88, "trap.S");
_Static_assert(offsetof(struct trapframe, vector) == 120, "trap.S");
_Static_assert(offsetof(struct trapframe, rip) == 136, "trap.S");
_Static_assert(offsetof(struct trapframe, cs) == 144, "trap.S");
_Static_assert(offsetof(struct trapframe, rflags) == 152, "trap.S");
_Static_assert(offsetof(struct trapframe, rsp) == 160, "trap.S");
_Static_assert(offsetof(struct trap_hooks, syscall) == 0, "trap.S");

/* Gate descriptor.  Source: [SDM3] 6.14.1 "64-Bit Mode IDT" */
struct idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};
_Static_assert(sizeof(struct idt_gate) == 16, "IDT gate");

#define GATE_INTERRUPT 0x8e /* present, DPL 0: interrupts go off */
#define GATE_DPL3      0x60
#define IDT_ENTRIES    256
#define STUB_BYTES     16

struct trap_hooks trap_hooks;

static struct idt_gate idt[IDT_ENTRIES]; /* [I] after trap_init() */

extern char trap_stubs[];
extern char trap_paranoid_df[];
extern char trap_paranoid_nmi[];

/* Pairs that uaccess.S makes. */
struct fixup {
	uint64_t fault;
	uint64_t resume;
};
extern const struct fixup fixup_start[];
extern const struct fixup fixup_end[];

static const char *const exception_names[EXC_COUNT] = {
    [EXC_DE] = "#DE divide error",
    [EXC_DB] = "#DB debug",
    [EXC_NMI] = "NMI",
    [EXC_BP] = "#BP breakpoint",
    [EXC_OF] = "#OF overflow",
    [EXC_BR] = "#BR BOUND range exceeded",
    [EXC_UD] = "#UD invalid opcode",
    [EXC_NM] = "#NM device not available",
    [EXC_DF] = "#DF double fault",
    [EXC_TS] = "#TS invalid TSS",
    [EXC_NP] = "#NP segment not present",
    [EXC_SS] = "#SS stack-segment fault",
    [EXC_GP] = "#GP general protection",
    [EXC_PF] = "#PF page fault",
    [EXC_MF] = "#MF x87 floating-point error",
    [EXC_AC] = "#AC alignment check",
    [EXC_MC] = "#MC machine check",
    [EXC_XM] = "#XM SIMD floating-point exception",
};

const char *
exception_name(unsigned vector)
{
	if (vector < EXC_COUNT && exception_names[vector] != NULL)
		return exception_names[vector];
	return "reserved exception";
}

static void
set_gate(unsigned vector, const char *entry, uint8_t type, uint8_t ist)
{
	uint64_t offset = (uint64_t)entry;

	idt[vector] = (struct idt_gate){
	    .offset_low = (uint16_t)offset,
	    .selector = KERNEL_CS,
	    .ist = ist,
	    .type = type,
	    .offset_mid = (uint16_t)(offset >> 16),
	    .offset_high = (uint32_t)(offset >> 32),
	};
}

void
trap_init(void)
{
	for (unsigned v = 0; v < IDT_ENTRIES; v++)
		set_gate(v, trap_stubs + v * STUB_BYTES, GATE_INTERRUPT, 0);
	/* INT3 and INTO are instructions of users. */
	set_gate(EXC_BP, trap_stubs + EXC_BP * STUB_BYTES,
	    GATE_INTERRUPT | GATE_DPL3, 0);
	set_gate(EXC_OF, trap_stubs + EXC_OF * STUB_BYTES,
	    GATE_INTERRUPT | GATE_DPL3, 0);
	set_gate(EXC_DF, trap_paranoid_df, GATE_INTERRUPT, 1);
	set_gate(EXC_NMI, trap_paranoid_nmi, GATE_INTERRUPT, 2);
}

void
trap_load_idt(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(idt) - 1, (uint64_t)idt};

	__asm__ volatile("lidt %0" ::"m"(pointer));
}

/* Where to go on after a fault at rip, or 0: it was not expected. */
static uint64_t
fixup_find(uint64_t rip)
{
	for (const struct fixup *f = fixup_start; f < fixup_end; f++) {
		if (f->fault == rip)
			return f->resume;
	}
	return 0;
}

static void
page_fault(struct trapframe *frame)
{
	vaddr_t va = cr2_read();
	bool user = trap_from_user(frame);
	uint64_t resume = 0;

	if (!user) {
		resume = fixup_find(frame->rip);
		if (resume == 0 || va >= USER_TOP || trap_hooks.page_fault == NULL)
			panic_trap(frame, "page fault in the kernel: %s %#lx%s",
			    frame->error & PF_FETCH ? "executing" :
			    frame->error & PF_WRITE ? "writing" : "reading",
			    va, va < PAGE_SIZE ? " (a NULL pointer?)" : "");
	}
	kassert(frame->rflags & RFLAGS_IF); /* copies sleep */
	irq_enable();
	if (!trap_hooks.page_fault(frame, va)) {
		kassert(!user);
		frame->rip = resume;
	}
}

static void
exception(struct trapframe *frame)
{
	if (frame->vector == EXC_NMI) {
		smp_nmi();
		return;
	}
	if (frame->vector == EXC_PF) {
		page_fault(frame);
		return;
	}
	if (frame->vector == EXC_DF)
		panic_trap(frame, "double fault (kernel stack overflow?)");
	if (!trap_from_user(frame)) {
		/* A non-canonical user address is #GP, not #PF. */
		uint64_t resume = fixup_find(frame->rip);

		if (frame->vector != EXC_GP || resume == 0)
			panic_trap(frame, "%s in the kernel, error code %#lx",
			    exception_name(frame->vector), frame->error);
		frame->rip = resume;
		return;
	}
	irq_enable();
	trap_hooks.exception(frame);
}

static void
interrupt(struct trapframe *frame)
{
	struct cpu *cpu = cpu_this();
	unsigned vector = frame->vector;

	cpu->irq_depth++;
	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi(vector);
		if (trap_hooks.timer != NULL)
			trap_hooks.timer(trap_from_user(frame));
		break;
	case VECTOR_CALL:
		apic_eoi(vector);
		smp_call_irq();
		break;
	case VECTOR_KICK:
		apic_eoi(vector);
		if (trap_hooks.kick != NULL)
			trap_hooks.kick();
		break;
	case VECTOR_SPURIOUS:
		break;
	default:
		irq_dispatch(vector, trap_from_user(frame));
	}
	cpu->irq_depth--;
}

void
trap_entry(struct trapframe *frame)
{
	if (frame->vector < EXC_COUNT)
		exception(frame);
	else
		interrupt(frame);
}

/* trap.S calls it with interrupts on, until there is no more work. */
void
trap_user_work(struct trapframe *frame)
{
	kassert(cpu_this()->spinlocks == 0);
	trap_hooks.user_return(frame);
}
