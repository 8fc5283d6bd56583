/* tiny.S - a multiboot2 kernel that says "tiny" on the first serial port and
 * then does what END says: the machine ends in one of the ways that tools/run
 * tells apart.
 *
 * Layer: tests/tools   Called by: GRUB; test_machine.py builds it
 * SPDX-License-Identifier: MIT */

#define END_OFF		0	/* the machine switches itself off */
#define END_PANIC	1	/* it tells the emulator of a panic */
#define END_RESET	2	/* a triple fault */
#define END_HANG	3	/* nothing more happens */

#define MULTIBOOT2_MAGIC	0xe85250d6
#define HEADER_BYTES		24

#define COM1_DATA	0x3f8
#define COM1_LCR	0x3fb
#define COM1_LSR	0x3fd
#define LCR_8N1		3
#define LSR_THRE	0x20
#define LSR_TEMT	0x40

#define QEMU_POWER	0x604
#define QEMU_SLP_EN	0x2000
#define QEMU_EXIT	0xf4
#define QEMU_EXIT_PANIC	0x3f
#define BOCHS_POWER	0x8900
#define BOCHS_DEBUG	0xe9

	.section .header, "a"
	.align	8
	.long	MULTIBOOT2_MAGIC, 0, HEADER_BYTES
	.long	-(MULTIBOOT2_MAGIC + HEADER_BYTES)
	.word	0, 0
	.long	8

	.text
	.code32
	.globl	_start
_start:
	movw	$COM1_LCR, %dx
	movb	$LCR_8N1, %al
	outb	%al, %dx
	movl	$text, %esi
next:
	movw	$COM1_LSR, %dx
wait:
	inb	%dx, %al
	testb	$LSR_THRE, %al
	jz	wait
	lodsb
	testb	%al, %al
	jz	flush
	movw	$COM1_DATA, %dx
	outb	%al, %dx
	jmp	next
flush:
	movw	$COM1_LSR, %dx
	inb	%dx, %al
	testb	$LSR_TEMT, %al
	jz	flush

#if END == END_OFF
	movw	$QEMU_POWER, %dx
	movw	$QEMU_SLP_EN, %ax
	outw	%ax, %dx
	movw	$BOCHS_POWER, %dx
	movl	$shutdown, %esi
	movl	$(shutdown_end - shutdown), %ecx
	rep outsb
#elif END == END_PANIC
	movw	$QEMU_EXIT, %dx
	movl	$QEMU_EXIT_PANIC, %eax
	outl	%eax, %dx
	movw	$BOCHS_DEBUG, %dx
	movl	$mark, %esi
	movl	$(mark_end - mark), %ecx
	rep outsb
	movw	$BOCHS_POWER, %dx
	movl	$shutdown, %esi
	movl	$(shutdown_end - shutdown), %ecx
	rep outsb
#elif END == END_RESET
	lidt	no_table
	int3
#endif
	cli
hang:
	jmp	hang

	.section .rodata
text:		.asciz	"tiny\n"
shutdown:	.ascii	"Shutdown"
shutdown_end:
mark:		.ascii	"NESTLING PANIC\n"
mark_end:
no_table:	.word	0
		.long	0
