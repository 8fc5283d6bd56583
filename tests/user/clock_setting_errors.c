/* clock_setting_errors.c - what setting a clock refuses.  No clock is set:
 * the host's is not ours.
 *
 * Layer: tests/user   Source: clock_settime(2), settimeofday(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	struct timespec now = { 1000000000, 0 };
	struct timespec wrong = { 1000000000, 1000000000 };
	struct timespec negative = { -1, 0 };
	struct timeval micro = { 1000000000, 1000000 };

	(void)argc;
	test_begin(argv);
	CALL(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &now));
	CALL(syscall(SYS_clock_settime, 99, &now));
	CALL(syscall(SYS_clock_settime, CLOCK_REALTIME, &wrong));
	CALL(syscall(SYS_clock_settime, CLOCK_REALTIME, &negative));
	CALL(syscall(SYS_clock_settime, CLOCK_REALTIME, bad_pointer));
	CALL(syscall(SYS_settimeofday, &micro, NULL));
	CALL(syscall(SYS_settimeofday, bad_pointer, NULL));
	return test_end();
}
