/* statx_fields.c - the extended stat.
 *
 * Layer: tests/user   Source: statx(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define BASIC_STATS	0x7ff

/* The head of the kernel's struct statx. */
struct extended {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t spare;
	uint64_t ino;
	uint64_t size;
	uint64_t rest[28];
};

static struct extended st;

static long
statx_call(int fd, const char *path, int flags, unsigned mask, void *to)
{
	return syscall(SYS_statx, fd, path, flags, mask, to);
}

static void
show(const char *what)
{
	printf("%s: mode %o, links %u, owner %u:%u, size %lu\n", what,
	    st.mode, st.nlink, st.uid, st.gid, (unsigned long)st.size);
}

int
main(int argc, char **argv)
{
	struct stat plain;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("file", "link"));
	CALL(statx_call(AT_FDCWD, "file", 0, BASIC_STATS, &st));
	HOLDS((st.mask & BASIC_STATS) == BASIC_STATS);
	show("file");
	CALL(stat("file", &plain));
	HOLDS(plain.st_ino == st.ino);
	CALL(statx_call(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, BASIC_STATS,
	    &st));
	show("link");
	fd = CALL(open("file", O_RDONLY));
	CALL(statx_call(fd, "", AT_EMPTY_PATH, BASIC_STATS, &st));
	show("descriptor");
	CALL(statx_call(fd, "", 0, BASIC_STATS, &st));
	CALL(statx_call(AT_FDCWD, "no", 0, BASIC_STATS, &st));
	CALL(statx_call(99, "file", 0, BASIC_STATS, &st));
	CALL(statx_call(fd, "x", 0, BASIC_STATS, &st));
	CALL(statx_call(AT_FDCWD, "file", 1 << 24, BASIC_STATS, &st));
	CALL(statx_call(AT_FDCWD, "file", 0, 1U << 31, &st));
	CALL(statx_call(AT_FDCWD, "file", 0, BASIC_STATS, bad_pointer));
	CALL(statx_call(AT_FDCWD, bad_pointer, 0, BASIC_STATS, &st));
	return test_end();
}
