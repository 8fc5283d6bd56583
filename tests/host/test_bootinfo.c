/* test_bootinfo.c - the boot loader's information, whole and damaged.
 *
 * Sources: kernel/x86/bootinfo.c
 *
 * Each damaged copy lies in memory of exactly its size, so that AddressSanitizer
 * sees every read beyond it.
 * SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>

#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "x86/bootinfo.h"

#define MUTANTS 20000

#define CHECK(expr)                                                         \
	do {                                                                \
		if (!(expr)) {                                              \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr);   \
			exit(1);                                            \
		}                                                           \
	} while (0)

static uint8_t image[4096] __attribute__((aligned(8)));
static size_t used;

static void
put32(uint32_t value)
{
	memcpy(image + used, &value, sizeof(value));
	used += sizeof(value);
}

static void
put64(uint64_t value)
{
	memcpy(image + used, &value, sizeof(value));
	used += sizeof(value);
}

static void
put_bytes(const void *bytes, size_t n)
{
	memcpy(image + used, bytes, n);
	used += n;
}

/* Begin a tag; end_tag() fills in its size. */
static size_t
begin_tag(uint32_t type)
{
	used = ALIGN_UP(used, (size_t)8);
	put32(type);
	put32(0);
	return used - 8;
}

static void
end_tag(size_t start)
{
	uint32_t size = (uint32_t)(used - start);

	memcpy(image + start + 4, &size, sizeof(size));
}

static void
put_section(uint32_t type, uint64_t addr, uint64_t size, uint32_t link)
{
	put32(0);
	put32(type);
	put64(0);
	put64(addr);
	put64(0);
	put64(size);
	put32(link);
	put32(0);
	put64(8);
	put64(24);
}

static void
build(void)
{
	size_t tag;
	uint32_t total;

	used = 8;
	tag = begin_tag(1);
	put_bytes("log=7 init=/bin/sh test=a test=b -- test=c", 43);
	end_tag(tag);
	tag = begin_tag(2);
	put_bytes("GRUB 2.06", 10);
	end_tag(tag);
	tag = begin_tag(3);
	put32(0x800000);
	put32(0x900000);
	put_bytes("/boot/initramfs.cpio", 21);
	end_tag(tag);
	tag = begin_tag(6);
	put32(24);
	put32(0);
	put64(0);
	put64(0x9fc00);
	put64(1);
	put64(0x100000);
	put64(0x7ee0000);
	put64(1);
	put64(0xfffc0000);
	put64(0x40000);
	put64(2);
	end_tag(tag);
	tag = begin_tag(8);
	put64(0x80000000);
	put32(4096);
	put32(1024);
	put32(768);
	put_bytes("\x20\x01\0\0\x10\x08\x08\x08\x00\x08", 10);
	end_tag(tag);
	tag = begin_tag(9);
	put32(3);
	put32(64);
	put32(0);
	put_section(0, 0, 0, 0);
	put_section(2, 0x110000, 4800, 2);
	put_section(3, 0x120000, 999, 0);
	end_tag(tag);
	tag = begin_tag(15);
	put_bytes("RSD PTR ...........................", 36);
	end_tag(tag);
	tag = begin_tag(0);
	end_tag(tag);
	total = (uint32_t)used;
	memcpy(image, &total, sizeof(total));
}

static void
check_whole(void)
{
	struct bootinfo b;
	char value[16];

	CHECK(bootinfo_parse(image, used, &b) == 0);
	CHECK(strcmp(b.loader, "GRUB 2.06") == 0);
	CHECK(b.module_count == 1 && b.modules[0].start == 0x800000);
	CHECK(b.modules[0].bytes == 0x100000);
	CHECK(strcmp(b.modules[0].name, "/boot/initramfs.cpio") == 0);
	CHECK(b.region_count == 3 && b.regions[1].usable && !b.regions[2].usable);
	CHECK(b.framebuffer.width == 1024 && b.framebuffer.red_shift == 16);
	CHECK(b.symbols.symtab == 0x110000 && b.symbols.strtab == 0x120000);
	CHECK(b.symbols.strtab_bytes == 999);
	CHECK(b.rsdp_present);
	CHECK(bootinfo_option(&b, "log", value, sizeof(value)) == value);
	CHECK(strcmp(value, "7") == 0);
	CHECK(bootinfo_option(&b, "test", value, sizeof(value)) == value);
	CHECK(strcmp(value, "b") == 0); /* the last, but not init's */
	CHECK(bootinfo_option(&b, "es", value, sizeof(value)) == NULL);
	CHECK(bootinfo_option(&b, "init", value, 4) == value);
	CHECK(strcmp(value, "/bi") == 0);
}

/* No end tag, a tag that claims too much, a size that lies. */
static void
check_refused(void)
{
	struct bootinfo b;
	uint32_t value = (uint32_t)used - 8;

	memcpy(image, &value, sizeof(value));
	CHECK(bootinfo_parse(image, used, &b) == -EINVAL);
	build();
	CHECK(bootinfo_parse(image, used - 1, &b) == -EINVAL);
	CHECK(bootinfo_parse(image, 4, &b) == -EINVAL);
	value = 4000;
	memcpy(image + 12, &value, sizeof(value));
	CHECK(bootinfo_parse(image, used, &b) == -EINVAL);
	value = 0;
	memcpy(image + 12, &value, sizeof(value));
	CHECK(bootinfo_parse(image, used, &b) == -EINVAL);
	build();
}

static void
check_mutant(void)
{
	struct bootinfo b;
	char value[16];
	size_t size = rand() % 8 == 0 ? (size_t)rand() % (used + 1) : used;
	uint8_t *copy = malloc(size > 0 ? size : 1);

	memcpy(copy, image, size);
	for (int i = rand() % 6; i >= 0 && size > 0; i--)
		copy[(size_t)rand() % size] = (uint8_t)(rand() % 4 ? rand() : 0xff);
	if (bootinfo_parse(copy, size, &b) == 0)
		CHECK(size >= 16);
	CHECK(b.module_count <= BOOT_MAX_MODULES);
	CHECK(b.region_count <= BOOT_MAX_REGIONS);
	CHECK(memchr(b.cmdline, 0, sizeof(b.cmdline)) != NULL);
	CHECK(memchr(b.loader, 0, sizeof(b.loader)) != NULL);
	bootinfo_option(&b, "test", value, sizeof(value));
	free(copy);
}

int
main(void)
{
	build();
	check_whole();
	check_refused();
	srand(1);
	for (int i = 0; i < MUTANTS; i++)
		check_mutant();
	return 0;
}
