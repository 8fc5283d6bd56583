/* acpi.c - the firmware's tables: which CPUs, which interrupt lines.
 *
 * Layer: x86   Called by: main.c, drivers/power.c
 *
 * Only static tables are read; there is no interpreter for AML.  The tables lie
 * anywhere below 4 GiB; every one is checked (bounds, checksum) before use.
 * Source: [ACPI] 5.2.5 "Root System Description Pointer (RSDP)",
 *         5.2.12 "Multiple APIC Description Table (MADT)"
 * SPDX-License-Identifier: MIT */

#include "debug/printk.h"
#include "lib/string.h"
#include "x86/acpi.h"
#include "x86/bootinfo.h"
#include "x86/paging.h"

struct acpi_rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	/* From revision 2 on: */
	uint32_t length;
	uint64_t xsdt;
	uint8_t checksum2;
	uint8_t reserved[3];
} __attribute__((packed));
_Static_assert(sizeof(struct acpi_rsdp) == sizeof(bootinfo.rsdp_copy), "RSDP");

struct acpi_madt {
	struct acpi_header header;
	uint32_t lapic;
	uint32_t flags;
} __attribute__((packed));

struct madt_entry {
	uint8_t type;
	uint8_t length;
} __attribute__((packed));

enum madt_type {
	MADT_LAPIC = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_ADDRESS = 5,
};

struct madt_lapic {
	struct madt_entry entry;
	uint8_t processor;
	uint8_t apic_id;
	uint32_t flags;
} __attribute__((packed));
#define MADT_LAPIC_ENABLED BIT(0)

struct madt_ioapic {
	struct madt_entry entry;
	uint8_t id;
	uint8_t reserved;
	uint32_t address;
	uint32_t gsi_base;
} __attribute__((packed));

struct madt_override {
	struct madt_entry entry;
	uint8_t bus;
	uint8_t irq;
	uint32_t gsi;
	uint16_t flags;
} __attribute__((packed));
#define MADT_POLARITY     0x3
#define MADT_ACTIVE_LOW   3
#define MADT_TRIGGER      0xc
#define MADT_LEVEL        3

struct madt_lapic_address {
	struct madt_entry entry;
	uint16_t reserved;
	uint64_t address;
} __attribute__((packed));

#define ACPI_TABLE_MAX (1U << 20) /* longer ones are taken for damaged */
#define MAPPED_LIMIT   (1ULL << 32)

struct acpi_madt_info acpi_madt;

static paddr_t root_table;   /* [I] RSDT or XSDT; 0: no ACPI */
static size_t root_entry;    /* [I] bytes of a pointer in it */

static bool
checksum_good(const void *table, size_t bytes)
{
	const uint8_t *p = table;
	uint8_t sum = 0;

	while (bytes-- > 0)
		sum += *p++;
	return sum == 0;
}

/* The table at pa if it is one, else NULL. */
static const struct acpi_header *
table_at(paddr_t pa)
{
	const struct acpi_header *header = pa_to_va(pa);

	if (pa == 0 || pa + sizeof(*header) > MAPPED_LIMIT ||
	    header->length < sizeof(*header) ||
	    header->length > ACPI_TABLE_MAX ||
	    pa + header->length > MAPPED_LIMIT ||
	    !checksum_good(header, header->length))
		return NULL;
	return header;
}

const struct acpi_header *
acpi_find_table(const char *signature)
{
	const struct acpi_header *root = table_at(root_table);
	const char *entries = (const char *)(root + 1);
	size_t count;

	if (root == NULL)
		return NULL;
	count = (root->length - sizeof(*root)) / root_entry;
	for (size_t i = 0; i < count; i++) {
		const struct acpi_header *table;
		paddr_t pa = 0;

		memcpy(&pa, entries + i * root_entry, root_entry);
		table = table_at(pa);
		if (table != NULL && memcmp(table->signature, signature,
		    sizeof(table->signature)) == 0)
			return table;
	}
	return NULL;
}

