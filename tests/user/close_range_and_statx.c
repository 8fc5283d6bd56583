/* close_range_and_statx.c - two calls that the C library does not know.
 *
 * Layer: tests/user   Source: close_range(2), statx(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define CLOEXEC_FLAG 4
#define BASIC_STATS  0x7ff

/* The first members of struct statx, and room for the rest. */
struct statx_start {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t pad;
	uint64_t ino;
	uint64_t size;
	char rest[256 - 48];
};

static long
range(unsigned first, unsigned last, unsigned flags)
{
	return syscall(436, first, last, flags);
}

static long
stx(int dirfd, const char *path, int flags, unsigned mask, void *to)
{
	return syscall(332, dirfd, path, flags, mask, to);
}

static void
show_marks(void)
{
	for (int fd = 3; fd < 12; fd++)
		printf("%d", fcntl(fd, F_GETFD));
	printf("\n");
}

int
main(int argc, char **argv)
{
	struct statx_start s = { 0 };

	(void)argc;
	test_begin(argv);
	for (int fd = 3; fd < 11; fd++)
		dup2(0, fd);
	show_marks();
	CALL(range(5, 6, 0));
	show_marks();
	CALL(range(8, 9, CLOEXEC_FLAG));
	show_marks();
	CALL(range(7, 3, 0));
	CALL(range(3, 5, 0x100));
	CALL(range(4, ~0U, 0));
	show_marks();

	file_make("file", "12345");
	CALL(chmod("file", 0640));
	CALL(symlink("file", "link"));
	CALL(stx(AT_FDCWD, "link", 0, BASIC_STATS, &s));
	printf("%o %lu %u\n", s.mode, (unsigned long)s.size, s.nlink);
	HOLDS((s.mask & BASIC_STATS) == BASIC_STATS);
	CALL(stx(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, BASIC_STATS, &s));
	printf("%o %lu\n", s.mode, (unsigned long)s.size);
	CALL(stx(open("file", O_RDONLY), "", AT_EMPTY_PATH, BASIC_STATS, &s));
	printf("%o %lu\n", s.mode, (unsigned long)s.size);
	CALL(stx(AT_FDCWD, "", 0, BASIC_STATS, &s));
	CALL(stx(AT_FDCWD, "no", 0, BASIC_STATS, &s));
	CALL(stx(AT_FDCWD, "file", 0, 0x80000000, &s));
	CALL(stx(AT_FDCWD, "file", 0x6000, BASIC_STATS, &s));
	CALL(stx(AT_FDCWD, "file", 0x10000, BASIC_STATS, &s));
	CALL(stx(AT_FDCWD, "file", 0, BASIC_STATS, bad_pointer));
	return test_end();
}
