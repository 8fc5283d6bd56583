/* procfs_system.c - the files of /proc that are about the whole machine.
 *
 * Layer: fs   Called by: procfs.c
 *
 * The formats are Linux's, as far as `ps`, `top`, `free`, `mount`, `uptime`
 * and `df` read them.
 *
 * Source: proc(5)
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/time.h"
#include "debug/log.h"
#include "drivers/block/block.h"
#include "drivers/pci.h"
#include "fs/buffer.h"
#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/internal.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "lib/bits.h"
#include "lib/string.h"
#include "mm/meminfo.h"
#include "mm/reclaim.h"
#include "mm/slab.h"
#include "sched/clock.h"
#include "sched/sched.h"
#include "x86/bootinfo.h"
#include "x86/cpu.h"
#include "x86/cpuid.h"
#include "x86/irq.h"
#include "x86/tsc.h"

#define KIB_PER_PAGE (PAGE_SIZE / 1024)
#define NS_PER_TICK  ((uint64_t)NS_PER_SEC / ABI_CLK_TCK)
#define NS_PER_CENTI ((uint64_t)NS_PER_SEC / 100)
#define SECTORS_PER_KIB (1024 / SECTOR_BYTES)
#define LOAD_ONE     2048 /* sched_loadavg()'s 1.0 */

static void
show_meminfo(struct text *t)
{
	struct meminfo m;

	meminfo_get(&m);
	const struct {
		const char *name;
		size_t pages;
	} lines[] = {
	    {"MemTotal", m.total_pages},
	    {"MemFree", m.free_pages},
	    {"MemAvailable", m.available_pages},
	    {"Buffers", m.buffer_pages},
	    {"Cached", m.cached_pages - m.buffer_pages},
	    {"SwapCached", 0},
	    {"Active", m.anon_pages + m.active_file_pages},
	    {"Inactive", m.shared_pages + m.inactive_file_pages},
	    {"Active(anon)", m.anon_pages},
	    {"Inactive(anon)", m.shared_pages},
	    {"Active(file)", m.active_file_pages},
	    {"Inactive(file)", m.inactive_file_pages},
	    {"Dirty", m.dirty_pages},
	    {"Writeback", m.writeback_pages},
	    {"AnonPages", m.anon_pages},
	    {"Shmem", m.shared_pages},
	    {"Slab", m.slab_pages},
	    {"SReclaimable", 0},
	    {"KernelStack", m.stack_pages},
	    {"PageTables", m.table_pages},
	    {"SwapTotal", 0},
	    {"SwapFree", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		text_printf(t, "%s:%*lu kB\n", lines[i].name,
		    (int)(23 - strlen(lines[i].name)),
		    lines[i].pages * KIB_PER_PAGE);
}

static void
show_mount(struct mount *m, void *arg)
{
	struct dentry *root = fs_context_root(fs_current());
	struct text *t = arg;
	char *path = kmalloc(PATH_MAX);
	char options[MOUNT_OPTIONS_MAX] = "";

	if (m->ops->options != NULL)
		m->ops->options(m, options, sizeof(options));
	if (path == NULL)
		t->failed = true;
	else if (dentry_path(m->root, root, path, PATH_MAX) > 0 &&
	    path[0] == '/')
		text_printf(t, "%s %s %s %s,relatime%s 0 0\n",
		    m->source[0] != '\0' ? m->source : "none", path,
		    m->type->name,
		    m->flags & MOUNT_READONLY ? "ro" : "rw", options);
	kfree(path);
	dentry_put(root);
}

static void
show_mounts(struct text *t)
{
	mount_for_each(show_mount, t);
}

static void
show_filesystem(const struct fs_type *type, void *arg)
{
	text_printf(arg, "%s\t%s\n", type->needs_device ? "" : "nodev",
	    type->name);
}

static void
show_filesystems(struct text *t)
{
	fs_type_for_each(show_filesystem, t);
}

static uint64_t
idle_ns_total(void)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < cpu_count(); i++) {
		struct sched_stats s;

		sched_cpu_stats(i, &s);
		total += s.idle_ns;
	}
	return total;
}

