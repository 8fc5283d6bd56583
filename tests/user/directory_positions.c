/* directory_positions.c - telldir, seekdir, rewinddir, and reading a directory
 * that changes.
 *
 * Layer: tests/user   Source: seekdir(3), telldir(3), readdir(3)
 *
 * What POSIX fixes: an entry that is there all the time is seen exactly once,
 * whatever else comes and goes.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define FILES	200

static int
number_of(const struct dirent *entry)
{
	return entry->d_name[0] == 'f' ? atoi(entry->d_name + 1) : -1;
}

static void
populate(void)
{
	char name[16];

	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof name, "d/f%d", i);
		close(open(name, O_WRONLY | O_CREAT, 0600));
	}
}

static void
positions(void)
{
	static long where[FILES + 8];
	static char names[FILES + 8][16];
	DIR *dir = opendir("d");
	struct dirent *entry;
	int count = 0;
	int wrong = 0;

	where[0] = telldir(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(names[count], sizeof names[0], "%.15s",
		    entry->d_name);
		where[++count] = telldir(dir);
	}
	VALUE(count);
	for (int i = count - 1; i >= 0; i -= 7) {
		seekdir(dir, where[i]);
		entry = readdir(dir);
		if (entry == NULL || strcmp(entry->d_name, names[i]) != 0)
			wrong++;
	}
	VALUE(wrong);
	seekdir(dir, where[count]);
	HOLDS(readdir(dir) == NULL);
	rewinddir(dir);
	entry = readdir(dir);
	HOLDS(entry != NULL && strcmp(entry->d_name, names[0]) == 0);
	closedir(dir);
}

/* Removes the even files while reading; the odd ones must be seen once. */
static void
removal_while_reading(void)
{
	int seen[FILES] = { 0 };
	DIR *dir = opendir("d");
	struct dirent *entry;
	char name[16];
	int odd_once = 0;
	int removed = 0;

	while ((entry = readdir(dir)) != NULL) {
		int number = number_of(entry);

		if (number < 0)
			continue;
		seen[number]++;
		if (removed < FILES) {
			snprintf(name, sizeof name, "d/f%d", removed);
			unlink(name);
			removed += 2;
		}
	}
	closedir(dir);
	for (int i = 1; i < FILES; i += 2)
		odd_once += seen[i] == 1;
	VALUE(odd_once);
}

/* New files may or may not be seen, old ones must be seen once. */
static void
creation_while_reading(void)
{
	int seen[FILES] = { 0 };
	DIR *dir = opendir("d");
	struct dirent *entry;
	char name[16];
	int once = 0;
	int made = 0;

	while ((entry = readdir(dir)) != NULL) {
		int number = number_of(entry);

		if (number >= 0 && number < FILES)
			seen[number]++;
		if (made < 100) {
			snprintf(name, sizeof name, "d/n%d", made++);
			close(open(name, O_WRONLY | O_CREAT, 0600));
		}
	}
	rewinddir(dir);
	made = 0;
	while ((entry = readdir(dir)) != NULL)
		made += entry->d_name[0] == 'n';
	closedir(dir);
	for (int i = 1; i < FILES; i += 2)
		once += seen[i] == 1;
	VALUE(once);
	VALUE(made);
}

/* "rm -r" in one pass: remove each entry as it is read. */
static void
remove_all(void)
{
	DIR *dir = opendir("d");
	struct dirent *entry;

	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	CALL(rmdir("d"));
}

int
main(int argc, char **argv)
{
	(void)argc;
	test_begin(argv);
	CALL(mkdir("d", 0755));
	populate();
	positions();
	removal_while_reading();
	creation_while_reading();
	remove_all();
	return test_end();
}
