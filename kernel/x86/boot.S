/* boot.S - from GRUB's hand-over to the first line of C.
 *
 * Layer: x86   Called by: GRUB (multiboot2), at physical address, in 32-bit mode
 *
 * GRUB leaves protected mode without paging, EAX = the magic number, EBX = the
 * boot information.  Here: build page tables, enter long mode, jump to the high
 * half, call kernel_main(boot information).
 *
 *	pml4[0]    -> pdpt_low  -> pd_low[4]  4 GiB one to one, 2 MiB pages
 *	pml4[256]  -> pdpt_low                the direct map, NX; mm_init() makes
 *	                                      the final one
 *	pml4[511]  -> pdpt_high[510] -> pd_image[1] -> pt_image   the image, W^X
 *	              pdpt_high[511] -> pd_fixmap[511] -> pt_fixmap  (fixmap.c)
 *
 * Symbols are linked high; PHYS() is where they are before paging.
 * Source: [MB2] 3.3 "I386 machine state", [SDM3] 9.8.5 "Initializing IA-32e Mode"
 * SPDX-License-Identifier: MIT */

#include "x86/cpu.h"
#include "x86/paging.h"

#define TRAMPOLINE_CS32  0x18
#define LARGE_PAGE_BYTES 0x200000

#define PHYS(sym) ((sym) - KERNEL_BASE)

#define MB2_MAGIC       0xe85250d6
#define MB2_ARCH_I386   0
#define MB2_BOOT_MAGIC  0x36d76289
#define MB2_TAG_END     0
#define MB2_TAG_ALIGN   6
#define MB2_OPTIONAL    1

#define CR0_PE  (1 << 0)
#define CR0_WP_BIT (1 << 16)
#define CR0_PG_BIT (1 << 31)
#define CR4_PAE (1 << 5)
#define CR4_PGE_BIT (1 << 7)
#define EFER_MSR 0xc0000080
#define EFER_SCE_BIT (1 << 0)
#define EFER_LME_BIT (1 << 8)
#define EFER_NXE_BIT (1 << 11)

#define PT_P   (1 << 0)
#define PT_W   (1 << 1)
#define PT_PS  (1 << 7)
#define PT_G   (1 << 8)
#define PT_NX_HIGH (1 << 31)	/* bit 63, in the upper half of an entry */

#define BOOT_STACK_SIZE 16384

	.cfi_sections .debug_frame

	.section .multiboot2, "a"
	.balign 8
mb2_header:
	.long MB2_MAGIC
	.long MB2_ARCH_I386
	.long mb2_header_end - mb2_header
	.long -(MB2_MAGIC + MB2_ARCH_I386 + (mb2_header_end - mb2_header))
	/* Modules on page boundaries.  No framebuffer is asked for: GRUB would
	 * leave VGA's text mode for it.  Under UEFI it hands one over anyway. */
	.balign 8
	.short MB2_TAG_ALIGN, MB2_OPTIONAL
	.long 8
	.balign 8
	.short MB2_TAG_END, 0
	.long 8
mb2_header_end:

	.text
	.code32
	.globl boot_entry
boot_entry:
	cli
	cld
	movl $PHYS(boot_stack_top), %esp
	movl %ebx, %ebp				/* Keep: cpuid clobbers EBX. */
	cmpl $MB2_BOOT_MAGIC, %eax
	movl $PHYS(message_loader), %esi
	jne boot_fail

	/* Long mode and NX are what we cannot do without. */
	movl $0x80000000, %eax
	cpuid
	movl $PHYS(message_cpu), %esi
	cmpl $0x80000001, %eax
	jb boot_fail
	movl $0x80000001, %eax
	cpuid
	btl $29, %edx				/* LM */
	jnc boot_fail
	btl $20, %edx				/* NX */
	jnc boot_fail

	call boot_tables
	call boot_long_mode
	ljmp $KERNEL_CS, $PHYS(boot_64)

/* Fill the tables; the upper levels are static. */
boot_tables:
	movl $(PHYS(pdpt_low) + PT_P + PT_W), %eax
	movl %eax, PHYS(boot_pml4)
	movl %eax, PHYS(boot_pml4) + 256 * 8
	movl $PT_NX_HIGH, PHYS(boot_pml4) + 256 * 8 + 4
	movl $(PHYS(pdpt_high) + PT_P + PT_W), PHYS(boot_pml4) + 511 * 8
	movl $(PHYS(pd_image) + PT_P + PT_W), PHYS(pdpt_high) + 510 * 8
	movl $(PHYS(pd_fixmap) + PT_P + PT_W), PHYS(pdpt_high) + 511 * 8
	movl $(PHYS(pt_image) + PT_P + PT_W), PHYS(pd_image) + 8
	movl $(PHYS(boot_pt_fixmap) + PT_P + PT_W), PHYS(pd_fixmap) + 511 * 8

	movl $4, %ecx				/* pdpt_low: 4 directories */
	movl $PHYS(pdpt_low), %edi
	movl $(PHYS(pd_low) + PT_P + PT_W), %eax
