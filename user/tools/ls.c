/* ls.c - list directories.
 *
 *   -a  names that begin with a dot too     -d  the directory itself
 *   -l  long: mode, links, owner, size      -i  inode numbers
 *   -R  the directories below too           -1  (always) one name a line
 *   -n  long, with numbers for the owner
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <dirent.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

struct entry {
	char *path;		/* to reach it */
	const char *name;	/* to show it */
	struct stat info;
};

static bool all, self, inodes, is_long, numeric, recursive;
static bool printed;		/* something: a title needs a blank line */
static int status;

/* "drwxr-xr-x" */
static void
mode_text(mode_t mode, char text[11])
{
	static const char types[16] = "?pc?d?b?-?l?s???";
	static const char rights[] = "rwxrwxrwx";

	text[0] = types[(mode & S_IFMT) / S_IFIFO];
	for (int i = 0; i < 9; i++)
		text[1 + i] = mode & (0400 >> i) ? rights[i] : '-';
	if (mode & S_ISUID)
		text[3] = mode & S_IXUSR ? 's' : 'S';
	if (mode & S_ISGID)
		text[6] = mode & S_IXGRP ? 's' : 'S';
	if (mode & S_ISVTX)
		text[9] = mode & S_IXOTH ? 't' : 'T';
	text[10] = '\0';
}

static void
print_owner(const struct stat *info)
{
	struct passwd *user = numeric ? NULL : getpwuid(info->st_uid);
	struct group *group = numeric ? NULL : getgrgid(info->st_gid);

	if (user != NULL)
		printf(" %-8s", user->pw_name);
	else
		printf(" %-8u", info->st_uid);
	if (group != NULL)
		printf(" %-8s", group->gr_name);
	else
		printf(" %-8u", info->st_gid);
}

/* Everything that stands in front of the name. */
static void
print_long(const struct stat *info)
{
	char mode[11];
	char when[32];
	const char *format = "%b %e %H:%M";
	time_t age = time(NULL) - info->st_mtime;

	mode_text(info->st_mode, mode);
	printf("%s %3lu", mode, (unsigned long)info->st_nlink);
	print_owner(info);
	if (S_ISCHR(info->st_mode) || S_ISBLK(info->st_mode))
		printf(" %4u, %3u", major(info->st_rdev),
		    minor(info->st_rdev));
	else
		printf(" %9lld", (long long)info->st_size);
	/* As POSIX wants it: older than half a year shows the year. */
	if (age < -60 || age > 365L * 24 * 60 * 60 / 2)
		format = "%b %e  %Y";
	strftime(when, sizeof(when), format, localtime(&info->st_mtime));
	printf(" %s ", when);
}

static void
print_entry(const struct entry *entry)
{
	char target[4096];
	ssize_t length;

	if (inodes)
		printf("%7llu ", (unsigned long long)entry->info.st_ino);
	if (is_long)
		print_long(&entry->info);
	fputs(entry->name, stdout);
	if (is_long && S_ISLNK(entry->info.st_mode)) {
		length = readlink(entry->path, target, sizeof(target));
		if (length >= 0)
			printf(" -> %.*s", (int)length, target);
	}
	putchar('\n');
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name,
	    ((const struct entry *)b)->name);
}

/* Read the directory PATH.  Returns its entries, sorted; frees nothing. */
static struct entry *
read_dir(const char *path, size_t *count)
{
	struct entry *entries = NULL;
	struct dirent *d;
	DIR *dir = opendir(path);

	*count = 0;
	if (dir == NULL) {
		warn("%s", path);
		status = EXIT_FAILURE;
		return NULL;
	}
	while ((d = readdir(dir)) != NULL) {
		struct entry *e;

		if (d->d_name[0] == '.' && !all)
			continue;
		entries = realloc(entries, (*count + 1) * sizeof(*entries));
		if (entries == NULL)
			err(EXIT_FAILURE, "%s", path);
		e = &entries[(*count)++];
		e->path = join_path(path, d->d_name);
		e->name = strdup(d->d_name);
		if (lstat(e->path, &e->info) < 0) {
			warn("%s", e->path);
			status = EXIT_FAILURE;
			--*count;
		}
	}
	closedir(dir);
	if (*count > 0)
		qsort(entries, *count, sizeof(*entries), by_name);
	return entries;
}

static void
list_dir(const char *path, bool title)
{
	size_t count;
	struct entry *entries = read_dir(path, &count);

	if (title)
		printf("%s%s:\n", printed ? "\n" : "", path);
	printed = true;
	for (size_t i = 0; i < count; i++)
		print_entry(&entries[i]);
	for (size_t i = 0; recursive && i < count; i++)
		if (S_ISDIR(entries[i].info.st_mode) &&
		    strcmp(entries[i].name, ".") != 0 &&
		    strcmp(entries[i].name, "..") != 0)
			list_dir(entries[i].path, true);
}

static void
parse_options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "adilnR1")) != -1) {
		all |= option == 'a';
		self |= option == 'd';
		inodes |= option == 'i';
		is_long |= option == 'l' || option == 'n';
		numeric |= option == 'n';
		recursive |= option == 'R';
		if (option == '?')
			usage("ls [-adilnR1] [FILE]...");
	}
}

int
ls_main(int argc, char **argv)
{
	size_t dirs = 0;
	size_t count;

	parse_options(argc, argv);
	if (optind == argc)
		argv[--optind] = ".";
	count = argc - optind;
	/* Files first, then what is in the directories. */
	for (char **path = argv + optind; *path != NULL; path++) {
		struct entry e = {.path = *path, .name = *path};
		bool follow = !self && !is_long;

		if ((follow ? stat : lstat)(*path, &e.info) < 0 &&
		    lstat(*path, &e.info) < 0) {
			warn("%s", *path);
			status = EXIT_FAILURE;
		} else if (S_ISDIR(e.info.st_mode) && !self) {
			argv[optind + dirs++] = *path;
		} else {
			print_entry(&e);
			printed = true;
		}
	}
	for (size_t i = 0; i < dirs; i++)
		list_dir(argv[optind + i], count > 1 || recursive);
	return finish(status);
}
