/* cpu.c - set up one CPU: segments, control registers, system-call entry.
 *
 * Layer: x86   Called by: main.c, smp.c
 *
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "lib/string.h"
#include "lib/atomic.h"
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/cpuid.h"
#include "x86/msr.h"
#include "x86/trap.h"

_Static_assert(offsetof(struct cpu, self) == CPU_SELF, "trap.S");
_Static_assert(offsetof(struct cpu, kernel_rsp) == CPU_KERNEL_RSP, "trap.S");
_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "trap.S");
_Static_assert(offsetof(struct cpu, context) == CPU_CONTEXT, "trap.S");
_Static_assert(offsetof(struct cpu, id) == CPU_ID, "cpu_id()");

/* Segment descriptors.  Source: [SDM3] 3.4.5 "Segment Descriptors" */
#define DESC_ACCESSED  BIT(40)
#define DESC_WRITABLE  BIT(41) /* data; of code: readable */
#define DESC_CODE      BIT(43)
#define DESC_SEGMENT   BIT(44) /* not a system descriptor */
#define DESC_DPL3      (BIT(45) | BIT(46))
#define DESC_PRESENT   BIT(47)
#define DESC_LONG      BIT(53)
#define DESC_TYPE_TSS  (BIT(40) | BIT(43)) /* 64-bit TSS, available */
#define DESC_DATA (DESC_ACCESSED | DESC_WRITABLE | DESC_SEGMENT | DESC_PRESENT)
#define DESC_BASE_LOW  0x000000ffffff0000ULL
#define DESC_BASE_HIGH 0xff00000000000000ULL
#define TSS_BASE_LOW   0x0000000000ffffffULL
#define TSS_BASE_MID   0x00000000ff000000ULL

#define IST_STACK_SIZE 8192

struct cpu cpus[MAX_CPUS];
struct cpu_features cpu_features;
bool cpu_has_smap; /* [I] for uaccess.S */

/* Stacks for double faults and NMIs.  [c] */
static uint8_t ist_stacks[MAX_CPUS][2][IST_STACK_SIZE]
    __attribute__((aligned(16)));

/* Until sched_init_this_cpu() the boot code runs in this context. */
static struct context boot_contexts[MAX_CPUS]; /* [c] */

extern char syscall_entry[];

void
cpu_detect(void)
{
	struct cpuid basic = cpuid(CPUID_LEAF_FEATURES, 0);
	struct cpuid extended = {0};

	if (cpuid(0, 0).eax >= CPUID_LEAF_EXT_FEATURES)
		extended = cpuid(CPUID_LEAF_EXT_FEATURES, 0);
	cpu_features = (struct cpu_features){
	    .apic = (basic.edx & CPUID_1_EDX_APIC) != 0,
	    .nx = true, /* boot.S insists on it */
	    .smep = (extended.ebx & CPUID_7_EBX_SMEP) != 0,
	    .smap = (extended.ebx & CPUID_7_EBX_SMAP) != 0,
	    .rdrand = (basic.ecx & CPUID_1_ECX_RDRAND) != 0,
	    .rdseed = (extended.ebx & CPUID_7_EBX_RDSEED) != 0,
	};
	cpu_has_smap = cpu_features.smap;
}

/* Load a GDT of this CPU's own: the TSS descriptor differs. */
static void
load_segments(struct cpu *cpu)
{
	uint64_t tss = (uint64_t)&cpu->tss;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) pointer = {sizeof(cpu->gdt) - 1,
	    (uint64_t)cpu->gdt};

	cpu->gdt[KERNEL_CS / 8] = DESC_DATA | DESC_CODE | DESC_LONG;
	cpu->gdt[KERNEL_DS / 8] = DESC_DATA;
	cpu->gdt[USER_DS / 8] = DESC_DATA | DESC_DPL3;
	cpu->gdt[USER_CS / 8] = DESC_DATA | DESC_CODE | DESC_LONG | DESC_DPL3;
	cpu->gdt[TSS_SEL / 8] = DESC_TYPE_TSS | DESC_PRESENT |
	    (sizeof(struct tss) - 1) | (tss & TSS_BASE_LOW) << 16 |
	    (tss & TSS_BASE_MID) << 32;
	cpu->gdt[TSS_SEL / 8 + 1] = tss >> 32;

	__asm__ volatile("lgdt %0" ::"m"(pointer));
	__asm__ volatile("pushq %0; leaq 1f(%%rip), %%rax; pushq %%rax; lretq; 1:"
	    ::"i"(KERNEL_CS) : "rax", "memory");
	__asm__ volatile("movl %0, %%ds; movl %0, %%es; movl %0, %%ss"
	    ::"r"(KERNEL_DS));
	__asm__ volatile("movl %0, %%fs; movl %0, %%gs" ::"r"(0));
	__asm__ volatile("ltr %0" ::"r"((uint16_t)TSS_SEL));
}

/* SYSCALL and SYSRET.  Source: [SDM3] 5.8.8 "Fast System Calls in 64-Bit Mode" */
static void
enable_syscall(void)
{
	wrmsr(IA32_STAR, (uint64_t)KERNEL_CS << 32 |
	    (uint64_t)(KERNEL_DS | 3) << 48);
	wrmsr(IA32_LSTAR, (uint64_t)syscall_entry);
	wrmsr(IA32_FMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC |
	    RFLAGS_NT | RFLAGS_IOPL);
	wrmsr(IA32_EFER, rdmsr(IA32_EFER) | EFER_SCE);
}

static void
set_control_registers(void)
{
	uint64_t cr4 = cr4_read() | CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_PGE;

	if (cpu_features.smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.smap)
		cr4 |= CR4_SMAP;
	cr4_write(cr4);
	cr0_write((cr0_read() & ~(CR0_EM | CR0_TS)) | CR0_MP | CR0_NE | CR0_WP);
	__asm__ volatile("fninit");
}

void
cpu_init_this(unsigned id)
{
	struct cpu *cpu = &cpus[id];

	cpu->self = cpu;
	cpu->id = id;
	cpu->context = &boot_contexts[id];
	cpu->tss.iomap_base = sizeof(struct tss);
	for (unsigned i = 0; i < ARRAY_SIZE(ist_stacks[id]); i++)
		cpu->tss.ist[i] = (uint64_t)ist_stacks[id][i] + IST_STACK_SIZE;
	load_segments(cpu);
	wrmsr(IA32_GS_BASE, (uint64_t)cpu);
	wrmsr(IA32_KERNEL_GS_BASE, 0);
	trap_load_idt();
	set_control_registers();
	enable_syscall();
	atomic_store(&cpu->online, true);
}

unsigned
cpu_count(void)
{
	unsigned n = 1;

	while (n < MAX_CPUS && atomic_load(&cpus[n].online))
		n++;
	return n;
}

void
cpu_set_kernel_stack(vaddr_t top)
{
	struct cpu *cpu = cpu_this();

	cpu->kernel_rsp = top;
	cpu->tss.rsp[0] = top;
}
