/* trap.S - the ways into the kernel and out of it.
 *
 * Layer: x86   Called by: the CPU
 *
 * Each way in builds a struct trapframe (trap.h) on the kernel stack and calls C;
 * each way out to user mode first does the work that waits (user_exit).
 * GS: from user mode it is the user's, so SWAPGS; from the kernel it is ours.
 * Source: [SDM3] 6.14 "Exception and Interrupt Handling in 64-bit Mode",
 *         [SDM2] "SYSCALL - Fast System Call", "SWAPGS"
 * SPDX-License-Identifier: MIT */

#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/trap.h"

/* Offsets in struct trapframe; trap.c asserts them. */
#define FRAME_R11    48
#define FRAME_RCX    88
#define FRAME_VECTOR 120
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_RFLAGS 152
#define FRAME_RSP    160

#define RFLAGS_AC_BIT (1 << 18)
/* SYSRET would restore these wrongly or at a bad moment: use IRET. */
#define RFLAGS_NO_SYSRET ((1 << 8) | (1 << 16))
#define USER_TOP_HIGH 0x7fff

#define GS_BASE_MSR   0xc0000101
#define EXC_DF_VECTOR 8

	.macro push_registers
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro pop_callee_saved
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	.endm

	.macro pop_registers
	pop_callee_saved
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	.endm

	/* AC set would lift SMAP for the handler. */
	.macro clear_ac
	pushfq
	andl $~RFLAGS_AC_BIT, (%rsp)
	popfq
	.endm

	/* For debuggers: RSP is at a struct trapframe from here on, up to
	 * .cfi_endproc.  A backtrace then continues in what was interrupted. */
	.macro cfi_trapframe
	.cfi_startproc simple
	.cfi_signal_frame
	.cfi_def_cfa rsp, 0
	.set at, 0
	.irp register, r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi
	.cfi_offset \register, at
	.set at, at + 8
	.endr
	.cfi_offset rip, FRAME_RIP
	.cfi_offset rsp, FRAME_RSP
	.endm
	.cfi_sections .debug_frame

	.text

/* ---- Exceptions and interrupts: one stub a vector, 16 bytes each ---- */
	.balign 16
	.globl trap_stubs
trap_stubs:
	vector = 0
	.rept 256
	.balign 16
	/* The vectors that push an error code: 8, 10 to 14, 17, 21, 29, 30. */
	.if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
	pushq $0
	.endif
	pushq $vector
	jmp trap_common
	vector = vector + 1
	.endr

	.globl trap_common
trap_common:
	cld
	testb $3, 24(%rsp)			/* CS */
	jz 1f
	swapgs
1:	push_registers
	clear_ac
	cfi_trapframe
	movq %rsp, %rdi
	call trap_entry
	cli
	testb $3, FRAME_CS(%rsp)
	jnz user_exit
	.cfi_endproc
	pop_registers
	addq $16, %rsp
	iretq

/* Double fault and NMI come at any moment, on stacks of their own: whose GS it
 * is only the MSR tells.  They do not look at user_work on the way out. */
	.globl trap_paranoid_df, trap_paranoid_nmi
trap_paranoid_df:
	pushq $EXC_DF_VECTOR
	jmp trap_paranoid
trap_paranoid_nmi:
	pushq $0
	pushq $VECTOR_NMI
trap_paranoid:
	cld
	push_registers
	clear_ac
	xorl %ebx, %ebx
	movl $GS_BASE_MSR, %ecx
	rdmsr
	testl %edx, %edx
	js 1f					/* A kernel address. */
	swapgs
	incl %ebx
	cfi_trapframe
1:	movq %rsp, %rdi
	call trap_entry
	testl %ebx, %ebx
	jz 2f
	swapgs
	.cfi_endproc
2:	pop_registers
	addq $16, %rsp
	iretq

/* ---- System calls ----
 * RCX = return address, R11 = RFLAGS, RAX = number; IF, DF, TF, AC are clear by
 * IA32_FMASK. */
	.balign 16
	.globl syscall_entry
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_USER_RSP
	movq %gs:CPU_KERNEL_RSP, %rsp
	pushq $USER_DS
	pushq %gs:CPU_USER_RSP
	pushq %r11
	pushq $USER_CS
	pushq %rcx
	pushq %rax
	pushq $VECTOR_SYSCALL
	push_registers
	cfi_trapframe
	sti
	movq %rsp, %rdi
	call *trap_hooks(%rip)			/* trap_hooks.syscall */
	cli
	/* Falls through. */

/* To user mode.  RSP = struct trapframe, interrupts off. */
user_exit:
	movq %gs:CPU_CONTEXT, %rax
	cmpl $0, CONTEXT_USER_WORK(%rax)
	jne user_work
	/* SYSRET is faster, but takes RIP and RFLAGS from RCX and R11: it serves
	 * if nobody has changed them since SYSCALL. */
	cmpq $VECTOR_SYSCALL, FRAME_VECTOR(%rsp)
	jne user_iret
	movq FRAME_RIP(%rsp), %rcx
	cmpq %rcx, FRAME_RCX(%rsp)
	jne user_iret
	movq FRAME_RFLAGS(%rsp), %r11
	cmpq %r11, FRAME_R11(%rsp)
	jne user_iret
	testl $RFLAGS_NO_SYSRET, %r11d
	jnz user_iret
	/* Intel's SYSRET faults in ring 0 on a RIP that is not canonical. */
	movq %rcx, %rax
	shrq $32, %rax
	cmpl $USER_TOP_HIGH, %eax
	ja user_iret
	.cfi_endproc

	pop_callee_saved
	addq $8, %rsp				/* R11: loaded above */
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	addq $8, %rsp				/* RCX: loaded above */
	popq %rdx
	popq %rsi
	popq %rdi
	movq FRAME_RSP - FRAME_VECTOR(%rsp), %rsp
	swapgs
	sysretq

user_iret:
	pop_registers
	addq $16, %rsp
	swapgs
	.globl trap_user_iret
trap_user_iret:
	iretq

user_work:
	cfi_trapframe
	sti
	movq %rsp, %rdi
	call trap_user_work
	cli
	jmp user_exit
	.cfi_endproc

	.globl trap_return_to_user
trap_return_to_user:
	cli
	movq %rdi, %rsp
	xorl %ebp, %ebp
	jmp user_exit

	.section .note.GNU-stack, "", @progbits
