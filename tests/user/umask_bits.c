/* umask_bits.c - the mask takes bits from new files and is inherited.
 *
 * Layer: tests/user   Source: umask(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static void
mode_show(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		printf("%s has mode %o\n", path, st.st_mode & 07777);
	else
		printf("%s: %s\n", path, errno_name(errno));
}

static void
in_child(void)
{
	VALUE(umask(0));
	OPENS(open("child", O_WRONLY | O_CREAT, 0666));
	mode_show("child");
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	VALUE(umask(0));
	OPENS(open("all", O_WRONLY | O_CREAT, 07777));
	mode_show("all");
	VALUE(umask(07));
	OPENS(open("file", O_WRONLY | O_CREAT, 0666));
	mode_show("file");
	CALL(mkdir("dir", 0777));
	mode_show("dir");
	CALL(mkfifo("fifo", 0666));
	mode_show("fifo");
	CALL(symlink("x", "link"));
	mode_show("link");
	CALL(chmod("file", 0666));
	mode_show("file");
	VALUE(umask(017777));
	VALUE(umask(027));
	STATUS(child_run(in_child));
	VALUE(umask(0));
	return test_end();
}
