/* ktest.c - run the tests inside the kernel.
 *
 * Layer: debug   Called by: main.c
 *
 * The output is TAP, read by tests/kernel/test_kernel.py.
 * SPDX-License-Identifier: MIT */

#include "debug/ktest.h"
#include "debug/printk.h"
#include "lib/string.h"

#define FATAL "crash_" /* tests that end in a panic begin so */

extern const struct ktest ktest_start[];
extern const struct ktest ktest_end[];

static unsigned failed_checks; /* of the running test; one runs at a time */

void
ktest_fail(const char *file, int line, const char *expr)
{
	failed_checks++;
	pr_err("# %s:%d: check failed: %s", file, line, expr);
}

static bool
selected(const struct ktest *test, const char *pattern)
{
	if (strncmp(test->name, FATAL, sizeof(FATAL) - 1) == 0)
		return strcmp(pattern, test->name) == 0;
	return strcmp(pattern, "all") == 0 ||
	    strstr(test->name, pattern) != NULL;
}

unsigned
ktest_run(const char *pattern)
{
	unsigned count = 0;
	unsigned number = 0;
	unsigned failed = 0;

	for (const struct ktest *t = ktest_start; t < ktest_end; t++)
		count += selected(t, pattern);
	pr_notice("1..%u", count);
	for (const struct ktest *t = ktest_start; t < ktest_end; t++) {
		if (!selected(t, pattern))
			continue;
		failed_checks = 0;
		t->run();
		failed += failed_checks > 0;
		pr_notice("%s %u - %s", failed_checks > 0 ? "not ok" : "ok",
		    ++number, t->name);
	}
	return failed;
}
