/* cpuid.h - what the CPU says that it can do.
 *
 * Layer: x86   Called by: x86, drivers (random), proc (AT_HWCAP), virt
 *
 * Source: [SDM2] "CPUID - CPU Identification"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"

struct cpuid {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

static inline struct cpuid
cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid"
	    : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
	    : "a"(leaf), "c"(subleaf));
	return r;
}

/* Leaf 1 */
#define CPUID_1_ECX_RDRAND BIT(30)
#define CPUID_1_ECX_X2APIC BIT(21)
#define CPUID_1_EDX_TSC    BIT(4)
#define CPUID_1_EDX_APIC   BIT(9)
/* Leaf 7, subleaf 0 */
#define CPUID_7_EBX_SMEP   BIT(7)
#define CPUID_7_EBX_RDSEED BIT(18)
#define CPUID_7_EBX_SMAP   BIT(20)
/* Leaf 0x80000001 */
#define CPUID_EXT_1_EDX_NX BIT(20)

#define CPUID_LEAF_FEATURES     1
#define CPUID_LEAF_EXT_FEATURES 7
#define CPUID_LEAF_EXTENDED     0x80000000
#define CPUID_LEAF_EXTENDED_1   0x80000001
#define CPUID_LEAF_BRAND        0x80000002 /* to 0x80000004 */

/* The features that the kernel uses where the CPU has them. */
struct cpu_features {
	bool apic;
	bool nx;
	bool smep;
	bool smap;
	bool rdrand;
	bool rdseed;
};
extern struct cpu_features cpu_features; /* [I] after cpu_detect() */
