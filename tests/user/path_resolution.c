/* path_resolution.c - dots, slashes and long names in paths.
 *
 * Layer: tests/user   Source: path_resolution(7)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

/* "d/./././...file" of exactly LENGTH bytes. */
static void
show_length(int length)
{
	static char path[PATH_MAX + 2];
	int fd;

	memset(path, '/', sizeof path);
	for (int i = 1; i < length - 6; i += 2)
		path[i + 1] = '.';
	memcpy(path, "d/", 2);
	memcpy(path + length - 6, "//file", 7);
	fd = open(path, O_RDONLY);
	printf("path of %d bytes: %s\n", length,
	    fd < 0 ? errno_name(errno) : "ok");
	if (fd >= 0)
		close(fd);
}

static void
dots_and_slashes(void)
{
	file_show("d/file");
	file_show("./d/./file");
	file_show("d//file");
	file_show("d///.//file");
	file_show("d/../d/file");
	file_show("d/e/../file");
	file_show("d/no/../file");
	file_show("d/file/../file");
	file_show("d/file/.");
	file_show("/../../dev/null");
	file_show("...");
	file_show("d/..file");
	CALL(chdir("/.."));
	OPENS(open("dev", O_RDONLY));
	CALL(chdir(test_dir));
}

static void
names(void)
{
	char name[NAME_MAX + 2];
	char deep[4 * (NAME_MAX + 1)] = "";

	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	CALL(mkdir(name, 0755));
	for (int i = 0; i < 3; i++) {
		strcat(deep, name);
		strcat(deep, "/");
		mkdir(deep, 0755);
	}
	strcat(deep, "f");
	OPENS(open(deep, O_WRONLY | O_CREAT, 0600));
	CALL(unlink(deep));
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	CALL(mkdir(name, 0755));
	OPENS(open("with space", O_WRONLY | O_CREAT, 0600));
	OPENS(open("new\nline", O_WRONLY | O_CREAT, 0600));
	OPENS(open("\377\200", O_WRONLY | O_CREAT, 0600));
	CALL(access("\377\200", F_OK));
	CALL(access("\377", F_OK));
	OPENS(open("UPPER", O_WRONLY | O_CREAT, 0600));
	CALL(access("upper", F_OK));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(mkdir("d", 0755));
	CALL(mkdir("d/e", 0755));
	file_make("d/file", "text");
	file_make("d/..file", "dots are letters here");
	file_make("...", "three dots");
	dots_and_slashes();
	names();
	show_length(1000);
	show_length(PATH_MAX - 2);
	show_length(PATH_MAX - 1);
	show_length(PATH_MAX);
	return test_end();
}
