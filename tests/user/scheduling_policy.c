/* scheduling_policy.c - policies, priorities and nice values.
 *
 * Layer: tests/user   Source: sched_setscheduler(2), getpriority(2)
 *
 * The raw getpriority returns 20 minus the nice value.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
priority(int who)
{
	return syscall(SYS_getpriority, PRIO_PROCESS, who);
}

static void
inherited(void)
{
	VALUE(priority(0));
}

int
main(int argc, char **argv)
{
	struct sched_param none = { .sched_priority = 0 };
	struct sched_param one = { .sched_priority = 1 };
	struct timespec interval = { -1, -1 };

	(void)argc;
	test_begin(argv);
	CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &none));
	CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &one));
	CALL(syscall(SYS_sched_setscheduler, 0, 99, &none));
	CALL(syscall(SYS_sched_setscheduler, -1, SCHED_OTHER, &none));
	CALL(syscall(SYS_sched_setscheduler, INT_MAX, SCHED_OTHER, &none));
	CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, NULL));
	CALL(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, bad_pointer));
	CALL(syscall(SYS_sched_setparam, 0, &none));
	CALL(syscall(SYS_sched_setparam, 0, &one));
	CALL(syscall(SYS_sched_setparam, INT_MAX, &none));
	CALL(syscall(SYS_sched_setparam, 0, bad_pointer));
	CALL(syscall(SYS_sched_rr_get_interval, 0, &interval));
	HOLDS(interval.tv_sec >= 0 && interval.tv_nsec >= 0);
	CALL(syscall(SYS_sched_rr_get_interval, INT_MAX, &interval));
	CALL(syscall(SYS_sched_rr_get_interval, 0, bad_pointer));
	VALUE(priority(0));
	CALL(setpriority(PRIO_PROCESS, 0, 5));
	VALUE(priority(0));
	VALUE(priority(getpid()));
	STATUS(child_run(inherited));
	CALL(setpriority(PRIO_PROCESS, 0, 99));
	VALUE(priority(0));
	CALL(setpriority(PRIO_PROCESS, 0, -99));
	VALUE(priority(0));
	CALL(setpriority(PRIO_PROCESS, 0, 0));
	CALL(setpriority(PRIO_PROCESS, INT_MAX, 0));
	CALL(setpriority(99, 0, 0));
	VALUE(priority(INT_MAX));
	VALUE(syscall(SYS_getpriority, 99, 0));
	return test_end();
}
