/* thread_mapping_changes.c - when mprotect or munmap has returned, no thread on
 * any CPU still uses the old mapping.
 *
 * Layer: tests/user   Source: mprotect(2), munmap(2), madvise(2), mremap(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <pthread.h>
#include <setjmp.h>

#define ROUNDS	40

static volatile uint64_t *page;	/* the writer counts in its first word */
static volatile bool stop;
static volatile long faults;
static sigjmp_buf retry;

/* The writer met a page that it may not write: it tries again and again. */
static void
on_fault(int signal)
{
	(void)signal;
	faults++;
	siglongjmp(retry, 1);
}

static void *
writer(void *argument)
{
	sigsetjmp(retry, 1);
	while (!stop)
		page[0]++;
	return argument;
}

/* Does the word stay as it is for a while?  The writer runs meanwhile. */
static bool
stands_still(void)
{
	struct timespec pause = { 0, 300000 };
	uint64_t before = page[0];

	nanosleep(&pause, NULL);
	return page[0] == before;
}

/* Wait until the writer writes again. */
static void
wait_for_writer(void)
{
	uint64_t before = page[0];

	while (page[0] == before)
		sched_yield();
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	void *spare;
	int still = 0;
	int fresh = 0;
	int moved = 0;

	(void)argc;
	test_begin(argv);
	signal(SIGSEGV, on_fault);
	CALL(page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	VALUE(pthread_create(&thread, NULL, writer, NULL));
	for (int i = 0; i < ROUNDS; i++) {
		wait_for_writer();
		mprotect((void *)page, PAGE, PROT_READ);
		still += stands_still();
		mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
	}
	VALUE(still);
	HOLDS(faults > 0);

	/* What is mapped in its place is new, and nothing comes in late. */
	for (int i = 0; i < ROUNDS; i++) {
		wait_for_writer();
		mmap((void *)page, PAGE, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		fresh += page[0] == 0 && stands_still() && page[0] == 0;
		mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
	}
	VALUE(fresh);

	/* A page that was moved away is out of the writer's reach. */
	for (int i = 0; i < ROUNDS; i++) {
		volatile uint64_t *away;
		struct timespec pause = { 0, 300000 };
		uint64_t count;

		wait_for_writer();
		spare = mmap(NULL, PAGE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		away = mremap((void *)page, PAGE, PAGE,
		    MREMAP_MAYMOVE | MREMAP_FIXED, spare);
		count = away[0];
		nanosleep(&pause, NULL);
		moved += away[0] == count;
		mmap((void *)page, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		munmap(spare, PAGE);
	}
	VALUE(moved);
	stop = true;
	VALUE(pthread_join(thread, NULL));
	return test_end();
}