static void
show_uptime(struct text *t)
{
	uint64_t up = clock_ns() / NS_PER_CENTI;
	uint64_t idle = idle_ns_total() / NS_PER_CENTI;

	text_printf(t, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100,
	    idle % 100);
}

static void
show_loadavg(struct text *t)
{
	unsigned ready = 0;
	unsigned avg[3];
	unsigned threads;
	int last_pid;

	sched_loadavg(avg);
	for (unsigned i = 0; i < cpu_count(); i++) {
		struct sched_stats s;

		sched_cpu_stats(i, &s);
		ready += s.ready;
	}
	procfs_count_tasks(&threads, &last_pid);
	for (int i = 0; i < 3; i++)
		text_printf(t, "%u.%02u ", avg[i] / LOAD_ONE,
		    avg[i] % LOAD_ONE * 100 / LOAD_ONE);
	text_printf(t, "%u/%u %d\n", ready, threads, last_pid);
}

/* One "cpu" line: user nice system idle iowait irq softirq, in ticks. */
static void
show_cpu_times(struct text *t, const struct sched_stats *s)
{
	text_printf(t, " %lu 0 %lu %lu 0 0 0 0 0 0\n",
	    s->user_ns / NS_PER_TICK, s->system_ns / NS_PER_TICK,
	    s->idle_ns / NS_PER_TICK);
}

static void
show_stat(struct text *t)
{
	struct sched_stats all = {0};
	struct sched_stats s;
	uint64_t interrupts = 0;
	unsigned threads;
	int last_pid;

	for (unsigned i = 0; i < cpu_count(); i++) {
		sched_cpu_stats(i, &s);
		all.switches += s.switches;
		all.idle_ns += s.idle_ns;
		all.user_ns += s.user_ns;
		all.system_ns += s.system_ns;
		all.ready += s.ready;
	}
	text_printf(t, "cpu ");
	show_cpu_times(t, &all);
	for (unsigned i = 0; i < cpu_count(); i++) {
		sched_cpu_stats(i, &s);
		text_printf(t, "cpu%u", i);
		show_cpu_times(t, &s);
	}
	for (unsigned i = 0; i < IRQ_LINES; i++)
		interrupts += irq_count(i);
	procfs_count_tasks(&threads, &last_pid);
	text_printf(t, "intr %lu\nctxt %lu\nbtime %lu\nprocesses %d\n"
	    "procs_running %u\nprocs_blocked 0\n", interrupts, all.switches,
	    (clock_realtime_ns() - clock_ns()) / (uint64_t)NS_PER_SEC, last_pid,
	    all.ready);
}

static void
show_interrupts(struct text *t)
{
	for (unsigned i = 0; i < IRQ_LINES; i++) {
		if (irq_count(i) > 0)
			text_printf(t, "%3u: %10lu\n", i, irq_count(i));
	}
}

/* The 12 or 48 characters that CPUID gives in registers. */
static void
show_cpuid_text(struct text *t, const void *regs, size_t bytes)
{
	char text[49];

	kassert(bytes < sizeof(text));
	memcpy(text, regs, bytes);
	text[bytes] = '\0';
	text_printf(t, "%s\n", text);
}

static void
show_cpuinfo(struct text *t)
{
	struct cpuid vendor = cpuid(0, 0);
	uint32_t vendor_regs[] = {vendor.ebx, vendor.edx, vendor.ecx};
	uint64_t khz = tsc_hz() / 1000;

	for (unsigned i = 0; i < cpu_count(); i++) {
		text_printf(t, "processor\t: %u\nvendor_id\t: ", i);
		show_cpuid_text(t, vendor_regs, sizeof(vendor_regs));
		if (cpuid(CPUID_LEAF_EXTENDED, 0).eax >= CPUID_LEAF_BRAND + 2) {
			struct cpuid brand[3];

			for (uint32_t k = 0; k < ARRAY_SIZE(brand); k++)
				brand[k] = cpuid(CPUID_LEAF_BRAND + k, 0);
			text_printf(t, "model name\t: ");
			show_cpuid_text(t, brand, sizeof(brand));
		}
		text_printf(t, "cpu MHz\t\t: %lu.%03lu\n\n", khz / 1000,
		    khz % 1000);
	}
}

