/* statfs_fields.c - what a file system says of itself.
 *
 * Layer: tests/user   Source: statfs(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"
#include <sys/statfs.h>

int
main(int argc, char **argv)
{
	struct statfs fs;
	int ends[2];
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("loop", "loop"));
	CALL(statfs("file", &fs));
	VALUE(fs.f_namelen);
	VALUE(fs.f_bsize);
	HOLDS(fs.f_bfree <= fs.f_blocks && fs.f_bavail <= fs.f_bfree);
	HOLDS(fs.f_ffree <= fs.f_files);
	fd = CALL(open("file", O_RDONLY));
	CALL(fstatfs(fd, &fs));
	VALUE(fs.f_namelen);
	CALL(statfs("/proc", &fs));
	HOLDS(fs.f_type == 0x9fa0);
	CALL(statfs("no", &fs));
	CALL(statfs("", &fs));
	CALL(statfs("file/x", &fs));
	CALL(statfs("loop", &fs));
	CALL(syscall(SYS_statfs, bad_pointer, &fs));
	CALL(syscall(SYS_statfs, "file", bad_pointer));
	CALL(syscall(SYS_fstatfs, 99, &fs));
	CALL(syscall(SYS_fstatfs, fd, bad_pointer));
	CALL(pipe(ends));
	CALL(fstatfs(ends[0], &fs));
	return test_end();
}
