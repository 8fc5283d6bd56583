/* directory_entries.c - getdents64: every entry once, with its kind.
 *
 * Layer: tests/user   Source: getdents(2), readdir(3)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define FILES	300

struct entry64 {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[];
};

static int
compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void
kinds(void)
{
	struct dirent **list;
	int count = VALUE(scandir(".", &list, NULL, compare));

	for (int i = 0; i < count; i++) {
		unsigned char type = list[i]->d_type;

		printf("%s: %s\n", list[i]->d_name,
		    type == DT_DIR ? "directory" : type == DT_REG ? "regular" :
		    type == DT_LNK ? "link" : type == DT_FIFO ? "fifo" :
		    type == DT_CHR ? "character device" : "other");
		free(list[i]);
	}
	free(list);
}

static bool
inodes_agree(void)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	struct stat st;
	bool agree = true;

	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, "..") != 0 &&
		    (lstat(entry->d_name, &st) != 0 ||
		    st.st_ino != entry->d_ino))
			agree = false;
	closedir(dir);
	return agree;
}

/* Reads "many" with a buffer of BYTES; returns the number of numbered names
 * found exactly once. */
static int
numbered_once(size_t bytes)
{
	static char buffer[4 * PAGE];
	int seen[FILES] = { 0 };
	int once = 0;
	long n;
	int fd = open("many", O_RDONLY);

	while ((n = syscall(SYS_getdents64, fd, buffer, bytes)) > 0)
		for (long at = 0; at < n;) {
			struct entry64 *entry = (struct entry64 *)(buffer + at);
			int number = atoi(entry->name + 1);

			if (entry->name[0] == 'f' && number < FILES)
				seen[number]++;
			if (entry->length % 8 != 0)
				printf("length is not a multiple of 8\n");
			at += entry->length;
		}
	close(fd);
	for (int i = 0; i < FILES; i++)
		once += seen[i] == 1;
	return n < 0 ? -1 : once;
}

static void
many(void)
{
	char name[32];

	CALL(mkdir("many", 0755));
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "many/f%d", i);
		close(open(name, O_WRONLY | O_CREAT, 0600));
	}
	VALUE(numbered_once(4 * PAGE));
	VALUE(numbered_once(200));
	VALUE(numbered_once(32));
	VALUE(numbered_once(8));
}

static void
errors(void)
{
	char buffer[512];
	int fd = CALL(open("file", O_RDONLY));

	VALUE(syscall(SYS_getdents64, fd, buffer, sizeof buffer));
	VALUE(syscall(SYS_getdents64, 99, buffer, sizeof buffer));
	close(fd);
	fd = CALL(open("many", O_RDONLY));
	VALUE(syscall(SYS_getdents64, fd, bad_pointer, 512));
	VALUE(syscall(SYS_getdents64, fd, buffer, 0));
	close(fd);
	CALL(mkdir("gone", 0755));
	fd = CALL(open("gone", O_RDONLY));
	CALL(rmdir("gone"));
	VALUE(syscall(SYS_getdents64, fd, buffer, sizeof buffer));
	close(fd);
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	file_make("file", "text");
	file_make(".hidden", "text");
	CALL(mkdir("dir", 0755));
	CALL(symlink("dir", "link"));
	CALL(mkfifo("fifo", 0600));
	CALL(mknod("null", S_IFCHR | 0600, makedev(1, 3)));
	kinds();
	HOLDS(inodes_agree());
	many();
	errors();
	return test_end();
}
