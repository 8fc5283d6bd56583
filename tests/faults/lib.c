/* lib.c - what the hostile programs share, and the library of tests/user.
 *
 * Layer: tests/faults   Called by: every tests/faults program
 * Source: proc(5), /proc/meminfo; for the generator: Vigna, "xorshift64*"
 *
 * SPDX-License-Identifier: MIT */
#include "../user/lib.c"
#include "lib.h"

#define QUIET_MS	200	/* freed memory may come late: reaping, RCU */
#define SETTLE_MS	5000
#define SMALL_KIB	(1024L * 1024)

static int failed;

/* The number after NAME in /proc/meminfo. */
static long
meminfo(const char *name)
{
	char text[2048];
	char *at;
	ssize_t n;
	int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	at = strstr(text, name);
	return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

long
memory_free_kib(void)
{
	return meminfo("MemFree:");
}

long
memory_total_kib(void)
{
	return meminfo("MemTotal:");
}

void
small_machine_only(void)
{
	long total = memory_total_kib();

	if (total < 0 || total > SMALL_KIB) {
		printf("this machine is not one to exhaust\n");
		exit(77);
	}
}

void
expect(const char *name, bool good)
{
	printf("%s: %s\n", name, good ? "ok" : "FAILED");
	failed += !good;
}

int
failures(void)
{
	return failed;
}

/* Waits until free memory has not grown for QUIET_MS; returns its size. */
static long
memory_settle(void)
{
	long start = now_ms();
	long grown = start;
	long most = memory_free_kib();

	while (now_ms() - grown < QUIET_MS && now_ms() - start < SETTLE_MS) {
		long now = memory_free_kib();

		if (now > most) {
			most = now;
			grown = now_ms();
		}
		sleep_ms(20);
	}
	return most;
}

void
load_run(const char *name, void (*load)(void))
{
	long before;
	long after;

	load();
	before = memory_settle();
	load();
	after = memory_settle();
	printf("# %s: free memory went from %ld to %ld KiB\n", name, before,
	    after);
	printf("%s: memory ", name);
	expect("comes back", before >= 0 &&
	    after >= before - MEMORY_TOLERANCE_KIB);
}

uint64_t
random_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 2685821657736338717U;
}
