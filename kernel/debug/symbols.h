/* symbols.h - names of the kernel's functions, from its own ELF symbol table.
 *
 * Layer: debug   Called by: backtrace.c, panic.c, /proc, traces
 * Source: [ELF64] "Symbol Table"; [MB2] 3.6.7 "ELF-Symbols"
 *
 * GRUB leaves .symtab and .strtab in memory and says where.  Until
 * symbols_init() a lookup walks the table; afterwards it is sorted.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Where the tables are.  Needs no memory allocator.  Neither is copied: the
 * memory must stay (bootinfo reserves it).  May be called with no tables. */
struct symbols_tables {
	const void *symtab;
	size_t symtab_bytes;
	const char *strtab;
	size_t strtab_bytes;
};
void symbols_set(const struct symbols_tables *tables);

/* Sort the functions for fast lookup.  Takes memory of 8 bytes per function;
 * without it lookups stay slow. */
void symbols_init(void);

/* The function that contains va: its name, and how far into it in *offset.
 * NULL: not known.  Any context. */
const char *symbol_lookup(vaddr_t va, size_t *offset);

/* The address of the symbol of that name, or 0. */
vaddr_t symbol_find(const char *name);

/* "function+0x12" or the bare address, into buf.  Any context. */
void symbol_format(char *buf, size_t size, vaddr_t va);
