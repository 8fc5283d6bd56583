/* system.c - system calls about the whole machine.
 *
 * Layer: syscall   Called by: table.c
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "abi/random.h"
#include "abi/reboot.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"
#include "debug/log.h"
#include "drivers/power.h"
#include "drivers/random.h"
#include "fs/mount.h"
#include "fs/procfs.h"
#include "lib/string.h"
#include "mm/meminfo.h"
#include "mm/usercopy.h"
#include "proc/proc.h"
#include "sched/sched.h"
#include "syscall/dispatch.h"
#include "syscall/syscalls.h"

/* ---- Names ---- */

/* The release says which Linux's interface this is: C libraries look at it.
 * [p] proc_lock protects it. */
static struct abi_utsname system_name = {
    .sysname = "Nestling",
    .nodename = "nestling",
    .release = "6.1.0-nestling",
    .version = "#1",
    .machine = "x86_64",
    .domainname = "(none)",
};

static struct abi_utsname
name_get(void)
{
	uint64_t irq = spin_lock_irq(&proc_lock);
	struct abi_utsname name = system_name;

	spin_unlock_irq(&proc_lock, irq);
	return name;
}

long
sys_uname(struct abi_utsname *user)
{
	struct abi_utsname name = name_get();

	return copy_to_user(user, &name, sizeof(name));
}

/* Set member, one of system_name's. */
static long
name_set(char *member, const char *user, int bytes)
{
	char name[ABI_UTS_LEN + 1] = {0};
	uint64_t irq;

	if (proc_current()->creds.user.effective != 0)
		return -EPERM;
	if (bytes < 0 || bytes > ABI_UTS_LEN)
		return -EINVAL;
	if (copy_from_user(name, user, (size_t)bytes) != 0)
		return -EFAULT;
	irq = spin_lock_irq(&proc_lock);
	memcpy(member, name, sizeof(name));
	spin_unlock_irq(&proc_lock, irq);
	return 0;
}

long
sys_sethostname(const char *name, int bytes)
{
	return name_set(system_name.nodename, name, bytes);
}

long
sys_setdomainname(const char *name, int bytes)
{
	return name_set(system_name.domainname, name, bytes);
}

static void
show_version(struct text *t)
{
	struct abi_utsname name = name_get();

	text_printf(t, "%s version %s %s\n", name.sysname, name.release,
	    name.version);
}

static void
show_hostname(struct text *t)
{
	struct abi_utsname name = name_get();

	text_printf(t, "%s\n", name.nodename);
}

static void
show_ostype(struct text *t)
{
	text_printf(t, "%s\n", system_name.sysname);
}

static void
show_osrelease(struct text *t)
{
	text_printf(t, "%s\n", system_name.release);
}

static void
show_pid_max(struct text *t)
{
	text_printf(t, "%u\n", task_limit());
}

void
system_init(void)
{
	procfs_register("version", show_version);
	procfs_register("sys/kernel/hostname", show_hostname);
	procfs_register("sys/kernel/ostype", show_ostype);
	procfs_register("sys/kernel/osrelease", show_osrelease);
	procfs_register("sys/kernel/threads-max", show_pid_max);
}

/* ---- Numbers ---- */

#define LOAD_SHIFT 5 /* sched's 11 fraction bits to sysinfo's 16 */

long
sys_sysinfo(struct abi_sysinfo *user)
{
	struct abi_sysinfo info = {0};
	struct meminfo mem;
	unsigned loads[3];

	meminfo_get(&mem);
	sched_loadavg(loads);
	info.uptime = (int64_t)(clock_ns() / NS_PER_SEC);
	for (unsigned i = 0; i < ARRAY_SIZE(loads); i++)
		info.loads[i] = (uint64_t)loads[i] << LOAD_SHIFT;
	info.totalram = mem.total_pages * PAGE_SIZE;
	info.freeram = mem.free_pages * PAGE_SIZE;
	info.sharedram = mem.shared_pages * PAGE_SIZE;
	info.procs = (uint16_t)task_count();
	info.mem_unit = 1;
	return copy_to_user(user, &info, sizeof(info));
}

long
sys_syslog(int type, char *buf, int bytes)
{
	return log_syslog(type, (uintptr_t)buf, bytes);
}

#define RANDOM_CHUNK 256

long
sys_getrandom(void *user, size_t bytes, unsigned flags)
{
	uint8_t chunk[RANDOM_CHUNK];
	size_t done = 0;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	bytes = MIN(bytes, (size_t)INT32_MAX);
	while (done < bytes) {
		size_t n = MIN(bytes - done, sizeof(chunk));
		size_t left;

		random_bytes(chunk, n);
		left = copy_to_user_partly((char *)user + done, chunk, n);
		done += n - left;
		if (left != 0)
			return done > 0 ? (long)done : -EFAULT;
		if (signal_is_pending())
			break;
		sched_cond_yield();
	}
	return (long)done;
}

/* ---- The end ---- */

static bool
reboot_magic_ok(unsigned magic1, unsigned magic2)
{
	return magic1 == LINUX_REBOOT_MAGIC1 &&
	    (magic2 == LINUX_REBOOT_MAGIC2 || magic2 == LINUX_REBOOT_MAGIC2A ||
	    magic2 == LINUX_REBOOT_MAGIC2B || magic2 == LINUX_REBOOT_MAGIC2C);
}

long
sys_reboot(unsigned magic1, unsigned magic2, unsigned command, const char *arg)
{
	(void)arg;
	if (proc_current()->creds.user.effective != 0)
		return -EPERM;
	if (!reboot_magic_ok(magic1, magic2))
		return -EINVAL;
	switch (command) {
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
		pr_notice("restarting");
		mount_stop_all();
		log_flush();
		power_reboot();
	case LINUX_REBOOT_CMD_POWER_OFF:
	case LINUX_REBOOT_CMD_HALT:
		mount_stop_all();
		log_flush();
		power_off();
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0; /* Ctrl-Alt-Del is not looked for. */
	default:
		return -EINVAL;
	}
}
