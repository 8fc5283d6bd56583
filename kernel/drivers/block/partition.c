/* partition.c - read partition tables, MBR and GPT, trusting nothing in them.
 *
 * Layer: drivers (pure: also a host program, tests/host/test_partition.c)
 *	Called by: device.c
 * Source: [UEFI] 5.2 "LBA 0 Format", 5.3 "GUID Partition Table (GPT) Disk
 *	Layout"
 *
 *	MBR	sector 0: four entries.  One of them may be an extended
 *		partition, whose first sector holds one logical partition
 *		and a link to the next such sector:
 *
 *		  +-----+----------+------------------------------------+
 *		  | MBR | hda1     | hda2: EBR | hda5 | EBR | hda6 |... |
 *		  +-----+----------+------------------------------------+
 *
 *	GPT	sector 0 protects the disk from those who know only MBR,
 *		then a header, the entries, and both again at the end:
 *
 *		  +-----+--------+---------+----------+---------+--------+
 *		  | MBR | header | entries | vda1 ... | entries | header |
 *		  +-----+--------+---------+----------+---------+--------+
 *
 * Invariants:
 * (1) Every loop over the disk's data has a limit of ours: CHAIN_MAX links,
 *     ENTRY_BYTES_MAX of entries.
 * (2) What is reported lies inside the disk, has a number from 1 to max, and no
 *     number comes twice.
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/block/partition.h"

#include "debug/assert.h"
#include "lib/bits.h"
#include "lib/string.h"

#define SECTOR	     512
#define BUF_SECTORS  (PARTITION_BUF_BYTES / SECTOR)

/* MBR */
#define MBR_ENTRIES   4
#define MBR_SIGNATURE 0xaa55
#define MBR_ACTIVE    0x80 /* the only bit that may be set in status */
#define CHAIN_MAX     128
#define FIRST_LOGICAL 5
#define EXTENDED_SECTORS 2 /* shown of an extended partition, as Linux does:
			    * nobody shall make a file system there */

enum mbr_type {
	MBR_EMPTY = 0,
	MBR_EXTENDED = 0x05,
	MBR_EXTENDED_LBA = 0x0f,
	MBR_EXTENDED_LINUX = 0x85,
	MBR_PROTECTIVE = 0xee, /* there is a GPT */
};

struct __attribute__((packed)) mbr_entry {
	uint8_t status;
	uint8_t first_chs[3];
	uint8_t type;
	uint8_t last_chs[3];
	uint32_t first_sector;
	uint32_t sectors;
};
_Static_assert(sizeof(struct mbr_entry) == 16, "");

struct __attribute__((packed)) mbr {
	uint8_t boot_code[446];
	struct mbr_entry entry[MBR_ENTRIES];
	uint16_t signature;
};
_Static_assert(sizeof(struct mbr) == SECTOR, "");

/* GPT */
#define GPT_PRIMARY	  1 /* sector of the header */
#define GPT_SIGNATURE_BYTES 8
#define GPT_REVISION_1	  0x00010000
#define GPT_HEADER_BYTES  92
#define GPT_ENTRY_BYTES	  128
#define ENTRY_BYTES_MAX	  (1u << 20)
#define GUID_BYTES	  16
#define CRC32_POLYNOMIAL  0xedb88320 /* reflected */
#define CRC32_SEED	  0xffffffff

static const char gpt_signature[GPT_SIGNATURE_BYTES + 1] = "EFI PART";

struct __attribute__((packed)) gpt_header {
	uint8_t signature[GPT_SIGNATURE_BYTES];
	uint32_t revision;
	uint32_t header_bytes;
	uint32_t header_crc32; /* with this field 0 */
	uint32_t reserved;
	uint64_t my_sector;
	uint64_t other_sector; /* of the other header */
	uint64_t first_usable;
	uint64_t last_usable;
	uint8_t disk_guid[GUID_BYTES];
	uint64_t entries_sector;
	uint32_t entry_count;
	uint32_t entry_bytes;
	uint32_t entries_crc32;
};
_Static_assert(sizeof(struct gpt_header) == GPT_HEADER_BYTES, "");

struct gpt_entry {
	uint8_t type[GUID_BYTES]; /* all zero: unused */
	uint8_t guid[GUID_BYTES];
	uint64_t first_sector;
	uint64_t last_sector; /* inclusive */
	uint64_t attributes;
	uint16_t name[36];
};
_Static_assert(sizeof(struct gpt_entry) == GPT_ENTRY_BYTES, "");

/* Report a partition of at least one sector, after cutting it to the disk. */
static void
report(struct partition_scan *scan, unsigned number, uint64_t first_sector,
    uint64_t sectors)
{
	if (first_sector >= scan->sectors) {
		scan->warn(scan, number,
		    "begins beyond the disk's end; ignored");
		return;
	}
	if (sectors > scan->sectors - first_sector) {
		scan->warn(scan, number, "ends beyond the disk's end; cut off");
		sectors = scan->sectors - first_sector;
	}
	if (number > scan->max) {
		scan->warn(scan, number, "one too many for this disk; ignored");
		return;
	}
	kassert(scan->count < scan->max); /* (2): numbers rise */
	scan->found[scan->count++] =
	    (struct partition){number, first_sector, sectors};
}