1:	movl %eax, (%edi)
	addl $4096, %eax
	addl $8, %edi
	loop 1b

	movl $2048, %ecx			/* pd_low: 4 GiB in 2 MiB pages */
	movl $PHYS(pd_low), %edi
	movl $(PT_P + PT_W + PT_PS), %eax
1:	movl %eax, (%edi)
	addl $LARGE_PAGE_BYTES, %eax
	addl $8, %edi
	loop 1b

	/* The image: text R-X, rodata R--, data and bss RW-. */
	movl $PHYS(kernel_start), %eax
	movl $PHYS(pt_image), %edi
1:	movl %eax, %edx
	orl $(PT_P + PT_G), %edx
	cmpl $PHYS(text_end), %eax
	jb 3f
	cmpl $PHYS(data_start), %eax
	jb 2f
	orl $PT_W, %edx
2:	movl $PT_NX_HIGH, 4(%edi)
3:	movl %edx, (%edi)
	addl $4096, %eax
	addl $8, %edi
	cmpl $PHYS(kernel_end), %eax
	jb 1b
	ret

/* Switch to long mode (compatibility submode until the far jump).  Also used by
 * the other CPUs, from trampoline.S. */
boot_long_mode:
	movl %cr4, %eax
	orl $(CR4_PAE + CR4_PGE_BIT), %eax
	movl %eax, %cr4
	movl $PHYS(boot_pml4), %eax
	movl %eax, %cr3
	movl $EFER_MSR, %ecx
	rdmsr
	orl $(EFER_SCE_BIT + EFER_LME_BIT + EFER_NXE_BIT), %eax
	wrmsr
	movl %cr0, %eax
	orl $(CR0_PG_BIT + CR0_WP_BIT + CR0_PE), %eax
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_pointer)
	ret

/* Say why we cannot start, on the serial port and the VGA screen.
 * ESI: message. */
boot_fail:
	movl $0xb8000, %edi
1:	lodsb
	testb %al, %al
	jz 2f
	movb $0x4f, %ah				/* white on red */
	stosw
	movw $0x3f8, %dx
	outb %al, %dx
	movl $10000, %ecx			/* time to send it */
3:	loop 3b
	jmp 1b
2:	cli
	hlt
	jmp 2b

	.code64
boot_64:
	movabsq $boot_high, %rax
	jmp *%rax
boot_high:
	movl $KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movabsq $boot_stack_top, %rsp
	movl %ebp, %edi				/* zero-extends */
	xorl %ebp, %ebp				/* ends the backtrace */
	.cfi_startproc				/* and GDB's */
	.cfi_undefined rip
	call kernel_main
	ud2
	.cfi_endproc

/* ---- Trampoline: the other CPUs start here, in real mode ----
 * smp.c copies it to a page below 1 MiB; CS = page << 8, IP = 0. */
	.globl trampoline_start, trampoline_end
	.code16
trampoline_start:
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl (trampoline_gdt_pointer - trampoline_start)
	movl %cr0, %eax
	orb $CR0_PE, %al
	movl %eax, %cr0
	ljmpl $TRAMPOLINE_CS32, $PHYS(trampoline_32)
	.balign 8
trampoline_gdt_pointer:
	.short boot_gdt_end - boot_gdt - 1
	.long PHYS(boot_gdt)
trampoline_end:

	.code32
trampoline_32:
	movw $KERNEL_DS, %ax
	movw %ax, %ds
	movw %ax, %es
	movw %ax, %ss
	movl $PHYS(boot_stack_top), %esp	/* idle by now */
	call boot_long_mode
	ljmp $KERNEL_CS, $PHYS(trampoline_64)

	.code64
trampoline_64:
	movabsq $trampoline_high, %rax
	jmp *%rax
trampoline_high:
	movl $KERNEL_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movq smp_boot_stack(%rip), %rsp
	xorl %ebp, %ebp
	.cfi_startproc				/* and GDB's */
	.cfi_undefined rip
	call smp_cpu_main
	ud2
	.cfi_endproc

	.section .rodata
message_loader:
	.asciz "Nestling: not started by a multiboot2 boot loader. "
message_cpu:
	.asciz "Nestling: this CPU has no 64-bit mode or no NX bit. "

	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9a000000ffff		/* KERNEL_CS: 64-bit code */
	.quad 0x00cf92000000ffff		/* KERNEL_DS */
	.quad 0x00cf9a000000ffff		/* TRAMPOLINE_CS32 */
boot_gdt_end:
boot_gdt_pointer:
	.short boot_gdt_end - boot_gdt - 1
	.quad PHYS(boot_gdt)

	.bss
	.balign 4096
	.globl boot_pml4, boot_pt_fixmap
boot_pml4:	.skip 4096
pdpt_low:	.skip 4096
pdpt_high:	.skip 4096
pd_low:		.skip 4 * 4096
pd_image:	.skip 4096
pt_image:	.skip 4096
pd_fixmap:	.skip 4096
boot_pt_fixmap:	.skip 4096
	.globl boot_stack, boot_stack_top
boot_stack:	.skip BOOT_STACK_SIZE
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
