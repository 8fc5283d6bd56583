/* apic.c - interrupt controllers (LAPIC and IOAPIC, else the 8259) and the timer.
 *
 * Layer: x86   Called by: trap, smp, irq, sched
 *
 * All device interrupts go to CPU 0; the others get timers and IPIs only.
 * Source: [SDM3] 11 "Advanced Programmable Interrupt Controller (APIC)",
 *         [82093AA] "I/O Advanced Programmable Interrupt Controller"
 * SPDX-License-Identifier: MIT */

#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "x86/acpi.h"
#include "x86/apic.h"
#include "x86/cpuid.h"
#include "x86/fixmap.h"
#include "x86/irq.h"
#include "x86/msr.h"
#include "x86/pic.h"
#include "x86/trap.h"
#include "x86/tsc.h"

/* LAPIC registers, byte offsets */
#define LAPIC_ID        0x20
#define LAPIC_TPR       0x80
#define LAPIC_EOI       0xb0
#define LAPIC_SVR       0xf0
#define LAPIC_ICR_LOW   0x300
#define LAPIC_ICR_HIGH  0x310
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_LVT_ERROR 0x370
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE  0x3e0

#define SVR_ENABLE      BIT(8)
#define LVT_MASKED      BIT(16)
#define LVT_NMI         (4 << 8)
#define TIMER_DIVIDE_16 0x3
#define TIMER_MAX       0xffffffffU
#define ICR_INIT        0x500
#define ICR_STARTUP     0x600
#define ICR_NMI         0x400
#define ICR_ASSERT      BIT(14)
#define ICR_PENDING     BIT(12)
#define ICR_ALL_OTHERS  (3 << 18)
#define ICR_DEST_SHIFT  24

/* IOAPIC: an index register and a data register */
#define IOAPIC_INDEX     0x00
#define IOAPIC_DATA      0x10
#define IOAPIC_REG_VERSION 1
#define IOAPIC_REDIRECT(n) (0x10 + 2 * (n))
#define IOAPIC_VERSION_MAX 0xff0000 /* number of the last line */
#define REDIRECT_MASKED    BIT(16)
#define REDIRECT_LEVEL     BIT(15)
#define REDIRECT_LOW       BIT(13)

#define TIMER_CALIBRATE_NS 2000000
#define TIMER_EXACT_NS     2000
#define TIMER_TRIES        10
#define TIMER_MIN_NS       1000
#define TIMER_MAX_NS       1000000000ULL
#define PIT_MAX_TICKS      65535
#define NS_PER_SECOND      1000000000ULL
#define IPI_SPIN_LIMIT     1000000

static volatile char *lapic;   /* [I] NULL: PIC mode */
static volatile char *ioapic;  /* [I] */
static unsigned ioapic_lines;  /* [I] */
static uint64_t timer_hz;      /* [I] LAPIC timer counts a second */

static uint32_t
lapic_read(unsigned reg)
{
	return *(volatile uint32_t *)(lapic + reg);
}

static void
lapic_write(unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(lapic + reg) = value;
}

static uint32_t
ioapic_read(unsigned reg)
{
	*(volatile uint32_t *)(ioapic + IOAPIC_INDEX) = reg;
	return *(volatile uint32_t *)(ioapic + IOAPIC_DATA);
}

static void
ioapic_write(unsigned reg, uint32_t value)
{
	*(volatile uint32_t *)(ioapic + IOAPIC_INDEX) = reg;
	*(volatile uint32_t *)(ioapic + IOAPIC_DATA) = value;
}

static void
ioapic_init(void)
{
	unsigned last;

	ioapic = fixmap_map(FIXMAP_IOAPIC, acpi_madt.ioapic);
	last = FIELD_GET(IOAPIC_VERSION_MAX, ioapic_read(IOAPIC_REG_VERSION));
	ioapic_lines = MIN(last + 1, (unsigned)IRQ_LINES);
	for (unsigned i = 0; i <= last; i++) {
		ioapic_write(IOAPIC_REDIRECT(i), REDIRECT_MASKED);
		ioapic_write(IOAPIC_REDIRECT(i) + 1, 0);
	}
}

/* How many counts the LAPIC timer makes in a second.  As in tsc.c, an emulator may
 * stand still between two instructions: the measurement with the least time
 * between the readings of both clocks counts. */
static uint64_t
timer_measure(void)
{
	uint64_t best = UINT64_MAX;
	uint64_t counts_a_second = 0;

	lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	for (int i = 0; i < TIMER_TRIES && best > TIMER_EXACT_NS; i++) {
		uint64_t start_low = tsc_ns();
		uint64_t start_high;
		uint64_t end_low;
		uint64_t end_high;
		uint32_t counted;

		lapic_write(LAPIC_TIMER_INITIAL, TIMER_MAX);
		start_high = tsc_ns();
		tsc_delay_ns(TIMER_CALIBRATE_NS);
		end_low = tsc_ns();
		counted = TIMER_MAX - lapic_read(LAPIC_TIMER_CURRENT);
		end_high = tsc_ns();
		if ((end_high - end_low) + (start_high - start_low) >= best)
			continue;
		best = (end_high - end_low) + (start_high - start_low);
		counts_a_second = counted * NS_PER_SECOND * 2 /
		    (end_low + end_high - start_low - start_high);
	}
	lapic_write(LAPIC_TIMER_INITIAL, 0);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
	return counts_a_second;
}