static void
find_root(void)
{
	struct acpi_rsdp rsdp;

	if (!bootinfo.rsdp_present)
		return;
	memcpy(&rsdp, bootinfo.rsdp_copy, sizeof(rsdp));
	if (memcmp(rsdp.signature, "RSD PTR ", sizeof(rsdp.signature)) != 0 ||
	    !checksum_good(&rsdp, offsetof(struct acpi_rsdp, length)))
		return;
	if (rsdp.revision >= 2 && rsdp.xsdt != 0 && table_at(rsdp.xsdt) != NULL) {
		root_table = rsdp.xsdt;
		root_entry = sizeof(uint64_t);
	} else if (table_at(rsdp.rsdt) != NULL) {
		root_table = rsdp.rsdt;
		root_entry = sizeof(uint32_t);
	}
}

static void
madt_override(const struct madt_override *o)
{
	if (o->irq >= ARRAY_SIZE(acpi_madt.isa))
		return;
	acpi_madt.isa[o->irq].gsi = o->gsi;
	acpi_madt.isa[o->irq].active_low =
	    FIELD_GET(MADT_POLARITY, o->flags) == MADT_ACTIVE_LOW;
	acpi_madt.isa[o->irq].level =
	    FIELD_GET(MADT_TRIGGER, o->flags) == MADT_LEVEL;
}

static void
madt_cpu(const struct madt_lapic *l)
{
	if ((l->flags & MADT_LAPIC_ENABLED) == 0)
		return;
	if (acpi_madt.cpu_count == MAX_CPUS) {
		pr_warn("acpi: more than %d CPUs, the others stay off", MAX_CPUS);
		return;
	}
	acpi_madt.cpu_apic_id[acpi_madt.cpu_count++] = l->apic_id;
}

/* entry->length has been checked against the end of the table. */
static void
madt_entry(const struct madt_entry *entry)
{
	if (entry->type == MADT_LAPIC &&
	    entry->length >= sizeof(struct madt_lapic)) {
		madt_cpu((const void *)entry);
	} else if (entry->type == MADT_OVERRIDE &&
	    entry->length >= sizeof(struct madt_override)) {
		madt_override((const void *)entry);
	} else if (entry->type == MADT_LAPIC_ADDRESS &&
	    entry->length >= sizeof(struct madt_lapic_address)) {
		acpi_madt.lapic = ((const struct madt_lapic_address *)entry)->address;
	} else if (entry->type == MADT_IOAPIC && acpi_madt.ioapic == 0 &&
	    entry->length >= sizeof(struct madt_ioapic)) {
		const struct madt_ioapic *io = (const void *)entry;

		acpi_madt.ioapic = io->address;
		acpi_madt.ioapic_gsi_base = io->gsi_base;
	}
}

static void
parse_madt(const struct acpi_madt *madt)
{
	size_t pos = sizeof(*madt);

	acpi_madt.lapic = madt->lapic;
	while (pos + sizeof(struct madt_entry) <= madt->header.length) {
		const struct madt_entry *entry =
		    (const void *)((const char *)madt + pos);

		if (entry->length < sizeof(*entry) ||
		    entry->length > madt->header.length - pos)
			break;
		madt_entry(entry);
		pos += entry->length;
	}
	acpi_madt.present = acpi_madt.lapic != 0 && acpi_madt.ioapic != 0;
}

void
acpi_init(void)
{
	const struct acpi_header *madt;

	for (unsigned i = 0; i < ARRAY_SIZE(acpi_madt.isa); i++)
		acpi_madt.isa[i].gsi = i;
	find_root();
	madt = acpi_find_table("APIC");
	if (madt == NULL || madt->length < sizeof(struct acpi_madt)) {
		pr_notice("acpi: %s", root_table == 0 ? "no tables" : "no MADT");
		return;
	}
	parse_madt((const struct acpi_madt *)madt);
}
