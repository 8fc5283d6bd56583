/* symbols.c - names of the kernel's functions, from its own ELF symbol table.
 *
 * Layer: debug   Called by: backtrace.c, panic.c
 * Source: [ELF64] "Symbol Table"
 *
 * Two ways to find the function of an address: walk the whole table (always
 * works, also half-way through boot), or a binary search in an index sorted by
 * address, made once there is memory.
 * SPDX-License-Identifier: MIT */
#include "debug/symbols.h"

#include "debug/printk.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "x86/paging.h"

#define STT_NOTYPE 0 /* labels of assembly */
#define STT_FUNC   2
#define STT_MASK   0xf
#define SHN_UNDEF  0
#define SHN_ABS    0xfff1

struct elf_symbol {
	uint32_t st_name; /* offset into the strings */
	uint8_t st_info;  /* STT_ in the low four bits */
	uint8_t st_other;
	uint16_t st_shndx;
	uint64_t st_value;
	uint64_t st_size;
};
_Static_assert(sizeof(struct elf_symbol) == 24, "Elf64_Sym");

struct entry {
	uint32_t offset; /* of the function, from KERNEL_BASE */
	uint32_t index;  /* in the symbol table */
};

/* All [I] after symbols_init(). */
static const struct elf_symbol *symtab;
static size_t symbol_count;
static const char *strtab;
static size_t strtab_bytes;
static struct entry *sorted; /* NULL: none */
static size_t sorted_count;

/* A function or a label of the kernel's code, with a name in the table. */
static bool
is_function(const struct elf_symbol *sym)
{
	unsigned type = sym->st_info & STT_MASK;

	return (type == STT_FUNC || type == STT_NOTYPE) &&
	    sym->st_shndx != SHN_UNDEF && sym->st_shndx != SHN_ABS &&
	    sym->st_value >= (vaddr_t)text_start &&
	    sym->st_value < (vaddr_t)text_end && sym->st_name < strtab_bytes;
}

static const char *
symbol_name(const struct elf_symbol *sym)
{
	return strtab + sym->st_name;
}

void
symbols_set(const struct symbols_tables *tables)
{
	sorted_count = 0;
	symtab = tables->symtab;
	symbol_count = tables->symtab_bytes / sizeof(*symtab);
	strtab = tables->strtab;
	strtab_bytes = tables->strtab_bytes;
	if (strtab_bytes == 0 || strtab[strtab_bytes - 1] != '\0')
		symbol_count = 0; /* a name could run out of the table */
}

/* Shell's sort: short, and fast enough for a few thousand functions. */
static void
sort_entries(struct entry *e, size_t n)
{
	for (size_t gap = n / 2; gap > 0; gap /= 2) {
		for (size_t i = gap; i < n; i++) {
			struct entry x = e[i];
			size_t j = i;

			for (; j >= gap && e[j - gap].offset > x.offset;
			    j -= gap)
				e[j] = e[j - gap];
			e[j] = x;
		}
	}
}

/* Count, allocate, fill, sort. */
void
symbols_init(void)
{
	size_t n = 0;

	for (size_t i = 0; i < symbol_count; i++)
		n += is_function(&symtab[i]);
	if (n == 0 || (sorted = kmalloc(n * sizeof(*sorted))) == NULL)
		return;
	n = 0;
	for (size_t i = 0; i < symbol_count; i++)
		if (is_function(&symtab[i]))
			sorted[n++] = (struct entry){
			    symtab[i].st_value - KERNEL_BASE, i};
	sort_entries(sorted, n);
	sorted_count = n;
	pr_debug("symbols: %zu functions", n);
}

/* The last function that begins at or below va, by the index. */
static const struct elf_symbol *
search_sorted(vaddr_t va)
{
	size_t low = 0;
	size_t high = sorted_count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (KERNEL_BASE + sorted[mid].offset <= va)
			low = mid + 1;
		else
			high = mid;
	}
	return low > 0 ? &symtab[sorted[low - 1].index] : NULL;
}

/* The same by walking the table. */
static const struct elf_symbol *
search_table(vaddr_t va)
{
	const struct elf_symbol *best = NULL;

	for (size_t i = 0; i < symbol_count; i++) {
		const struct elf_symbol *sym = &symtab[i];

		if (is_function(sym) && sym->st_value <= va &&
		    (best == NULL || sym->st_value > best->st_value))
			best = sym;
	}
	return best;
}

const char *
symbol_lookup(vaddr_t va, size_t *offset)
{
	const struct elf_symbol *sym;

	if (va < (vaddr_t)text_start || va >= (vaddr_t)text_end)
		return NULL;
	sym = sorted_count != 0 ? search_sorted(va) : search_table(va);
	if (sym == NULL)
		return NULL;
	*offset = va - sym->st_value;
	return symbol_name(sym);
}

vaddr_t
symbol_find(const char *name)
{
	for (size_t i = 0; i < symbol_count; i++) {
		const struct elf_symbol *sym = &symtab[i];

		if (sym->st_shndx != SHN_UNDEF && sym->st_name < strtab_bytes &&
		    strcmp(symbol_name(sym), name) == 0)
			return sym->st_value;
	}
	return 0;
}

void
symbol_format(char *buf, size_t size, vaddr_t va)
{
	size_t offset;
	const char *name = symbol_lookup(va, &offset);

	if (name != NULL)
		snprintf(buf, size, "%s+0x%zx", name, offset);
	else
		snprintf(buf, size, "%#lx", va);
}
