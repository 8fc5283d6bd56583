/* paging.h - page-table entries and the layout of the address space.
 *
 * Layer: x86   Called by: mm, x86, virt
 *
 *	0000_0000_0000_0000  user programs
 *	0000_7fff_ffff_f000  USER_TOP
 *	ffff_8000_0000_0000  DIRECT_BASE: all physical memory, 2 MiB pages, NX
 *	ffff_c000_0000_0000  VMAP_BASE: kernel stacks, device registers
 *	ffff_ffff_8000_0000  KERNEL_BASE: the kernel image, 4 KiB pages, W^X
 *
 * Source: [SDM3] 4.5 "4-Level Paging and 5-Level Paging"
 * SPDX-License-Identifier: MIT */
#pragma once

#define DIRECT_BASE 0xffff800000000000
#define VMAP_BASE   0xffffc00000000000
#define VMAP_END    0xffffd00000000000
#define KERNEL_BASE 0xffffffff80000000
#define USER_TOP    0x00007ffffffff000

#ifndef __ASSEMBLER__

#include "lib/bits.h"

typedef uint64_t pte_t;

#define PTE_P    BIT(0) /* present */
#define PTE_W    BIT(1) /* writable */
#define PTE_U    BIT(2) /* user */
#define PTE_PWT  BIT(3)
#define PTE_PCD  BIT(4) /* cache disable */
#define PTE_A    BIT(5) /* accessed */
#define PTE_D    BIT(6) /* dirty */
#define PTE_PS   BIT(7) /* large page, in levels 2 and 3 */
#define PTE_G    BIT(8) /* global */
#define PTE_SW0  BIT(9)  /* ignored by the CPU: free for us */
#define PTE_SW1  BIT(10)
#define PTE_SW2  BIT(11)
#define PTE_NX   BIT(63)
#define PTE_ADDR 0x000ffffffffff000ULL

#define PTES_PER_TABLE  512
#define PT_LEVELS       4
#define LARGE_PAGE_SIZE ((size_t)1 << 21)

/* Index into the table of level (1 to 4) for va. */
static inline unsigned
pt_index(vaddr_t va, unsigned level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PTES_PER_TABLE - 1);
}

static inline bool
va_is_canonical(vaddr_t va)
{
	return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

/* Page-fault error code.  Source: [SDM3] 4.7 "Page-Fault Exceptions" */
#define PF_PRESENT BIT(0)
#define PF_WRITE   BIT(1)
#define PF_USER    BIT(2)
#define PF_RSVD    BIT(3)
#define PF_FETCH   BIT(4)

static inline void
invlpg(vaddr_t va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

static inline void *
pa_to_va(paddr_t pa)
{
	return (void *)(pa + DIRECT_BASE);
}

/* va: inside the direct map. */
static inline paddr_t
va_to_pa(const void *va)
{
	return (paddr_t)va - DIRECT_BASE;
}

/* The level-4 table that boot.S made: kernel half only, shared by all. */
extern pte_t boot_pml4[PTES_PER_TABLE];

/* Bounds of the kernel image, from kernel.ld, as virtual addresses. */
extern char kernel_start[], kernel_end[];
extern char text_start[], text_end[], rodata_start[], rodata_end[];
extern char data_start[], data_end[];
extern char boot_stack_top[];

static inline paddr_t
image_to_pa(const void *va)
{
	return (paddr_t)va - KERNEL_BASE;
}

#endif /* __ASSEMBLER__ */
