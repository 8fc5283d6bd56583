/* system_facts.c - sysinfo, getcpu, getrandom, syslog, personality.
 *
 * Layer: tests/user   Source: sysinfo(2), getcpu(2), getrandom(2), syslog(2),
 *                             personality(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/sysinfo.h>

static void
random_bytes(void)
{
	char a[64] = "";
	char b[64] = "";

	VALUE(syscall(SYS_getrandom, a, sizeof a, 0));
	VALUE(syscall(SYS_getrandom, b, sizeof b, 1));
	HOLDS(memcmp(a, b, sizeof a) != 0);
	VALUE(syscall(SYS_getrandom, a, 0, 0));
	VALUE(syscall(SYS_getrandom, a, 1, 99));
	VALUE(syscall(SYS_getrandom, bad_pointer, 1, 0));
}

int
main(int argc, char **argv)
{
	struct sysinfo info;
	unsigned long uptime; /* a machine may be younger than a second */
	unsigned cpu = 9999;
	unsigned node = 9999;

	(void)argc;
	test_begin(argv);
	CALL(sysinfo(&info));
	uptime = info.uptime;
	sleep(1);
	CALL(sysinfo(&info));
	HOLDS((unsigned long)info.uptime > uptime);
	HOLDS(info.totalram > 0 && info.freeram < info.totalram);
	HOLDS(info.procs > 0 && info.mem_unit > 0);
	CALL(syscall(SYS_sysinfo, bad_pointer));
	CALL(syscall(SYS_getcpu, &cpu, &node, NULL));
	HOLDS(cpu < 1024 && node < 64);
	CALL(syscall(SYS_getcpu, NULL, NULL, NULL));
	CALL(syscall(SYS_getcpu, bad_pointer, NULL, NULL));
	random_bytes();
	HOLDS(syscall(SYS_syslog, 10, NULL, 0) > 0);
	CALL(syscall(SYS_syslog, 3, NULL, 10));
	CALL(syscall(SYS_syslog, 3, &info, -1));
	CALL(syscall(SYS_syslog, 99, NULL, 0));
	VALUE(syscall(SYS_personality, 0xffffffff));
	return test_end();
}