/* ---- MBR ------------------------------------------------------------- */

static bool
is_extended(const struct mbr_entry *entry)
{
	return entry->type == MBR_EXTENDED ||
	    entry->type == MBR_EXTENDED_LBA ||
	    entry->type == MBR_EXTENDED_LINUX;
}

static bool
is_used(const struct mbr_entry *entry)
{
	return entry->type != MBR_EMPTY && entry->sectors != 0;
}

/* Was this sector the start of a chain already walked? */
static bool
is_seen(const uint32_t *seen, unsigned count, uint32_t sector)
{
	while (count-- > 0)
		if (seen[count] == sector)
			return true;
	return false;
}

/* Follow the chain of logical partitions that begins at the extended partition
 * at sector base.  *number: of the next logical partition.
 * Returns 0 or the error of read. */
static int
find_logical(struct partition_scan *scan, uint32_t base, unsigned *number)
{
	const struct mbr *ebr = scan->buf;
	uint32_t seen[CHAIN_MAX];
	uint32_t offset = 0; /* of this link from base */

	for (unsigned n = 0; n < CHAIN_MAX; n++) { /* (1) */
		const struct mbr_entry *data = &ebr->entry[0];
		const struct mbr_entry *link = &ebr->entry[1];
		uint64_t sector = (uint64_t)base + offset;
		int err;

		if (sector >= scan->sectors) {
			scan->warn(scan, 0,
			    "extended: the chain leads beyond the disk's end");
			return 0;
		}
		err = scan->read(scan, sector, 1, scan->buf);
		if (err != 0)
			return err;
		if (ebr->signature != MBR_SIGNATURE) {
			scan->warn(scan, 0,
			    "extended: a link has no signature");
			return 0;
		}
		if (is_used(data) && !is_extended(data))
			report(scan, (*number)++, sector + data->first_sector,
			    data->sectors);
		if (!is_used(link) || !is_extended(link))
			return 0;
		seen[n] = offset;
		offset = link->first_sector;
		if (is_seen(seen, n + 1, offset)) {
			scan->warn(scan, 0, "extended: the chain is a loop");
			return 0;
		}
	}
	scan->warn(scan, 0, "extended: the chain is too long");
	return 0;
}

/* Report the partitions of an MBR, whose entries are given. */
static int
find_mbr(struct partition_scan *scan, const struct mbr_entry *entries)
{
	unsigned logical = FIRST_LOGICAL;
	int err = 0;

	scan->kind = "MBR";
	for (unsigned i = 0; i < MBR_ENTRIES; i++) {
		const struct mbr_entry *e = &entries[i];

		if (!is_used(e))
			continue;
		report(scan, i + 1, e->first_sector, is_extended(e)
		    ? MIN(e->sectors, EXTENDED_SECTORS) : e->sectors);
	}
	for (unsigned i = 0; i < MBR_ENTRIES && err == 0; i++)
		if (is_used(&entries[i]) && is_extended(&entries[i]))
			err = find_logical(scan, entries[i].first_sector,
			    &logical);
	return err;
}

/* Is this sector a partition table, and not the boot sector of a file system
 * that ends with the same signature? */
static bool
is_mbr(const struct mbr *mbr)
{
	if (mbr->signature != MBR_SIGNATURE)
		return false;
	for (unsigned i = 0; i < MBR_ENTRIES; i++)
		if ((mbr->entry[i].status & ~MBR_ACTIVE) != 0)
			return false;
	return true;
}

/* ---- GPT ------------------------------------------------------------- */

/* Carry a CRC32 over bytes; starts with CRC32_SEED and ends inverted. */
static uint32_t
crc32_step(uint32_t crc, const void *data, size_t bytes)
{
	const uint8_t *p = data;

	while (bytes-- > 0) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) ? CRC32_POLYNOMIAL : 0);
	}
	return crc;
}

static uint32_t
crc32(const void *data, size_t bytes)
{
	return ~crc32_step(CRC32_SEED, data, bytes);
}

/* Check the header that was read from a sector; its CRC32 field is 0 then.
 * Returns NULL, or what is wrong with it. */
static const char *
check_header(const struct partition_scan *scan, struct gpt_header *h,
    uint64_t sector)
{
	uint32_t crc = h->header_crc32;

	if (memcmp(h->signature, gpt_signature, GPT_SIGNATURE_BYTES) != 0)
		return "GPT: the header has no signature";
	if (h->header_bytes < GPT_HEADER_BYTES || h->header_bytes > SECTOR)
		return "GPT: the header has an impossible length";
	h->header_crc32 = 0;
	if (crc32(h, h->header_bytes) != crc)
		return "GPT: the header's CRC32 is wrong";
	if (h->revision < GPT_REVISION_1)
		return "GPT: the header has an unknown revision";
	if (h->my_sector != sector)
		return "GPT: the header is not where it says";
	if (h->first_usable > h->last_usable ||
	    h->last_usable >= scan->sectors)
		return "GPT: the usable sectors are not inside the disk";
	if (h->entry_bytes < GPT_ENTRY_BYTES || h->entry_bytes > SECTOR ||
	    !IS_ALIGNED(h->entry_bytes, 8u) || h->entry_count == 0 ||
	    h->entry_count > ENTRY_BYTES_MAX / h->entry_bytes)
		return "GPT: number or size of entries is impossible"; /* (1) */
	if (h->entries_sector < 1 || h->entries_sector >= scan->sectors ||
	    (uint64_t)h->entry_count * h->entry_bytes >
	    (scan->sectors - h->entries_sector) * SECTOR)
		return "GPT: the entries are not inside the disk";
	return NULL;
}

