/* unknown_calls.c - a number that is no system call, and calls that refuse
 * their arguments before they do anything grave.
 *
 * Layer: tests/user   Source: syscalls(2), intro(2), reboot(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(syscall(999));
	CALL(syscall(511));
	CALL(syscall(100000));
	CALL(syscall(-1L));
	CALL(syscall(-5L));
	HOLDS(syscall(SYS_getpid) == getpid());
	CALL(syscall(SYS_reboot, 1, 2, 3, NULL));
	CALL(syscall(SYS_reboot, 0xfee1dead, 1, 0x1234567, NULL));
	CALL(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x7777, NULL));
	return test_end();
}
