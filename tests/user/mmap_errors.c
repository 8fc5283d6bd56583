/* mmap_errors.c - what mmap, munmap and mprotect refuse.
 *
 * Layer: tests/user   Source: mmap(2), mprotect(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define ANONYMOUS	(MAP_PRIVATE | MAP_ANONYMOUS)
#define RW		(PROT_READ | PROT_WRITE)

/* The raw call: musl refuses some of these itself. */
static long
map(void *hint, size_t bytes, int rights, int flags, int fd, long offset)
{
	return syscall(SYS_mmap, hint, bytes, rights, flags, fd, offset);
}

static long
unmap(void *at, size_t bytes)
{
	return syscall(SYS_munmap, at, bytes);
}

static void
arguments(void)
{
	char *at = (char *)map(NULL, 4 * PAGE, RW, ANONYMOUS, -1, 0);

	CALL(map(NULL, 0, RW, ANONYMOUS, -1, 0));
	CALL(map(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	CALL(map(at + 1, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(map(NULL, 1UL << 60, RW, ANONYMOUS, -1, 0));
	CALL(map(NULL, -1UL, RW, ANONYMOUS, -1, 0));
	CALL(map((void *)-PAGE, PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(map((void *)(1UL << 47), PAGE, RW, ANONYMOUS | MAP_FIXED, -1, 0));
	CALL(unmap(at + 1, PAGE));
	CALL(unmap(at, 0));
	CALL(unmap(at, -1UL));
	CALL(unmap((void *)-PAGE, PAGE));
	CALL(unmap((void *)PAGE, PAGE));
	CALL(syscall(SYS_mprotect, at + 1, PAGE, PROT_READ));
	CALL(syscall(SYS_mprotect, at, PAGE, 99));
	CALL(mprotect(at, 0, PROT_READ));
	CALL(unmap(at + PAGE, PAGE));
	CALL(mprotect(at, 3 * PAGE, PROT_READ));
	CALL(mprotect((void *)-PAGE, PAGE, PROT_READ));
}

static void
files(void)
{
	int reader = CALL(open("file", O_RDONLY));
	int writer = CALL(open("file", O_WRONLY));
	int dir = CALL(open(".", O_RDONLY));
	int ends[2];
	char *at;

	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0));
	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, reader, 1));
	CALL(map(NULL, PAGE, PROT_READ, 0, reader, 0));
	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, writer, 0));
	CALL(map(NULL, PAGE, PROT_READ, MAP_SHARED, writer, 0));
	CALL(map(NULL, PAGE, PROT_WRITE, MAP_SHARED, reader, 0));
	CALL(map(NULL, PAGE, RW, MAP_PRIVATE, reader, 0));
	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, dir, 0));
	CALL(pipe(ends));
	CALL(map(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0));
	CALL(at = (char *)map(NULL, PAGE, PROT_READ, MAP_SHARED, reader, 0));
	CALL(mprotect(at, PAGE, RW));
	CALL(mprotect(at, PAGE, PROT_NONE));
	CALL(mprotect(at, PAGE, PROT_READ));
	HOLDS(at[0] == 't');
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	arguments();
	files();
	return test_end();
}