static void
show_cmdline(struct text *t)
{
	text_printf(t, "%s\n", bootinfo.cmdline);
}

/* The whole log; unlike Linux, a read takes nothing away and does not wait:
 * /dev/kmsg is the file for that. */
static void
show_kmsg(struct text *t)
{
	struct log_reader r = {0};
	char line[LOG_LINE_BYTES];
	size_t n;

	while ((n = log_read(&r, line, sizeof(line), LOG_LEVELED)) != 0)
		text_bytes(t, line, n);
}

static void
show_pci(struct text *t)
{
	struct pci_device *dev = NULL;
	char line[PCI_LINE_BYTES];

	while ((dev = pci_find(dev, PCI_ANY, PCI_ANY)) != NULL) {
		pci_describe(dev, line, sizeof(line));
		text_printf(t, "%s\n", line);
	}
}

static void
show_partitions(struct text *t)
{
	struct block_device *dev = NULL;

	text_printf(t, "major minor  #blocks  name\n\n");
	while ((dev = block_next(dev)) != NULL)
		text_printf(t, "%4u  %7u %10lu %s\n", ABI_MAJOR(dev->number),
		    ABI_MINOR(dev->number), dev->sectors / SECTORS_PER_KIB,
		    dev->name);
}

static void
show_diskstats(struct text *t)
{
	struct block_device *dev = NULL;
	char line[BLOCK_STATS_BYTES];

	while ((dev = block_next(dev)) != NULL) {
		block_stats_line(dev, line, sizeof(line));
		text_printf(t, "%s\n", line);
	}
}

static void
show_slab(struct slab_cache *cache, void *arg)
{
	text_printf(arg, "%-17s %8lu %8lu %6u %4u %4u\n", cache->name,
	    cache->used, cache->slabs * cache->per_slab, cache->size,
	    cache->per_slab, 1u << cache->order);
}

static void
show_slabinfo(struct text *t)
{
	text_printf(t, "# name            <active> <total> <size> <per slab> "
	    "<pages>\n");
	slab_for_each_cache(show_slab, t);
}

/* ---- drop_caches ------------------------------------------------------ */

#define DROP_PAGES   1
#define DROP_ENTRIES 2
#define DROP_PORTION 64

static int dropped; /* [a] the last order, as Linux shows it */

static void
show_drop_caches(struct text *t)
{
	text_printf(t, "%d\n", atomic_load(&dropped));
}

/* 1: clean pages of files; 2: names and inodes that are kept; 3: both. */
static int
store_drop_caches(const char *text)
{
	int what = text[0] - '0';

	if (what < 1 || what > (DROP_PAGES | DROP_ENTRIES) ||
	    (text[1] != '\0' && text[1] != '\n'))
		return -EINVAL;
	atomic_store(&dropped, what);
	while ((what & DROP_ENTRIES) != 0 && dentry_shrink(DROP_PORTION) > 0)
		continue;
	if ((what & DROP_PAGES) != 0) {
		while (buffer_shrink_all(DROP_PORTION) > 0)
			continue;
		reclaim_clean(SIZE_MAX);
	}
	return 0;
}

void
procfs_system_init(void)
{
	procfs_register("cmdline", show_cmdline);
	procfs_register("cpuinfo", show_cpuinfo);
	procfs_register("diskstats", show_diskstats);
	procfs_register("filesystems", show_filesystems);
	procfs_register("interrupts", show_interrupts);
	procfs_register("kmsg", show_kmsg);
	procfs_register("loadavg", show_loadavg);
	procfs_register("meminfo", show_meminfo);
	procfs_register("mounts", show_mounts);
	procfs_register("partitions", show_partitions);
	procfs_register("pci", show_pci);
	procfs_register("slabinfo", show_slabinfo);
	procfs_register("stat", show_stat);
	procfs_register("uptime", show_uptime);
	procfs_register_writable("sys/vm/drop_caches", show_drop_caches,
	    store_drop_caches);
}
