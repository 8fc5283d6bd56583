/* main.c - the order in which the kernel comes to life.
 *
 * Layer: main   Called by: x86/boot.S
 *
 * Read this first: one call a line, each with the reason for its place.
 * SPDX-License-Identifier: MIT */

#include "debug/assert.h"
#include "debug/ktest.h"
#include "debug/log.h"
#include "debug/printk.h"
#include "debug/symbols.h"
#include "drivers/init.h"
#include "drivers/power.h"
#include "fs/fs.h"
#include "fs/mount.h"
#include "lib/string.h"
#include "mm/kthread.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "mm/reclaim.h"
#include "proc/proc.h"
#include "sched/clock.h"
#include "sched/sched.h"
#include "syscall/dispatch.h"
#include "x86/acpi.h"
#include "x86/apic.h"
#include "x86/bootinfo.h"
#include "x86/cpuid.h"
#include "x86/paging.h"
#include "x86/smp.h"
#include "x86/trap.h"
#include "x86/tsc.h"

#define INIT_DEFAULT   "/sbin/init"
#define INIT_ARGS_MAX  16
#define PATTERN_MAX    64

struct bootinfo bootinfo;

/* The life of another CPU, from x86/smp.c. */
static void
cpu_main(void)
{
	sched_init_this_cpu();
	irq_enable();
	sched_idle();
}

static vaddr_t
cpu_stack(unsigned id)
{
	char *stack = kstack_alloc();

	if (stack == NULL)
		return 0;
	cpus[id].kernel_rsp = (vaddr_t)stack + KSTACK_BYTES;
	return cpus[id].kernel_rsp;
}

/* The program that becomes process 1, and its arguments: init=PROGRAM, and the
 * words behind "--".  The strings stay in static memory. */
static const char *const *
init_arguments(void)
{
	static char program[BOOT_CMDLINE_MAX] = INIT_DEFAULT;
	static char words[BOOT_CMDLINE_MAX];
	static const char *argv[INIT_ARGS_MAX + 1];
	unsigned n = 1;
	char *p;

	bootinfo_option(&bootinfo, "init", program, sizeof(program));
	argv[0] = program;
	strlcpy(words, bootinfo.cmdline, sizeof(words));
	p = strstr(words, "-- ");
	if (p == NULL || (p != words && p[-1] != ' '))
		return argv;
	for (p += 2; *p != '\0' && n < INIT_ARGS_MAX;) {
		while (*p == ' ')
			*p++ = '\0';
		if (*p != '\0')
			argv[n++] = p;
		while (*p != '\0' && *p != ' ')
			p++;
	}
	return argv;
}

static void
run_tests(const char *pattern)
{
	unsigned failed = ktest_run(pattern);

	pr_notice("tests: %u failed", failed);
	mount_stop_all();
	log_flush();
	power_off();
}

/* What needs a thread that can sleep. */
static void
boot_thread(void *unused)
{
	char pattern[PATTERN_MAX];

	(void)unused;
	pagecache_start_flusher();  /* what files write goes to their disks */
	reclaim_start();            /* and what can be had again makes room */
	drivers_init(&bootinfo);    /* terminals before somebody opens them */
	fs_init();                  /* an empty root */
	proc_init();                /* fills the hooks of /proc and terminals */
	syscall_init();
	fs_populate();              /* the programs; devices are known by now */
	if (bootinfo_option(&bootinfo, "test", pattern, sizeof(pattern)) != NULL)
		run_tests(pattern);
	pr_info("boot: %lu KiB of %lu KiB free, %u CPUs, %lu ms",
	    page_free_count() * PAGE_SIZE / 1024,
	    page_total_count() * PAGE_SIZE / 1024, cpu_count(),
	    (unsigned long)(clock_ns() / NS_PER_MSEC));
	proc_start_init(init_arguments());
}

static void
parse_boot_information(paddr_t info)
{
	const uint32_t *total_size = pa_to_va(info);

	if (bootinfo_parse(total_size, *total_size, &bootinfo) != 0)
		pr_err("boot: the boot loader's information is damaged");
	if (bootinfo.symbols.symtab != 0)
		symbols_set(&(struct symbols_tables){
		    pa_to_va(bootinfo.symbols.symtab),
		    bootinfo.symbols.symtab_bytes,
		    pa_to_va(bootinfo.symbols.strtab),
		    bootinfo.symbols.strtab_bytes});
}

/* The boot CPU, on the boot stack, interrupts off.  info: physical address of the
 * multiboot2 information.  Becomes the idle thread of CPU 0. */
void __attribute__((noreturn))
kernel_main(paddr_t info)
{
	cpu_detect();               /* decides what cpu_init_this() turns on */
	trap_init();                /* from here on a fault is a message */
	cpu_init_this(0);           /* GS: everything below asks cpu_this() */
	cpus[0].kernel_rsp = (vaddr_t)boot_stack_top;
	drivers_early_init();       /* from here on messages are seen */
	parse_boot_information(info);
	drivers_console_init(&bootinfo); /* console=; messages on the screen */
	log_init();                 /* log=: how much is shown */
	pr_info("Nestling on %s: %s", bootinfo.loader, bootinfo.cmdline);
	tsc_init();                 /* time stamps; pauses for hardware */
	acpi_init();                /* in the boot page tables' 4 GiB */
	mm_init(&bootinfo);         /* memory, kernel heap, final page tables */
	symbols_init();             /* sorted, on the heap */
	apic_init();                /* interrupt lines, still masked */
	sched_init_this_cpu();      /* this is the idle thread now */
	trap_hooks.timer = sched_timer_irq;
	trap_hooks.kick = sched_kick_irq;
	irq_enable();
	smp_start(0, cpu_stack, cpu_main);
	if (kthread_create("boot", boot_thread, NULL) == NULL)
		panic("no memory for the first thread");
	sched_idle();
}
