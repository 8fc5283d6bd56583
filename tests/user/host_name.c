/* host_name.c - uname and sethostname.
 *
 * Layer: tests/user   Source: uname(2), sethostname(2)
 *
 * The release is the kernel's own business; Nestling gives a number that
 * glibc accepts.  The old name is put back.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/utsname.h>

int
main(int argc, char **argv)
{
	static char text[128];
	struct utsname before;
	struct utsname now;

	(void)argc;
	test_begin(argv);
	CALL(uname(&before));
	printf("machine %s\n", before.machine);
	HOLDS(before.sysname[0] != '\0' && before.version[0] != '\0');
	HOLDS(before.release[0] >= '3' && before.release[0] <= '9');
	CALL(sethostname("nest.example", 12));
	CALL(uname(&now));
	printf("%s\n", now.nodename);
	CALL(gethostname(text, sizeof text));
	printf("%s\n", text);
	memset(text, 'h', sizeof text);
	CALL(sethostname(text, 65));
	CALL(sethostname(text, 64));
	CALL(uname(&now));
	HOLDS(strlen(now.nodename) == 64);
	CALL(syscall(SYS_sethostname, text, -1));
	CALL(sethostname(bad_pointer, 5));
	CALL(sethostname(text, 0));
	CALL(uname(&now));
	printf("\"%s\"\n", now.nodename);
	CALL(syscall(SYS_uname, bad_pointer));
	CALL(sethostname(before.nodename, strlen(before.nodename)));
	return test_end();
}
