/* test_partition.c - partition tables, whole, damaged and hostile.
 *
 * Sources: kernel/drivers/block/partition.c
 *
 * The judge of whole tables is sfdisk: random tables that it has made must be
 * read as it reads them itself.  Where it is not installed, only the tables
 * made here are looked at.  For damaged ones this is fixed: the search ends
 * after a bounded number of reads, reads nothing beyond the disk, and what it
 * finds is inside the disk, with rising numbers.
 * SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/block/partition.h"

#define SECTOR	    512
#define SECTORS	    65536 /* 32 MiB */
#define MAX	    15
#define MUTANTS	    5000
#define TABLES	    30
#define READS_MAX   1200 /* 128 links, or 2 x 2 x 256 pieces of entries */
#define NAME	    "partition.img"

#define CHECK(expr)                                                         \
	do {                                                                \
		if (!(expr)) {                                              \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr);   \
			exit(1);                                            \
		}                                                           \
	} while (0)

static uint8_t disk[SECTORS * SECTOR];
static uint64_t disk_sectors = SECTORS;
static unsigned reads;
static uint64_t bad_sector; /* cannot be read; 0: none */
static char warnings[8192];

static struct partition found[MAX];
static struct partition_scan scan;

static uint32_t random_state = 1;

static uint32_t
next_random(uint32_t below)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % below;
}

static int
read_disk(struct partition_scan *s, uint64_t sector, unsigned count, void *buf)
{
	CHECK(s == &scan && buf == s->buf);
	CHECK(count > 0 && count * SECTOR <= PARTITION_BUF_BYTES);
	CHECK(sector < disk_sectors && count <= disk_sectors - sector);
	CHECK(++reads <= READS_MAX);
	if (bad_sector != 0 && bad_sector >= sector &&
	    bad_sector < sector + count)
		return -EIO;
	memcpy(buf, disk + sector * SECTOR, count * SECTOR);
	return 0;
}

static void
note_warning(struct partition_scan *s, unsigned number, const char *text)
{
	size_t used = strlen(warnings);

	CHECK(s == &scan && number <= ~0u);
	snprintf(warnings + used, sizeof(warnings) - used, "%u: %s\n", number,
	    text);
}

/* Find the partitions, and check what always holds. */
static int
find(unsigned max)
{
	void *buf = malloc(PARTITION_BUF_BYTES); /* for the sanitizer's eyes */
	int err;

	reads = 0;
	warnings[0] = '\0';
	scan = (struct partition_scan){.read = read_disk, .warn = note_warning,
	    .sectors = disk_sectors, .buf = buf, .found = found, .max = max};
	err = partition_find(&scan);
	free(buf);
	CHECK(err == 0 || (err == -EIO && bad_sector != 0));
	CHECK(scan.count <= max);
	for (unsigned i = 0; i < scan.count; i++) {
		CHECK(found[i].number >= 1 && found[i].number <= max);
		CHECK(i == 0 || found[i].number > found[i - 1].number);
		CHECK(found[i].sectors > 0);
		CHECK(found[i].first_sector < disk_sectors);
		CHECK(found[i].sectors <= disk_sectors - found[i].first_sector);
	}
	return err;
}

static bool
warned(const char *text)
{
	return strstr(warnings, text) != NULL;
}

/* ---- Tables made here -------------------------------------------------- */

static void
put(size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		disk[at + i] = (uint8_t)(value >> 8 * i);
}

static void
put_mbr_entry(uint64_t sector, unsigned i, uint8_t type, uint32_t first,
    uint32_t sectors)
{
	size_t at = sector * SECTOR + 446 + i * 16;

	memset(disk + at, 0, 16);
	put(at + 4, type, 1);
	put(at + 8, first, 4);
	put(at + 12, sectors, 4);
	put(sector * SECTOR + 510, 0xaa55, 2);
}

/* Forget the last table: all tables here are at the disk's ends. */
static void
clear_disk(void)
{
	memset(disk, 0, 7000 * SECTOR);
	memset(disk + sizeof(disk) - 64 * SECTOR, 0, 64 * SECTOR);
}

static void
make_mbr(void)
{
	clear_disk();
	put_mbr_entry(0, 0, 0x83, 64, 1000);
	put_mbr_entry(0, 2, 0x05, 2048, 40000);
	put_mbr_entry(0, 3, 0x82, 50000, 1000);
	put_mbr_entry(2048, 0, 0x83, 64, 500);
	put_mbr_entry(2048, 1, 0x05, 4096, 3000);
	put_mbr_entry(2048 + 4096, 0, 0x83, 32, 600);
	put_mbr_entry(2048 + 4096, 1, 0x05, 1024, 2000); /* back */
	put_mbr_entry(2048 + 1024, 0, 0x83, 16, 700);
}

