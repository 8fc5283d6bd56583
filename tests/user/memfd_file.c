/* memfd_file.c - a file without a name.
 *
 * Layer: tests/user   Source: memfd_create(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

static char *map;

static void
child_writes(void)
{
	strcpy(map + PAGE, "from the child");
}

int
main(int argc, char **argv)
{
	char name[300];
	struct stat st;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(memfd_create("test", MFD_CLOEXEC));
	VALUE(fcntl(fd, F_GETFD));
	CALL(fstat(fd, &st));
	HOLDS(S_ISREG(st.st_mode));
	VALUE(st.st_nlink);
	VALUE(st.st_size);
	VALUE(write(fd, "abc", 3));
	CALL(ftruncate(fd, 2 * PAGE));
	map = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	HOLDS(map != MAP_FAILED);
	printf("%s\n", map);
	STATUS(child_run(child_writes));
	printf("%s\n", map + PAGE);
	VALUE(pread(fd, name, 5, PAGE));
	CALL(close(fd));
	printf("%s\n", map + PAGE);
	memset(name, 'n', sizeof name);
	name[249] = '\0';
	OPENS(memfd_create(name, 0));
	name[249] = 'n';
	name[250] = '\0';
	CALL(memfd_create(name, 0));
	CALL(memfd_create(bad_pointer, 0));
	CALL(memfd_create("x", 0x8000));
	return test_end();
}
