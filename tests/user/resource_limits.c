/* resource_limits.c - getrlimit, setrlimit, prlimit64; inheritance.
 *
 * Layer: tests/user   Source: getrlimit(2), prlimit(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static long
prlimit_call(pid_t pid, int resource, const void *new, void *old)
{
	return syscall(SYS_prlimit64, pid, resource, new, old);
}

static void
inherited(void)
{
	struct rlimit limit;

	CALL(getrlimit(RLIMIT_NOFILE, &limit));
	VALUE(limit.rlim_cur);
	VALUE(limit.rlim_max);
}

int
main(int argc, char **argv)
{
	struct rlimit limit;
	struct rlimit old;

	(void)argc;
	test_begin(argv);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		int result = getrlimit(i, &limit);

		printf("limit %d: %d, %s\n", i, result,
		    limit.rlim_cur <= limit.rlim_max ? "in order" : "odd");
	}
	CALL(getrlimit(RLIMIT_STACK, &limit));
	HOLDS(limit.rlim_cur >= 64 * PAGE);
	limit.rlim_cur = 40;
	limit.rlim_max = 50;
	CALL(setrlimit(RLIMIT_NOFILE, &limit));
	CALL(prlimit_call(0, RLIMIT_NOFILE, NULL, &old));
	VALUE(old.rlim_cur);
	VALUE(old.rlim_max);
	STATUS(child_run(inherited));
	limit.rlim_cur = 45;
	CALL(prlimit_call(0, RLIMIT_NOFILE, &limit, &old));
	VALUE(old.rlim_cur);
	CALL(prlimit_call(getpid(), RLIMIT_NOFILE, NULL, &old));
	VALUE(old.rlim_cur);
	limit.rlim_cur = 51;
	CALL(setrlimit(RLIMIT_NOFILE, &limit));
	CALL(prlimit_call(0, RLIMIT_NOFILE, &limit, NULL));
	CALL(getrlimit(99, &limit));
	CALL(getrlimit(-1, &limit));
	limit.rlim_cur = 1;
	CALL(setrlimit(99, &limit));
	CALL(prlimit_call(0, 99, NULL, &old));
	CALL(prlimit_call(0, RLIMIT_NOFILE, NULL, NULL));
	CALL(prlimit_call(INT_MAX, RLIMIT_NOFILE, NULL, &old));
	CALL(prlimit_call(0, RLIMIT_NOFILE, bad_pointer, NULL));
	CALL(prlimit_call(0, RLIMIT_NOFILE, NULL, bad_pointer));
	CALL(syscall(SYS_getrlimit, RLIMIT_NOFILE, bad_pointer));
	CALL(syscall(SYS_setrlimit, RLIMIT_NOFILE, bad_pointer));
	return test_end();
}
