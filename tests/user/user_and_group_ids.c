/* user_and_group_ids.c - the identity calls, as root and only as root.
 *
 * Layer: tests/user   Source: setuid(2), setresuid(2), getgroups(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <grp.h>

static void
show(void)
{
	uid_t u[3];
	gid_t g[3];

	CALL(getresuid(&u[0], &u[1], &u[2]));
	CALL(getresgid(&g[0], &g[1], &g[2]));
	printf("uid %u %u %u, gid %u %u %u\n", u[0], u[1], u[2], g[0], g[1],
	    g[2]);
	HOLDS(getuid() == u[0] && geteuid() == u[1]);
	HOLDS(getgid() == g[0] && getegid() == g[1]);
}

static void
become_nobody(void)
{
	CALL(setgid(200));
	CALL(setuid(100));
	show();
}

static void
groups(void)
{
	gid_t some[3] = { 5, 7, 11 };
	gid_t back[3] = { 0 };

	CALL(setgroups(3, some));
	VALUE(getgroups(0, NULL));
	VALUE(getgroups(3, back));
	HOLDS(memcmp(some, back, sizeof some) == 0);
	VALUE(getgroups(2, back));
	CALL(syscall(SYS_setgroups, -1, some));
	CALL(syscall(SYS_setgroups, 3, bad_pointer));
	VALUE(syscall(SYS_getgroups, 3, bad_pointer));
	CALL(setgroups(0, NULL));
	VALUE(getgroups(3, back));
	VALUE(syscall(SYS_setfsuid, 9));
	VALUE(syscall(SYS_setfsuid, -1));
	VALUE(syscall(SYS_setfsgid, 9));
	VALUE(syscall(SYS_setfsgid, -1));
}

static void
become_parts(void)
{
	CALL(setresgid(1, 2, 3));
	CALL(setresgid((gid_t)-1, 5, (gid_t)-1));
	show();
	CALL(setregid(7, 8));
	show();
	CALL(setreuid(0, 0));
	show();
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	show();
	STATUS(child_run(become_nobody));
	STATUS(child_run(become_parts));
	STATUS(child_run(groups));
	CALL(setuid(0));
	CALL(setgid(0));
	CALL(setresuid((uid_t)-1, 0, (uid_t)-1));
	show();
	CALL(syscall(SYS_getresuid, bad_pointer, bad_pointer, bad_pointer));
	CALL(syscall(SYS_getresgid, bad_pointer, bad_pointer, bad_pointer));
	CALL(syscall(SYS_setuid, -1));
	CALL(syscall(SYS_setgid, -1));
	CALL(syscall(SYS_getgroups, -1, NULL));
	HOLDS(getgroups(0, NULL) >= 0);
	return test_end();
}