void
apic_init(void)
{
	pic_init();
	if (!cpu_features.apic || !acpi_madt.present) {
		pr_notice("interrupts: no APIC, using the 8259 and one CPU");
		return;
	}
	lapic = fixmap_map(FIXMAP_LAPIC, acpi_madt.lapic);
	ioapic_init();
	apic_init_this();
	timer_hz = timer_measure();
	pr_info("interrupts: LAPIC timer %lu MHz, IOAPIC with %u lines",
	    timer_hz * 16 / 1000000, ioapic_lines);
}

void
apic_init_this(void)
{
	/* Never clear the enable bit: Bochs cannot set it again. */
	if ((rdmsr(IA32_APIC_BASE) & APIC_BASE_ENABLE) == 0)
		wrmsr(IA32_APIC_BASE, rdmsr(IA32_APIC_BASE) | APIC_BASE_ENABLE);
	lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	lapic_write(LAPIC_TPR, 0);
	lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
	lapic_write(LAPIC_LVT_LINT1, LVT_NMI);
	lapic_write(LAPIC_LVT_ERROR, LVT_MASKED);
	lapic_write(LAPIC_TIMER_DIVIDE, TIMER_DIVIDE_16);
	lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
	cpu_this()->apic_id = lapic_read(LAPIC_ID) >> ICR_DEST_SHIFT;
}

bool
apic_present(void)
{
	return lapic != NULL;
}

bool
apic_is_spurious(unsigned irq)
{
	return lapic == NULL && pic_is_spurious(irq);
}

int
apic_unmask(unsigned irq)
{
	uint32_t gsi = irq;
	uint32_t entry = VECTOR_IRQ0 + irq;

	if (lapic == NULL) {
		if (irq >= ARRAY_SIZE(acpi_madt.isa))
			return -EINVAL;
		pic_unmask(irq);
		return 0;
	}
	if (irq < ARRAY_SIZE(acpi_madt.isa)) {
		gsi = acpi_madt.isa[irq].gsi;
		entry |= acpi_madt.isa[irq].level ? REDIRECT_LEVEL : 0;
		entry |= acpi_madt.isa[irq].active_low ? REDIRECT_LOW : 0;
	} else {
		entry |= REDIRECT_LEVEL | REDIRECT_LOW; /* PCI */
	}
	gsi -= acpi_madt.ioapic_gsi_base;
	if (gsi >= ioapic_lines)
		return -EINVAL;
	ioapic_write(IOAPIC_REDIRECT(gsi) + 1, cpus[0].apic_id << ICR_DEST_SHIFT);
	ioapic_write(IOAPIC_REDIRECT(gsi), entry);
	return 0;
}

void
apic_eoi(unsigned vector)
{
	if (lapic != NULL)
		lapic_write(LAPIC_EOI, 0);
	else
		pic_eoi(vector - VECTOR_IRQ0);
}

/* Write the interrupt command register: the low half sends. */
static void
icr_send(uint32_t apic_id, uint32_t command)
{
	uint64_t flags = irq_save();

	for (unsigned i = 0; i < IPI_SPIN_LIMIT &&
	    (lapic_read(LAPIC_ICR_LOW) & ICR_PENDING); i++)
		cpu_relax();
	lapic_write(LAPIC_ICR_HIGH, apic_id << ICR_DEST_SHIFT);
	lapic_write(LAPIC_ICR_LOW, command);
	irq_restore(flags);
}

void
apic_send(unsigned cpu, unsigned vector)
{
	kassert(lapic != NULL && cpu < MAX_CPUS);
	icr_send(cpus[cpu].apic_id, ICR_ASSERT | vector);
}

void
apic_send_all_others_nmi(void)
{
	if (lapic != NULL)
		icr_send(0, ICR_ASSERT | ICR_NMI | ICR_ALL_OTHERS);
}

void
apic_start_cpu(uint32_t apic_id, unsigned page)
{
	/* Source: [SDM3] 9.4.4.1 "Typical BSP Initialization Sequence"; the
	 * pauses are those of today's CPUs. */
	icr_send(apic_id, ICR_ASSERT | ICR_INIT);
	tsc_delay_ns(200000);
	for (int i = 0; i < 2; i++) {
		icr_send(apic_id, ICR_ASSERT | ICR_STARTUP | page);
		tsc_delay_ns(200000);
	}
}

void
apic_timer_init(void)
{
	if (lapic == NULL)
		pic_unmask(IRQ_PIT);
}

void
apic_timer_arm(uint64_t delta_ns)
{
	delta_ns = MAX(delta_ns, (uint64_t)TIMER_MIN_NS);
	delta_ns = MIN(delta_ns, TIMER_MAX_NS);
	if (lapic == NULL) {
		pit_arm(MIN(delta_ns * PIT_HZ / NS_PER_SECOND + 1,
		    (uint64_t)PIT_MAX_TICKS));
		return;
	}
	lapic_write(LAPIC_TIMER_INITIAL,
	    MAX(MIN(delta_ns * timer_hz / NS_PER_SECOND, (uint64_t)TIMER_MAX),
		(uint64_t)1));
}
