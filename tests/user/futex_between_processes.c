/* futex_between_processes.c - a futex in shared memory joins processes: in
 * anonymous memory and in a file that each maps elsewhere.
 *
 * Layer: tests/user   Source: futex(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define FUTEX_WAIT	0
#define FUTEX_WAKE	1

#define ROUNDS	200

static long
futex(uint32_t *at, int operation, uint32_t value)
{
	return syscall(SYS_futex, at, operation, value, NULL, NULL, 0);
}

/* Waits until *AT is VALUE; whoever stores wakes. */
static void
wait_until(uint32_t *at, uint32_t value)
{
	uint32_t now;

	while ((now = __atomic_load_n(at, __ATOMIC_SEQ_CST)) != value)
		futex(at, FUTEX_WAIT, now);
}

static void
store(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_SEQ_CST);
	futex(at, FUTEX_WAKE, 1);
}

static void
ping(uint32_t *at)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		store(at, 2 * i + 1);
		wait_until(at, 2 * i + 2);
	}
}

static void
pong(uint32_t *at)
{
	for (uint32_t i = 0; i < ROUNDS; i++) {
		wait_until(at, 2 * i + 1);
		store(at, 2 * i + 2);
	}
}

static uint32_t *
map_file(int fd)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

int
main(int argc, char **argv)
{
	uint32_t *shared;
	int fd;

	(void)argc;
	test_begin(argv);
	CALL(shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	if (child_fork() == 0) {
		pong(shared);
		_exit(0);
	}
	ping(shared);
	VALUE(*shared);
	STATUS(child_wait(-1));

	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	CALL(ftruncate(fd, PAGE));
	if (child_fork() == 0) {
		mmap(NULL, 7 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
		pong(map_file(fd));
		_exit(0);
	}
	CALL(shared = map_file(fd));
	ping(shared);
	VALUE(*shared);
	STATUS(child_wait(-1));
	return test_end();
}