/* CRC32 of [UEFI], written in another way than the kernel's. */
static uint32_t
crc(const uint8_t *p, size_t n)
{
	uint32_t c = 0;

	for (size_t i = 0; i < n * 8 + 32; i++) {
		uint32_t bit = i < n * 8 ? p[i / 8] >> i % 8 & 1 : 0;
		uint32_t out = c >> 31;

		if (i < 32)
			bit ^= 1;
		c = c << 1 | bit;
		if (out)
			c ^= 0x04c11db7;
	}
	uint32_t reflected = 0;

	for (int i = 0; i < 32; i++)
		reflected |= (c >> i & 1) << (31 - i);
	return ~reflected;
}

static void
put_gpt_header(uint64_t at, uint64_t other, uint64_t entries, uint32_t count,
    uint32_t bytes)
{
	size_t h = at * SECTOR;

	memcpy(disk + h, "EFI PART", 8);
	put(h + 8, 0x10000, 4);
	put(h + 12, 92, 4);
	put(h + 24, at, 8);
	put(h + 32, other, 8);
	put(h + 40, 34, 8);
	put(h + 48, disk_sectors - 34, 8);
	put(h + 72, entries, 8);
	put(h + 80, count, 4);
	put(h + 84, bytes, 4);
}

static void
seal_gpt(uint64_t at, uint64_t entries, size_t bytes)
{
	size_t h = at * SECTOR;

	put(h + 88, crc(disk + entries * SECTOR, bytes), 4);
	put(h + 16, 0, 4);
	put(h + 16, crc(disk + h, 92), 4);
}

/* A GPT with entries of so many bytes; those in use are 1, 2 and 7. */
static void
make_gpt(uint32_t entry_bytes)
{
	uint32_t count = 128 * 128 / entry_bytes;
	uint64_t backup = disk_sectors - 33;
	static const unsigned used[] = {0, 1, 6};

	clear_disk();
	put_mbr_entry(0, 0, 0xee, 1, SECTORS - 1);
	for (unsigned i = 0; i < 3; i++) {
		size_t e = 2 * SECTOR + used[i] * entry_bytes;

		memset(disk + e, 0x5a, 32);
		put(e + 32, 64 + i * 8000, 8);
		put(e + 40, 64 + i * 8000 + 999 + i, 8);
	}
	memcpy(disk + backup * SECTOR, disk + 2 * SECTOR, 128 * 128);
	put_gpt_header(1, disk_sectors - 1, 2, count, entry_bytes);
	put_gpt_header(disk_sectors - 1, 1, backup, count, entry_bytes);
	seal_gpt(1, 2, (size_t)count * entry_bytes);
	seal_gpt(disk_sectors - 1, backup, (size_t)count * entry_bytes);
}

static bool
is(unsigned i, unsigned number, uint64_t first, uint64_t sectors)
{
	return i < scan.count && found[i].number == number &&
	    found[i].first_sector == first && found[i].sectors == sectors;
}

static void
check_gpt(void)
{
	find(MAX);
	CHECK(scan.count == 3 && strcmp(scan.kind, "GPT") == 0);
	CHECK(is(0, 1, 64, 1000) && is(1, 2, 8064, 1001));
	CHECK(is(2, 7, 16064, 1002));
}

static void
test_mbr(void)
{
	memset(disk, 0, sizeof(disk));
	find(MAX);
	CHECK(scan.count == 0 && scan.kind == NULL && warnings[0] == '\0');

	make_mbr();
	find(MAX);
	CHECK(scan.count == 6 && strcmp(scan.kind, "MBR") == 0);
	CHECK(warnings[0] == '\0');
	CHECK(is(0, 1, 64, 1000) && is(1, 3, 2048, 2) && is(2, 4, 50000, 1000));
	CHECK(is(3, 5, 2048 + 64, 500) && is(4, 6, 2048 + 4096 + 32, 600));
	CHECK(is(5, 7, 2048 + 1024 + 16, 700));
	find(5);
	CHECK(scan.count == 4 && warned("6: one too many"));
	find(0);
	CHECK(scan.count == 0);

	/* A boot sector of FAT has the signature, and text there. */
	make_mbr();
	memset(disk + 446, 'x', 64);
	find(MAX);
	CHECK(scan.count == 0 && scan.kind == NULL);
}

