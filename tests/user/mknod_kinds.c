/* mknod_kinds.c - making files, fifos and device nodes.
 *
 * Layer: tests/user   Source: mknod(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

int
main(int argc, char **argv)
{
	char name[NAME_MAX + 2];
	struct stat st;
	char byte;
	int dir;
	int fd;

	(void)argc;
	test_begin(argv);
	memset(name, 'n', NAME_MAX + 1);
	name[NAME_MAX + 1] = '\0';
	CALL(mknod("regular", S_IFREG | 0640, 0));
	CALL(mknod("plain", 0600, 0));
	CALL(lstat("plain", &st));
	HOLDS(S_ISREG(st.st_mode) && st.st_size == 0);
	CALL(mknod("fifo", S_IFIFO | 0600, 0));
	CALL(lstat("fifo", &st));
	HOLDS(S_ISFIFO(st.st_mode));
	CALL(mknod("null", S_IFCHR | 0600, makedev(1, 3)));
	CALL(mknod("zero", S_IFCHR | 0600, makedev(1, 5)));
	CALL(lstat("zero", &st));
	HOLDS(S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 5));
	fd = CALL(open("zero", O_RDWR));
	byte = 1;
	VALUE(read(fd, &byte, 1));
	VALUE(byte);
	close(fd);
	fd = CALL(open("null", O_RDWR));
	VALUE(read(fd, &byte, 1));
	VALUE(write(fd, &byte, 1));
	close(fd);
	dir = CALL(open(".", O_RDONLY));
	CALL(mknodat(dir, "at", S_IFREG | 0600, 0));
	CALL(mknodat(99, "at", S_IFREG | 0600, 0));
	CALL(mknod("regular", S_IFREG | 0600, 0));
	CALL(mknod("dir", S_IFDIR | 0700, 0));
	CALL(mknod("link", S_IFLNK | 0700, 0));
	CALL(mknod("no/x", S_IFREG | 0600, 0));
	CALL(mknod("regular/x", S_IFREG | 0600, 0));
	CALL(mknod("", S_IFREG | 0600, 0));
	CALL(mknod("x/", S_IFREG | 0600, 0));
	CALL(mknod(name, S_IFREG | 0600, 0));
	CALL(mknod(bad_pointer, S_IFREG | 0600, 0));
	dir_show(".");
	return test_end();
}
