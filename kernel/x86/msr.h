/* msr.h - model-specific registers.
 *
 * Layer: x86   Called by: x86, virt
 *
 * Source: [SDM4] 2.1 "Architectural MSRs", [APM2] A.1 "MSR Cross-Reference"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"

#define IA32_APIC_BASE     0x1b
#define IA32_MISC_ENABLE   0x1a0
#define IA32_PAT           0x277
#define IA32_EFER          0xc0000080
#define IA32_STAR          0xc0000081
#define IA32_LSTAR         0xc0000082
#define IA32_CSTAR         0xc0000083
#define IA32_FMASK         0xc0000084
#define IA32_FS_BASE       0xc0000100
#define IA32_GS_BASE       0xc0000101
#define IA32_KERNEL_GS_BASE 0xc0000102

#define APIC_BASE_ENABLE BIT(11)
#define APIC_BASE_MASK   0xffffff000ULL

#define EFER_SCE BIT(0)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)
#define EFER_NXE BIT(11)

static inline uint64_t
rdmsr(uint32_t msr)
{
	uint32_t low;
	uint32_t high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

static inline void
wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" ::"a"((uint32_t)value), "d"((uint32_t)(value >> 32)),
	    "c"(msr)
	    : "memory");
}