static void
test_bad_mbr(void)
{
	make_mbr();
	put_mbr_entry(2048 + 1024, 1, 0x0f, 4096, 10);
	find(MAX);
	CHECK(scan.count == 6 && warned("is a loop"));
	put_mbr_entry(2048 + 1024, 1, 0x0f, 0, 10); /* to the first link */
	find(MAX);
	CHECK(scan.count == 6 && warned("is a loop"));
	put_mbr_entry(2048 + 1024, 1, 0x0f, 0xffffffff, 10);
	find(MAX);
	CHECK(scan.count == 6 && warned("leads beyond"));
	put_mbr_entry(2048 + 1024, 1, 0x0f, 9, 10);
	find(MAX);
	CHECK(scan.count == 6 && warned("no signature"));

	make_mbr();
	put_mbr_entry(0, 0, 0x83, SECTORS - 10, 11);
	put_mbr_entry(0, 3, 0x83, SECTORS, 1);
	put_mbr_entry(2048 + 4096, 0, 0x83, 0xffffffff, 0xffffffff);
	find(MAX);
	CHECK(is(0, 1, SECTORS - 10, 10) && warned("1: ends beyond"));
	CHECK(warned("4: begins beyond") && warned("6: begins beyond"));
	CHECK(scan.count == 4);

	/* A chain without an end. */
	make_mbr();
	for (uint32_t i = 0; i < 300; i++) {
		put_mbr_entry(2048 + i, 0, 0, 0, 0);
		put_mbr_entry(2048 + i, 1, 5, i + 1, 1);
	}
	find(MAX);
	CHECK(warned("too long"));

	make_mbr();
	bad_sector = 2048 + 4096;
	CHECK(find(MAX) == -EIO && scan.count == 4);
	bad_sector = 0;
}

static void
test_gpt(void)
{
	make_gpt(128);
	check_gpt();
	CHECK(warnings[0] == '\0');
	make_gpt(256);
	check_gpt();
	make_gpt(512);
	check_gpt();
	make_gpt(136); /* 128 divides neither a sector nor a page */
	check_gpt();
	CHECK(warnings[0] == '\0');

	make_gpt(128);
	put(2 * SECTOR + 6 * 128 + 40, SECTORS, 8);
	put(2 * SECTOR + 128 + 32, 1, 8);
	seal_gpt(1, 2, 128 * 128);
	find(MAX);
	CHECK(scan.count == 1 && is(0, 1, 64, 1000));
	CHECK(warned("2: is not inside") && warned("7: is not inside"));
}

/* Damage the primary table in each way that is checked: the backup is used.
 * Then the backup as well: no partitions. */
static void
test_bad_gpt(void)
{
	static const struct {
		size_t at;
		uint64_t value;
		size_t bytes;
		bool seals;
		const char *warning;
	} damage[] = {
	    {0, 'X', 1, true, "no signature"},
	    {8, 1, 4, true, "unknown revision"},
	    {12, 91, 4, true, "impossible length"},
	    {12, 513, 4, true, "impossible length"},
	    {12, 0xffffffff, 4, true, "impossible length"},
	    {16, 1, 4, false, "header's CRC32"},
	    {24, 2, 8, true, "not where it says"},
	    {40, SECTORS, 8, true, "not inside the disk"},
	    {48, SECTORS, 8, true, "usable sectors are not"},
	    {48, 33, 8, true, "usable sectors are not"},
	    {72, SECTORS - 5, 8, true, "entries are not inside"},
	    {72, UINT64_MAX, 8, true, "entries are not inside"},
	    {72, 0, 8, true, "entries are not inside"},
	    {80, 0, 4, true, "is impossible"},
	    {80, 0xffffffff, 4, true, "is impossible"},
	    {84, 0, 4, true, "is impossible"},
	    {84, 120, 4, true, "is impossible"},
	    {84, 129, 4, true, "is impossible"},
	    {84, 0xffffff80, 4, true, "is impossible"},
	    {88, 1, 4, false, "header's CRC32"},
	    {SECTOR + 5, 9, 1, false, "CRC32 of the entries"},
	};

	for (size_t i = 0; i < sizeof(damage) / sizeof(*damage); i++) {
		make_gpt(128);
		put(SECTOR + damage[i].at, damage[i].value, damage[i].bytes);
		if (damage[i].seals) {
			put(SECTOR + 16, 0, 4);
			put(SECTOR + 16, crc(disk + SECTOR, 92), 4);
		}
		check_gpt();
		CHECK(warned(damage[i].warning) && warned("backup at the end"));
		disk[sizeof(disk) - SECTOR] = 'x';
		find(MAX);
		CHECK(scan.count == 0 && warned("nor is the backup"));
	}
	make_gpt(128);
	bad_sector = 1;
	check_gpt();
	CHECK(warned("cannot be read"));
	bad_sector = 0;
	for (disk_sectors = 1; disk_sectors < 5; disk_sectors++) {
		find(MAX);
		CHECK(scan.count == 0);
	}
	disk_sectors = SECTORS;
}

/* Damage a few bytes anywhere that matters; half of the GPTs are sealed again,
 * so that the damage is believed. */
