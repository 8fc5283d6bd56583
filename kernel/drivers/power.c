/* power.c - end the machine: off, again, or with the panic's exit code.
 *
 * Layer: drivers   Called by: syscall reboot(2), debug/panic.c
 * Source: [ACPI] 4.8.3.2.1 "PM1 Control Registers", 5.2.9 "Fixed ACPI
 *         Description Table (FADT)", 7.4.2 "System \_Sx states"
 *
 * Which value means "off" stands in the firmware's program, the DSDT, as the
 * package \_S5.  We run no such programs; but a constant package has a fixed
 * encoding, so we look for its bytes:
 *
 *	08 '_' 'S' '5' '_' 12 length count 0a SLP_TYPa 0a SLP_TYPb ...
 *	NameOp             PackageOp       BytePrefix (missing for 0 and 1)
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/power.h"

#include "debug/printk.h"
#include "drivers/console.h"
#include "drivers/keyboard.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/pagetable.h"
#include "x86/acpi.h"
#include "x86/cpu.h"
#include "x86/port.h"
#include "x86/tsc.h"

/* [ACPI] table 5-9: what we use of the FADT. */
struct acpi_fadt {
	struct acpi_header header;
	uint32_t firmware_ctrl;
	uint32_t dsdt;
	uint8_t reserved0[4];
	uint32_t smi_cmd;
	uint8_t acpi_enable;
	uint8_t reserved1[11];
	uint32_t pm1a_cnt_blk;
	uint32_t pm1b_cnt_blk;
	uint8_t reserved2[40];
	uint32_t flags;
	uint8_t reset_space; /* generic address: which kind */
	uint8_t reset_width;
	uint8_t reset_offset;
	uint8_t reset_access;
	uint64_t reset_address;
	uint8_t reset_value;
} __attribute__((packed));
_Static_assert(offsetof(struct acpi_fadt, dsdt) == 40, "FADT");
_Static_assert(offsetof(struct acpi_fadt, pm1a_cnt_blk) == 64, "FADT");
_Static_assert(offsetof(struct acpi_fadt, flags) == 112, "FADT");
_Static_assert(offsetof(struct acpi_fadt, reset_value) == 128, "FADT");

#define FADT_RESET_REG_SUP BIT(10)
#define SPACE_IO           1
#define PM1_SCI_EN         BIT(0)
#define PM1_SLP_TYP        (BIT(10) | BIT(11) | BIT(12))
#define PM1_SLP_EN         BIT(13)
#define AML_NAME           0x08
#define AML_PACKAGE        0x12
#define AML_BYTE_PREFIX    0x0a
#define S5_NAME            "_S5_"
#define S5_NAME_BYTES      4
#define S5_BYTES_MAX       16 /* the package up to SLP_TYPb */

/* The emulators' own ports. */
#define QEMU_EXIT_PORT  0xf4   /* -device isa-debug-exit: status 2v + 1 */
#define QEMU_EXIT_PANIC 0x3f
#define QEMU_PM1A_CNT   0x604  /* where QEMU has it when nobody says so */
#define BOCHS_DEBUG_PORT 0xe9
#define BOCHS_POWER_PORT 0x8900
#define ACPI_ENABLE_NS  10000000

/* All [I] after power_init(). */
static uint16_t pm1a_cnt; /* 0: not known */
static uint16_t pm1b_cnt;
static uint8_t slp_typa;
static uint8_t slp_typb;
static uint16_t smi_cmd;
static uint8_t acpi_enable;
static uint16_t reset_port; /* 0: none */
static uint8_t reset_value;

/* A constant of AML at *p; moves *p behind it. */
static uint8_t
aml_byte(const uint8_t **p)
{
	if (**p == AML_BYTE_PREFIX)
		(*p)++;
	return *(*p)++;
}

