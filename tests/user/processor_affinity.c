/* processor_affinity.c - which processors a thread may use, and the least of
 * the scheduling calls.
 *
 * Layer: tests/user   Source: sched_setaffinity(2), sched_setscheduler(2),
 *                             sched_yield(2)
 *
 * The raw call returns the bytes of mask copied; how many depends on the
 * machine.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static unsigned long mask[16];

static long
get(pid_t pid, size_t bytes, void *to)
{
	return syscall(SYS_sched_getaffinity, pid, bytes, to);
}

static long
set(pid_t pid, size_t bytes, const void *from)
{
	return syscall(SYS_sched_setaffinity, pid, bytes, from);
}

static void
inherited(void)
{
	unsigned long now[16] = { 0 };

	HOLDS(get(0, sizeof now, now) > 0);
	HOLDS(now[0] == 1);
}

static void
policy(void)
{
	struct sched_param parameter = { .sched_priority = 77 };

	VALUE(syscall(SYS_sched_getscheduler, 0));
	CALL(syscall(SYS_sched_getparam, 0, &parameter));
	VALUE(parameter.sched_priority);
	VALUE(syscall(SYS_sched_getscheduler, INT_MAX));
	VALUE(syscall(SYS_sched_getscheduler, -1));
	CALL(syscall(SYS_sched_getparam, INT_MAX, &parameter));
	CALL(syscall(SYS_sched_getparam, 0, NULL));
	CALL(syscall(SYS_sched_getparam, 0, bad_pointer));
	VALUE(syscall(SYS_sched_get_priority_max, SCHED_OTHER));
	VALUE(syscall(SYS_sched_get_priority_min, SCHED_OTHER));
	VALUE(syscall(SYS_sched_get_priority_max, 99));
	VALUE(sched_yield());
}

int
main(int argc, char **argv)
{
	unsigned long all[16] = { 0 };
	unsigned long none[16] = { 0 };
	unsigned cpu = 9;

	(void)argc;
	test_begin(argv);
	HOLDS(get(0, sizeof all, all) >= 8);
	HOLDS(all[0] != 0);
	mask[0] = 1;
	CALL(set(0, sizeof mask, mask));
	memset(mask, 0, sizeof mask);
	HOLDS(get(getpid(), sizeof mask, mask) >= 8);
	HOLDS(mask[0] == 1);
	for (int i = 0; i < 100; i++) {
		sched_yield();
		syscall(SYS_getcpu, &cpu, NULL, NULL);
		if (cpu != 0)
			printf("ran on another processor\n");
	}
	STATUS(child_run(inherited));
	CALL(set(0, sizeof all, all));
	CALL(set(0, sizeof none, none));
	CALL(set(INT_MAX, sizeof all, all));
	CALL(set(0, sizeof all, bad_pointer));
	CALL(get(INT_MAX, sizeof all, all));
	CALL(get(0, sizeof all, bad_pointer));
	CALL(get(0, 3, all));
	CALL(get(0, 0, all));
	policy();
	return test_end();
}
