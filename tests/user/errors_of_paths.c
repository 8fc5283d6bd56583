/* errors_of_paths.c - every call that takes a path, with every bad path.
 *
 * Layer: tests/user   Source: path_resolution(7), intro(2)
 *
 * One line a call: its errors for an empty path, a missing directory, a file
 * as directory, a loop, a name and a path that are too long, a trailing slash
 * behind a file, and two bad pointers.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PATH	(-77777L)	/* where the bad path goes */
#define AT	((long)AT_FDCWD)
#define GOOD	((long)"file")
#define NEW	((long)"new")
#define OUT	((long)buffer)

static char buffer[PAGE];
static char long_name[NAME_MAX + 4];
static char long_path[PATH_MAX + 64];

static const struct call {
	const char *name;
	long number;
	long arguments[5];
} calls[] = {
	{ "open", SYS_open, { PATH, O_RDONLY } },
	{ "open O_CREAT", SYS_open, { PATH, O_CREAT | O_WRONLY, 0600 } },
	{ "openat", SYS_openat, { AT, PATH, O_RDONLY } },
	{ "creat", SYS_creat, { PATH, 0600 } },
	{ "stat", SYS_stat, { PATH, OUT } },
	{ "lstat", SYS_lstat, { PATH, OUT } },
	{ "newfstatat", SYS_newfstatat, { AT, PATH, OUT, 0 } },
	{ "statx", SYS_statx, { AT, PATH, 0, 0x7ff, OUT } },
	{ "statfs", SYS_statfs, { PATH, OUT } },
	{ "access", SYS_access, { PATH, F_OK } },
	{ "faccessat", SYS_faccessat, { AT, PATH, F_OK } },
	{ "faccessat2", SYS_faccessat2, { AT, PATH, F_OK, 0 } },
	{ "chmod", SYS_chmod, { PATH, 0600 } },
	{ "fchmodat", SYS_fchmodat, { AT, PATH, 0600 } },
	{ "chown", SYS_chown, { PATH, 0, 0 } },
	{ "lchown", SYS_lchown, { PATH, 0, 0 } },
	{ "fchownat", SYS_fchownat, { AT, PATH, 0, 0, 0 } },
	{ "truncate", SYS_truncate, { PATH, 0 } },
	{ "utime", SYS_utime, { PATH, 0 } },
	{ "utimes", SYS_utimes, { PATH, 0 } },
	{ "utimensat", SYS_utimensat, { AT, PATH, 0, 0 } },
	{ "futimesat", SYS_futimesat, { AT, PATH, 0 } },
	{ "readlink", SYS_readlink, { PATH, OUT, 10 } },
	{ "readlinkat", SYS_readlinkat, { AT, PATH, OUT, 10 } },
	{ "mkdir", SYS_mkdir, { PATH, 0700 } },
	{ "mkdirat", SYS_mkdirat, { AT, PATH, 0700 } },
	{ "mknod", SYS_mknod, { PATH, S_IFREG | 0600, 0 } },
	{ "mknodat", SYS_mknodat, { AT, PATH, S_IFREG | 0600, 0 } },
	{ "rmdir", SYS_rmdir, { PATH } },
	{ "unlink", SYS_unlink, { PATH } },
	{ "unlinkat", SYS_unlinkat, { AT, PATH, 0 } },
	{ "unlinkat directory", SYS_unlinkat, { AT, PATH, AT_REMOVEDIR } },
	{ "link from", SYS_link, { PATH, NEW } },
	{ "link to", SYS_link, { GOOD, PATH } },
	{ "linkat from", SYS_linkat, { AT, PATH, AT, NEW, 0 } },
	{ "linkat to", SYS_linkat, { AT, GOOD, AT, PATH, 0 } },
	{ "symlink at", SYS_symlink, { GOOD, PATH } },
	{ "symlinkat at", SYS_symlinkat, { GOOD, AT, PATH } },
	{ "rename from", SYS_rename, { PATH, NEW } },
	{ "rename to", SYS_rename, { GOOD, PATH } },
	{ "renameat from", SYS_renameat, { AT, PATH, AT, NEW } },
	{ "renameat to", SYS_renameat, { AT, GOOD, AT, PATH } },
	{ "renameat2 from", SYS_renameat2, { AT, PATH, AT, NEW, 0 } },
	{ "renameat2 to", SYS_renameat2, { AT, GOOD, AT, PATH, 0 } },
	{ "chdir", SYS_chdir, { PATH } },
	{ "chroot", SYS_chroot, { PATH } },
	{ "execve", SYS_execve, { PATH, 0, 0 } },
	{ "execveat", SYS_execveat, { AT, PATH, 0, 0, 0 } },
	{ "umount2", SYS_umount2, { PATH, 0 } },
};

static void
call_with(const struct call *call, const char *path)
{
	long a[5];
	long result;

	for (int i = 0; i < 5; i++)
		a[i] = call->arguments[i] == PATH ? (long)path :
		    call->arguments[i];
	result = syscall(call->number, a[0], a[1], a[2], a[3], a[4]);
	printf(" %s", result < 0 ? errno_name(errno) : "ok");
	if (result > 2)
		close((int)result);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("loop", "loop"));
	memset(long_name, 'n', sizeof long_name - 1);
	for (size_t i = 0; i < sizeof long_path - 1; i++)
		long_path[i] = i % 2 == 0 ? '.' : '/';
	for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
		printf("%s:", calls[i].name);
		call_with(&calls[i], "");
		call_with(&calls[i], "no/x");
		call_with(&calls[i], "file/x");
		call_with(&calls[i], "loop/x");
		call_with(&calls[i], long_name);
		call_with(&calls[i], long_path);
		call_with(&calls[i], "file/");
		call_with(&calls[i], bad_pointer);
		call_with(&calls[i], (const char *)-PAGE);
		printf("\n");
	}
	dir_show(".");
	return test_end();
}
