/* chown_ids.c - changing owner and group: root may, and -1 keeps them.
 *
 * Layer: tests/user   Source: chown(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
owner_show(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		printf("%s belongs to %u:%u\n", path, st.st_uid, st.st_gid);
	else
		printf("%s: %s\n", path, errno_name(errno));
}

int
main(int argc, char **argv)
{
	uid_t keep = (uid_t)-1;
	int fd;

	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	CALL(symlink("file", "link"));
	CALL(symlink("loop", "loop"));
	CALL(mkdir("dir", 0755));
	owner_show("file");
	CALL(chown("file", 1000, 100));
	owner_show("file");
	CALL(chown("file", keep, 7));
	owner_show("file");
	CALL(chown("link", 8, keep));
	owner_show("file");
	owner_show("link");
	CALL(lchown("link", 9, 10));
	owner_show("file");
	owner_show("link");
	fd = CALL(open("file", O_RDONLY));
	CALL(fchown(fd, 11, 12));
	owner_show("file");
	close(fd);
	fd = CALL(open("dir", O_RDONLY));
	CALL(fchown(fd, 13, 14));
	owner_show("dir");
	CALL(fchownat(fd, "../file", 15, 16, 0));
	owner_show("file");
	CALL(fchownat(fd, "../link", 17, 18, AT_SYMLINK_NOFOLLOW));
	owner_show("link");
	CALL(fchownat(fd, "", 19, 20, AT_EMPTY_PATH));
	owner_show("dir");
	CALL(fchownat(fd, "../file", 0, 0, 1 << 20));
	CALL(fchownat(99, "file", 0, 0, 0));
	CALL(fchownat(fd, bad_pointer, 0, 0, 0));
	CALL(fchown(99, 0, 0));
	CALL(chown("no", 0, 0));
	CALL(chown("", 0, 0));
	CALL(chown("file/x", 0, 0));
	CALL(chown("loop", 0, 0));
	CALL(lchown("loop", 1, 1));
	CALL(chown(bad_pointer, 0, 0));
	CALL(lchown(bad_pointer, 0, 0));
	return test_end();
}