/* Find \_S5 in the n bytes of the DSDT.  Sets slp_typa and slp_typb. */
static bool
find_s5(const uint8_t *dsdt, size_t n)
{
	for (size_t i = 1; i + S5_BYTES_MAX <= n; i++) {
		const uint8_t *p = dsdt + i + S5_NAME_BYTES;

		if (memcmp(dsdt + i, S5_NAME, S5_NAME_BYTES) != 0 ||
		    *p++ != AML_PACKAGE)
			continue;
		if (dsdt[i - 1] != AML_NAME && dsdt[i - 1] != '\\')
			continue;
		p += (*p >> 6) + 1; /* the package's length: 1 to 4 bytes */
		p++;                /* how many elements */
		slp_typa = aml_byte(&p);
		slp_typb = aml_byte(&p);
		return true;
	}
	return false;
}

/* Read while all is well: power_off() may be called in any state. */
void
power_init(void)
{
	const struct acpi_fadt *fadt = (const void *)acpi_find_table("FACP");
	const struct acpi_header *dsdt = NULL;

	if (fadt == NULL || fadt->header.length <= offsetof(struct acpi_fadt,
	    pm1b_cnt_blk))
		return;
	smi_cmd = fadt->smi_cmd;
	acpi_enable = fadt->acpi_enable;
	if (fadt->header.length > offsetof(struct acpi_fadt, reset_value) &&
	    (fadt->flags & FADT_RESET_REG_SUP) != 0 &&
	    fadt->reset_space == SPACE_IO) {
		reset_port = fadt->reset_address;
		reset_value = fadt->reset_value;
	}
	if (fadt->dsdt != 0)
		dsdt = firmware_map(fadt->dsdt, sizeof(*dsdt));
	if (dsdt != NULL)
		dsdt = firmware_map(fadt->dsdt, dsdt->length);
	if (dsdt != NULL && find_s5((const uint8_t *)dsdt, dsdt->length)) {
		pm1a_cnt = fadt->pm1a_cnt_blk;
		pm1b_cnt = fadt->pm1b_cnt_blk;
	}
	pr_info("power: PM1a_CNT port %#x, S5 is %u, reset port %#x", pm1a_cnt,
	    slp_typa, reset_port);
}

/* The firmware may still own the power management: ask for it. */
static void
acpi_take_over(void)
{
	uint64_t end_ns = tsc_ns() + ACPI_ENABLE_NS;

	if (smi_cmd == 0 || acpi_enable == 0 ||
	    (inw(pm1a_cnt) & PM1_SCI_EN) != 0)
		return;
	outb(smi_cmd, acpi_enable);
	while ((inw(pm1a_cnt) & PM1_SCI_EN) == 0 && tsc_ns() < end_ns)
		cpu_relax();
}

static void
write_string(uint16_t port, const char *text)
{
	for (; *text != '\0'; text++)
		outb(port, *text);
}

void
power_halt(void)
{
	cpu_halt();
}

/* One way after the other: a port that is not there does nothing. */
void
power_off(void)
{
	irq_disable();
	console_drain();
	write_string(BOCHS_POWER_PORT, "Shutdown");
	if (pm1a_cnt != 0) {
		acpi_take_over();
		outw(pm1a_cnt, FIELD_SET(PM1_SLP_TYP, slp_typa) | PM1_SLP_EN);
		if (pm1b_cnt != 0)
			outw(pm1b_cnt,
			    FIELD_SET(PM1_SLP_TYP, slp_typb) | PM1_SLP_EN);
	}
	outw(QEMU_PM1A_CNT, PM1_SLP_EN);
	power_halt();
}

/* Without an interrupt table the breakpoint faults, the fault faults, and the
 * CPU gives up.  Source: [SDM3] 6.15 "Interrupt 8 - Double Fault Exception" */
static _Noreturn void
triple_fault(void)
{
	const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt = {0, 0};

	__asm__ volatile("lidt %0" ::"m"(no_idt));
	__asm__ volatile("int3");
	power_halt();
}

void
power_reboot(void)
{
	irq_disable();
	console_drain();
	if (reset_port != 0)
		outb(reset_port, reset_value);
	keyboard_reset_machine();
	triple_fault();
}

void
power_panic_exit(void)
{
	irq_disable();
	console_drain();
	outb(QEMU_EXIT_PORT, QEMU_EXIT_PANIC);
	write_string(BOCHS_DEBUG_PORT, "NESTLING PANIC\n");
	write_string(BOCHS_POWER_PORT, "Shutdown");
	power_halt();
}