static void
test_mutants(void)
{
	static const uint8_t interesting[] = {0, 1, 5, 0x0f, 0x7f, 0x80, 0x83,
	    0xee, 0xff};
	static const uint32_t gpt_sectors[] = {0, 1, 1, 2, 2, 3, SECTORS - 1,
	    SECTORS - 33};
	static const uint32_t mbr_sectors[] = {0, 2048, 2048 + 4096,
	    2048 + 1024};

	for (unsigned m = 0; m < MUTANTS; m++) {
		bool gpt = m % 2 != 0;

		/* Making the table is most of the time: keep the damage for
		 * some rounds. */
		if (m % 16 < 2 && gpt)
			make_gpt(128);
		else if (m % 16 < 2)
			make_mbr();
		for (unsigned n = 1 + next_random(4); n > 0; n--) {
			uint32_t sector = gpt ? gpt_sectors[next_random(8)]
			    : mbr_sectors[next_random(4)];
			uint32_t at = gpt ? next_random(128)
			    : 446 + next_random(66);

			disk[sector * SECTOR + at] =
			    interesting[next_random(sizeof(interesting))];
		}
		if (gpt && next_random(2) != 0) {
			put(510, 0xaa55, 2);
			put_mbr_entry(0, 0, 0xee, 1, 1);
			memcpy(disk + SECTOR, "EFI PART", 8);
			put(SECTOR + 12, 92, 4);
			seal_gpt(1, 2, 128 * 128);
		}
		find(1 + next_random(MAX));
	}
}

/* ---- Tables made by sfdisk --------------------------------------------- */

static void
load_image(void)
{
	FILE *f = fopen(NAME, "rb");

	CHECK(f != NULL);
	CHECK(fread(disk, SECTOR, SECTORS, f) == SECTORS);
	fclose(f);
}

static void
store_image(void)
{
	FILE *f = fopen(NAME, "wb");

	CHECK(f != NULL);
	CHECK(fwrite(disk, SECTOR, SECTORS, f) == SECTORS);
	fclose(f);
}

/* Compare what was found with sfdisk's answer for the image. */
static void
compare_with_sfdisk(void)
{
	FILE *f = popen("sfdisk -d " NAME " 2>/dev/null", "r");
	unsigned n = 0;
	char line[512];

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f) != NULL) {
		unsigned number;
		unsigned long first;
		unsigned long sectors;
		char type[64];

		if (sscanf(line,
		    NAME "%u : start= %lu, size= %lu, type=%63[^, \n]",
		    &number, &first, &sectors, type) != 4)
			continue;
		if (strcmp(type, "5") == 0 || strcmp(type, "f") == 0)
			sectors = 2;
		CHECK(is(n, number, first, sectors));
		n++;
	}
	pclose(f);
	CHECK(n == scan.count && n > 0);
}

static void
sfdisk(const char *script)
{
	FILE *f = popen("sfdisk -q --wipe never " NAME, "w");

	CHECK(f != NULL);
	CHECK(fputs(script, f) >= 0);
	CHECK(pclose(f) == 0);
}

static void
test_sfdisk(void)
{
	for (unsigned t = 0; t < TABLES; t++) {
		bool gpt = t % 2 != 0;
		unsigned parts = 1 + next_random(gpt ? 10 : 3);
		bool extended = !gpt && t % 4 == 0;
		char script[2048];
		size_t used;

		memset(disk, 0, sizeof(disk));
		store_image();
		used = (size_t)sprintf(script, "label: %s\n",
		    gpt ? "gpt" : "dos");
		for (unsigned i = 0; i < parts; i++)
			used += (size_t)sprintf(script + used,
			    "start=%u, size=%u\n", 2048 + i * 4096 +
			    next_random(1000), 1 + next_random(3000));
		if (extended) {
			used += (size_t)sprintf(script + used,
			    "start=%u, size=%u, type=%s\n", 20000,
			    30000 + next_random(10000), t % 8 ? "5" : "f");
			for (unsigned i = next_random(6); i > 0; i--)
				used += (size_t)sprintf(script + used,
				    "size=%u\n", 100 + next_random(2000));
		}
		sfdisk(script);
		load_image();
		find(MAX);
		CHECK(warnings[0] == '\0');
		compare_with_sfdisk();
		if (gpt) {
			memset(disk + SECTOR, 0, 100);
			store_image();
			find(MAX);
			compare_with_sfdisk();
		}
	}
}

int
main(void)
{
	char folder[] = "/tmp/nestling-partition-XXXXXX";

	test_mbr();
	test_bad_mbr();
	test_gpt();
	test_bad_gpt();
	test_mutants();
	if (system("command -v sfdisk >/dev/null") != 0)
		return 0;
	CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
	test_sfdisk();
	CHECK(unlink(NAME) == 0 && rmdir(folder) == 0);
	return 0;
}