/* Report the entry number of the table h, if it is in use. */
static void
report_entry(struct partition_scan *scan, const struct gpt_header *h,
    unsigned number, const struct gpt_entry *e)
{
	static const uint8_t unused[GUID_BYTES];

	if (memcmp(e->type, unused, GUID_BYTES) == 0)
		return;
	if (e->first_sector > e->last_sector ||
	    e->first_sector < h->first_usable ||
	    e->last_sector > h->last_usable)
		scan->warn(scan, number,
		    "is not inside the usable sectors; ignored");
	else
		report(scan, number, e->first_sector,
		    e->last_sector - e->first_sector + 1);
}

/* Go through the entries of the table h: their CRC32 in *crc; report: each that
 * is in use.  Returns 0 or the error of read. */
static int
walk_entries(struct partition_scan *scan, const struct gpt_header *h,
    bool reports, uint32_t *crc)
{
	uint64_t bytes = (uint64_t)h->entry_count * h->entry_bytes;
	uint32_t state = CRC32_SEED;
	uint8_t carried[SECTOR]; /* an entry that two reads share */
	uint32_t have = 0;	 /* bytes of it */
	unsigned number = 0;

	for (uint64_t at = 0; at < bytes; at += PARTITION_BUF_BYTES) {
		uint32_t n = (uint32_t)MIN(bytes - at, PARTITION_BUF_BYTES);
		const uint8_t *p = scan->buf;
		int err = scan->read(scan, h->entries_sector + at / SECTOR,
		    (n + SECTOR - 1) / SECTOR, scan->buf);

		if (err != 0)
			return err;
		state = crc32_step(state, p, n);
		while (n > 0) {
			uint32_t part = MIN(n, h->entry_bytes - have);
			struct gpt_entry e;

			memcpy(carried + have, p, part);
			p += part;
			n -= part;
			have += part;
			if (have < h->entry_bytes)
				break;
			have = 0;
			number++;
			memcpy(&e, carried, sizeof(e));
			if (reports)
				report_entry(scan, h, number, &e);
		}
	}
	*crc = ~state;
	return 0;
}

/* Read the table whose header is at a sector.  *problem: NULL, or what is wrong
 * with it; then nothing was reported.  Returns 0 or the error of read. */
static int
read_gpt(struct partition_scan *scan, uint64_t sector, const char **problem)
{
	struct gpt_header h;
	uint32_t crc;
	int err = scan->read(scan, sector, 1, scan->buf);

	if (err != 0)
		return err;
	*problem = check_header(scan, scan->buf, sector);
	if (*problem != NULL)
		return 0;
	memcpy(&h, scan->buf, sizeof(h));
	err = walk_entries(scan, &h, false, &crc);
	if (err == 0 && crc != h.entries_crc32)
		*problem = "GPT: the CRC32 of the entries is wrong";
	if (err != 0 || *problem != NULL)
		return err;
	scan->kind = "GPT";
	return walk_entries(scan, &h, true, &crc);
}

/* Read the primary table, or else the one at the disk's end. */
static int
find_gpt(struct partition_scan *scan)
{
	const char *problem = "GPT: the disk is too small";
	int err = 0;

	if (scan->sectors > GPT_PRIMARY + 1)
		err = read_gpt(scan, GPT_PRIMARY, &problem);
	if (err != 0)
		problem = "GPT: cannot be read";
	if (problem == NULL)
		return 0;
	scan->warn(scan, 0, problem);
	if (scan->sectors <= GPT_PRIMARY + 1)
		return err;
	err = read_gpt(scan, scan->sectors - 1, &problem);
	if (err == 0 && problem == NULL)
		scan->warn(scan, 0, "GPT: the backup at the end is used");
	else if (err == 0)
		scan->warn(scan, 0, "GPT: nor is the backup good; ignored");
	return err;
}

int
partition_find(struct partition_scan *scan)
{
	struct mbr_entry entries[MBR_ENTRIES];
	const struct mbr *mbr = scan->buf;
	int err = scan->read(scan, 0, 1, scan->buf);

	scan->count = 0;
	scan->kind = NULL;
	if (err != 0 || scan->max == 0 || !is_mbr(mbr))
		return err;
	memcpy(entries, mbr->entry, sizeof(entries)); /* buf is used again */
	for (unsigned i = 0; i < MBR_ENTRIES; i++)
		if (entries[i].type == MBR_PROTECTIVE)
			return find_gpt(scan);
	return find_mbr(scan, entries);
}
