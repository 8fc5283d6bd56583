/* bootinfo.h - what the boot loader told us, in our own words.
 *
 * Layer: x86   Called by: main, mm (memory map), fs (modules), debug (symbols),
 *              drivers (framebuffer)
 *
 * The multiboot2 information is parsed once, bounds-checked, into struct
 * bootinfo, so that nobody else sees the loader's format.
 * Source: [MB2] 3.6 "Boot information format"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define BOOT_MAX_REGIONS 64
#define BOOT_MAX_MODULES 8
#define BOOT_CMDLINE_MAX 1024

struct boot_region {
	paddr_t start;
	uint64_t bytes;
	bool usable; /* free RAM, else reserved */
};

struct boot_module {
	paddr_t start;
	uint64_t bytes;
	char name[32];
};

/* A linear framebuffer; bytes_per_line 0: there is none. */
struct boot_framebuffer {
	paddr_t start;
	uint32_t bytes_per_line;
	uint32_t width;
	uint32_t height;
	uint8_t bits_per_pixel;
	uint8_t red_shift;
	uint8_t green_shift;
	uint8_t blue_shift;
};

/* The kernel's symbol table and its strings, loaded by GRUB. */
struct boot_symbols {
	paddr_t symtab;
	uint64_t symtab_bytes;
	paddr_t strtab;
	uint64_t strtab_bytes;
};

struct bootinfo {
	char cmdline[BOOT_CMDLINE_MAX];
	char loader[32];
	unsigned region_count;
	struct boot_region regions[BOOT_MAX_REGIONS];
	unsigned module_count;
	struct boot_module modules[BOOT_MAX_MODULES];
	struct boot_framebuffer framebuffer;
	bool vga_text; /* the loader left a text mode on */
	struct boot_symbols symbols;
	bool rsdp_present;
	uint8_t rsdp_copy[36]; /* ACPI's root pointer, as the loader found it */
};

extern struct bootinfo bootinfo; /* [I] after bootinfo_parse() */

/* Parse the multiboot2 information of size bytes at info into *out.
 * Returns 0; -EINVAL: damaged, *out holds what came before the damage.
 * Pure: compiled and fuzzed on the host too. */
int bootinfo_parse(const void *info, size_t size, struct bootinfo *out);

/* Value of "name=value" on the command line, copied to buf[size]; NULL if name is
 * not there.  Words behind "--" belong to init and are not looked at. */
const char *bootinfo_option(const struct bootinfo *info, const char *name,
    char *buf, size_t size);
