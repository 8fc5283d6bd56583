/* uaccess.S - copies that may fault, with a way out for each.
 *
 * Layer: x86   Called by: mm/usercopy.c
 *
 * The pair (faulting instruction, where to go on) stands in .fixup; trap.c looks
 * there when trap_hooks.page_fault gives up.  RCX then holds what is left.
 * SMAP: STAC lifts it for the copy, CLAC restores it; on CPUs without SMAP both
 * are invalid, so cpu_has_smap is asked.
 * Source: [SDM3] 4.6 "Access Rights", [SDM2] "STAC", "CLAC"
 * SPDX-License-Identifier: MIT */

#define EFAULT 14

	.macro user_begin
	cmpb $0, cpu_has_smap(%rip)
	je 99f
	stac
99:
	.endm

	.macro user_end
	cmpb $0, cpu_has_smap(%rip)
	je 99f
	clac
99:
	.endm

	/* If the instruction at `at` faults, go on at `to`. */
	.macro fixup at, to
	.pushsection .fixup, "a"
	.quad \at, \to
	.popsection
	.endm

	.text

/* size_t uaccess_copy(void *dst, const void *src, size_t n)
 * Words first, then the last bytes. */
	.globl uaccess_copy
uaccess_copy:
	user_begin
	movq %rdx, %rcx
	shrq $3, %rcx
	andl $7, %edx
10:	rep movsq
	movl %edx, %ecx
20:	rep movsb
	user_end
	xorl %eax, %eax
	ret
11:	/* A word faulted.  Try its bytes: some may be on the page before. */
	leaq (%rdx, %rcx, 8), %rcx
21:	rep movsb
12:	user_end
	movq %rcx, %rax
	ret
	fixup 10b, 11b
	fixup 20b, 12b
	fixup 21b, 12b

/* size_t uaccess_clear(void *dst, size_t n) */
	.globl uaccess_clear
uaccess_clear:
	user_begin
	xorl %eax, %eax
	movq %rsi, %rcx
	movl %esi, %edx
	shrq $3, %rcx
	andl $7, %edx
10:	rep stosq
	movl %edx, %ecx
20:	rep stosb
	user_end
	xorl %eax, %eax
	ret
11:	leaq (%rdx, %rcx, 8), %rcx
21:	rep stosb
12:	user_end
	movq %rcx, %rax
	ret
	fixup 10b, 11b
	fixup 20b, 12b
	fixup 21b, 12b

/* int uaccess_load32(const uint32_t *src, uint32_t *value) */
	.globl uaccess_load32
uaccess_load32:
	user_begin
10:	movl (%rdi), %edx
	user_end
	movl %edx, (%rsi)
	xorl %eax, %eax
	ret
	fixup 10b, uaccess_fault

/* int uaccess_cmpxchg32(uint32_t *dst, uint32_t expected, uint32_t desired,
 *     uint32_t *old) */
	.globl uaccess_cmpxchg32
uaccess_cmpxchg32:
	user_begin
	movl %esi, %eax
10:	lock cmpxchgl %edx, (%rdi)
	user_end
	movl %eax, (%rcx)
	xorl %eax, %eax
	ret
	fixup 10b, uaccess_fault

uaccess_fault:
	user_end
	movl $-EFAULT, %eax
	ret

	.section .note.GNU-stack, "", @progbits
