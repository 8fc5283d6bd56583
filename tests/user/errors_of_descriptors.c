/* errors_of_descriptors.c - every call that takes a descriptor, with every
 * kind of descriptor that does not fit.
 *
 * Layer: tests/user   Source: intro(2), EBADF
 *
 * One line a call: its answer for -1, a closed one, a huge one, a directory, a
 * file for reading, a file for writing, both ends of a pipe.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define FD	(-77777L)	/* where the descriptor goes */
#define OUT	((long)buffer)

static char buffer[PAGE];
static struct timespec times[2] = { { 1, 1 }, { 1, 1 } };

static const struct call {
	const char *name;
	long number;
	long arguments[6];
} calls[] = {
	{ "read", SYS_read, { FD, OUT, 1 } },
	{ "write", SYS_write, { FD, OUT, 1 } },
	{ "pread64", SYS_pread64, { FD, OUT, 1, 0 } },
	{ "pwrite64", SYS_pwrite64, { FD, OUT, 1, 0 } },
	{ "readv", SYS_readv, { FD, OUT, 0 } },
	{ "writev", SYS_writev, { FD, OUT, 0 } },
	{ "lseek", SYS_lseek, { FD, 0, SEEK_SET } },
	{ "fstat", SYS_fstat, { FD, OUT } },
	{ "fstatfs", SYS_fstatfs, { FD, OUT } },
	{ "fsync", SYS_fsync, { FD } },
	{ "fdatasync", SYS_fdatasync, { FD } },
	{ "syncfs", SYS_syncfs, { FD } },
	{ "ftruncate", SYS_ftruncate, { FD, 10 } },
	{ "fallocate", SYS_fallocate, { FD, 0, 0, 10 } },
	{ "fadvise64", SYS_fadvise64, { FD, 0, 0, 0 } },
	{ "fchmod", SYS_fchmod, { FD, 0600 } },
	{ "fchown", SYS_fchown, { FD, 0, 0 } },
	{ "fchdir", SYS_fchdir, { FD } },
	{ "getdents64", SYS_getdents64, { FD, OUT, PAGE } },
	{ "utimensat", SYS_utimensat, { FD, 0, (long)times, 0 } },
	{ "openat", SYS_openat, { FD, (long)"x", 0 } },
	{ "mkdirat", SYS_mkdirat, { FD, (long)"file", 0700 } },
	{ "unlinkat", SYS_unlinkat, { FD, (long)"x", 0 } },
	{ "newfstatat", SYS_newfstatat, { FD, (long)"x", OUT, 0 } },
	{ "readlinkat", SYS_readlinkat, { FD, (long)"x", OUT, 1 } },
	{ "symlinkat", SYS_symlinkat, { (long)"x", FD, (long)"file" } },
	{ "faccessat", SYS_faccessat, { FD, (long)"x", 0 } },
	{ "renameat", SYS_renameat, { FD, (long)"x", FD, (long)"y" } },
	{ "linkat", SYS_linkat, { FD, (long)"x", FD, (long)"y", 0 } },
	{ "fcntl F_GETFL", SYS_fcntl, { FD, F_GETFL } },
	{ "fcntl F_GETPIPE_SZ", SYS_fcntl, { FD, F_GETPIPE_SZ } },
	{ "flock", SYS_flock, { FD, 8 } },
	{ "ioctl FIONREAD", SYS_ioctl, { FD, 0x541b, OUT } },
	{ "ioctl TCGETS", SYS_ioctl, { FD, 0x5401, OUT } },
	{ "sendfile in", SYS_sendfile, { 20, FD, 0, 1 } },
	{ "sendfile out", SYS_sendfile, { FD, 21, 0, 1 } },
	{ "mmap shared", SYS_mmap, { 0, PAGE, PROT_READ, MAP_SHARED, FD, 0 } },
	{ "mmap private", SYS_mmap,
	    { 0, PAGE, PROT_READ, MAP_PRIVATE, FD, 0 } },
	{ "close", SYS_close, { FD } },
};

static void
call_with(const struct call *call, long fd)
{
	long a[6];
	long result;
	int copy = dup((int)fd);	/* so that close closes nothing else */

	for (int i = 0; i < 6; i++)
		a[i] = call->arguments[i] != FD ? call->arguments[i] :
		    copy >= 0 ? copy : fd;
	result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
	printf(" %s", result < 0 && result > -PAGE ? errno_name(errno) : "ok");
	close(copy);
}

int
main(int argc, char **argv)
{
	int kinds[8] = { -1, 99, INT_MAX };
	int ends[2];

	(void)argc;
	test_begin(argv);
	file_make("file", "text of some length");
	file_make("other", "text of some length");
	kinds[3] = open(".", O_RDONLY);
	kinds[4] = open("file", O_RDONLY);
	kinds[5] = open("file", O_WRONLY);
	CALL(pipe2(ends, O_NONBLOCK));
	kinds[6] = ends[0];
	kinds[7] = ends[1];
	dup2(open("other", O_RDWR), 20);
	dup2(20, 21);
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		printf("%s:", calls[i].name);
		for (int j = 0; j < 8; j++)
			call_with(&calls[i], kinds[j]);
		printf("\n");
	}
	dir_show(".");
	return test_end();
}
