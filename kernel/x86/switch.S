/* switch.S - change from one kernel stack to another.
 *
 * Layer: x86   Called by: context.c
 *
 * SPDX-License-Identifier: MIT */

	.cfi_sections .debug_frame

	.text

/* void switch_stack(uint64_t *save_rsp, uint64_t load_rsp)
 * Push what C expects to survive a call, change stacks, pop it again.  To the
 * caller it is a function that takes long. */
	.globl switch_stack
switch_stack:
	pushq %rbp
	pushq %rbx
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, (%rdi)
	movq %rsi, %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbx
	popq %rbp
	ret

/* The first return of a new context: context_init() put entry into R12 and its
 * argument into R13. */
	.globl switch_first
switch_first:
	.cfi_startproc				/* GDB's backtrace ends here */
	.cfi_undefined rip
	xorl %ebp, %ebp
	movq %r13, %rdi
	call *%r12
	ud2
	.cfi_endproc

	.section .note.GNU-stack, "", @progbits
