/* cp.c - copy files.  -r: directories with all that is in them.
 *
 *   cp FILE NEWFILE      cp [-r] FILE... DIR
 *
 * SPDX-License-Identifier: MIT */
#include "tools.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>

static bool recursive;

static bool copy(const char *from, const char *to);

/* Complain about PATH, because of errno. */
static bool
failed(const char *path)
{
	warn("%s", path);
	return false;
}

static bool
copy_bytes(int in, const char *from, int out, const char *to)
{
	static char buf[64 * 1024];
	ssize_t got;

	while ((got = read(in, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0, n; done < got; done += n) {
			n = write(out, buf + done, got - done);
			if (n < 0)
				return failed(to);
		}
	}
	return got == 0 || failed(from);
}

static bool
copy_file(const char *from, const char *to, mode_t mode)
{
	bool good;
	int in = open(from, O_RDONLY);
	int out;

	if (in < 0)
		return failed(from);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC, mode & 0777);
	if (out < 0) {
		close(in);
		return failed(to);
	}
	good = copy_bytes(in, from, out, to);
	close(in);
	if (close(out) < 0)
		good = failed(to);
	return good;
}

static bool
copy_link(const char *from, const char *to)
{
	char target[PATH_MAX];
	ssize_t length = readlink(from, target, sizeof(target) - 1);

	if (length < 0)
		return failed(from);
	target[length] = '\0';
	return symlink(target, to) == 0 || failed(to);
}

static bool
copy_dir(const char *from, const char *to, mode_t mode)
{
	bool good = true;
	struct dirent *d;
	DIR *dir = opendir(from);

	if (dir == NULL)
		return failed(from);
	if (mkdir(to, (mode & 0777) | S_IRWXU) < 0 && errno != EEXIST)
		good = failed(to);
	while (good && (d = readdir(dir)) != NULL) {
		char *inner_from = join_path(from, d->d_name);
		char *inner_to = join_path(to, d->d_name);

		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0)
			good = copy(inner_from, inner_to);
		free(inner_from);
		free(inner_to);
	}
	closedir(dir);
	return good;
}

/* Copy whatever FROM is to the path TO.  Returns false after a message. */
static bool
copy(const char *from, const char *to)
{
	struct stat source;
	struct stat target;

	if ((recursive ? lstat : stat)(from, &source) < 0)
		return failed(from);
	if (stat(to, &target) == 0 && source.st_dev == target.st_dev &&
	    source.st_ino == target.st_ino) {
		warnx("%s and %s are the same file", from, to);
		return false;
	}
	if (S_ISLNK(source.st_mode))
		return copy_link(from, to);
	if (!S_ISDIR(source.st_mode))
		return copy_file(from, to, source.st_mode);
	if (recursive)
		return copy_dir(from, to, source.st_mode);
	warnx("%s: is a directory (use -r)", from);
	return false;
}

int
cp_main(int argc, char **argv)
{
	const char *target = argv[argc - 1];
	int status = EXIT_SUCCESS;
	int option;

	while ((option = getopt(argc, argv, "rR")) != -1) {
		recursive |= option == 'r' || option == 'R';
		if (option == '?')
			usage("cp [-r] FROM... TO");
	}
	if (argc - optind < 2)
		usage("cp [-r] FROM... TO");
	for (int i = optind; i < argc - 1; i++) {
		char *to = destination(argv[i], target, argc - optind > 2);

		if (to == NULL || !copy(argv[i], to))
			status = EXIT_FAILURE;
		free(to);
	}
	return status;
}
