/* process_name.c - the name of a thread, and errors of prctl and arch_prctl.
 *
 * Layer: tests/user   Source: prctl(2), arch_prctl(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/prctl.h>

#define GET_FS	0x1003	/* ARCH_GET_FS */

static char name[17] = "##########";

static void
in_child(void)
{
	CALL(prctl(PR_GET_NAME, name));
	printf("in the child: %s\n", name);
	CALL(prctl(PR_SET_NAME, "another"));
}

int
main(int argc, char **argv)
{
	unsigned long fs = 0;

	(void)argc;
	test_begin(argv);
	CALL(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	CALL(prctl(PR_SET_NAME, "short"));
	CALL(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	CALL(prctl(PR_SET_NAME, "a name of more than fifteen bytes"));
	STATUS(child_run(in_child));
	CALL(prctl(PR_GET_NAME, name));
	printf("%s\n", name);
	CALL(prctl(PR_SET_NAME, bad_pointer));
	CALL(prctl(PR_GET_NAME, bad_pointer));
	CALL(prctl(99999, 0));
	CALL(syscall(SYS_arch_prctl, GET_FS, &fs));
	HOLDS(fs != 0);
	CALL(syscall(SYS_arch_prctl, GET_FS, bad_pointer));
	CALL(syscall(SYS_arch_prctl, 0x999, &fs));
	return test_end();
}
