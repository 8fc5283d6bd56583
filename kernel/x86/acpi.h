/* acpi.h - the firmware's tables: which CPUs, which interrupt lines.
 *
 * Layer: x86   Called by: smp, apic, tsc, drivers/power
 *
 * Source: [ACPI] 5.2 "ACPI System Description Tables"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"
#include "x86/cpu.h"

/* Header of every table. */
struct acpi_header {
	char signature[4];
	uint32_t length;
	uint8_t revision;
	uint8_t checksum;
	char oem[6];
	char oem_table[8];
	uint32_t oem_revision;
	uint32_t creator;
	uint32_t creator_revision;
} __attribute__((packed));

/* What the MADT says. */
struct acpi_madt_info {
	bool present;
	paddr_t lapic;
	paddr_t ioapic;
	uint32_t ioapic_gsi_base;
	unsigned cpu_count;
	uint32_t cpu_apic_id[MAX_CPUS];
	struct {
		uint32_t gsi;
		bool active_low;
		bool level;
	} isa[16]; /* where ISA interrupt n arrives */
};
extern struct acpi_madt_info acpi_madt; /* [I] after acpi_init() */

/* Find and check the tables; without ACPI, or with damaged tables,
 * acpi_madt.present stays false.  Once, on the boot CPU. */
void acpi_init(void);

/* The table with signature ("FACP"), checksum checked, in the direct map; NULL. */
const struct acpi_header *acpi_find_table(const char *signature);
