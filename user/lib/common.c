/* common.c - errors, numbers, files and output for the programs.
 *
 * SPDX-License-Identifier: MIT */
#include "common.h"

#include <fcntl.h>
#include <sys/stat.h>

_Noreturn void
usage(const char *synopsis)
{
	fprintf(stderr, "usage: %s\n", synopsis);
	exit(EXIT_USAGE);
}

long
parse_number(const char *text, long min, long max)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end != '\0')
		errx(EXIT_USAGE, "%s: not a number", text);
	if (errno != 0 || value < min || value > max)
		errx(EXIT_USAGE, "%s: out of range", text);
	return value;
}

int
finish(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout)) {
		warn("write error");
		return EXIT_FAILURE;
	}
	return status;
}

FILE *
open_input(const char *path)
{
	FILE *file;

	if (strcmp(path, "-") == 0)
		return stdin;
	file = fopen(path, "r");
	if (file == NULL)
		warn("%s", path);
	return file;
}

int
close_input(FILE *file, const char *path)
{
	int result = 0;

	if (ferror(file)) {
		warn("%s", path);
		result = -1;
	}
	if (file != stdin)
		fclose(file);
	return result;
}

ssize_t
read_text(const char *path, char *buf, size_t size)
{
	size_t have = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	do {
		got = read(fd, buf + have, size - 1 - have);
		if (got > 0)
			have += got;
	} while (got > 0 && have < size - 1);
	close(fd);
	buf[have] = '\0';
	return got < 0 ? -1 : (ssize_t)have;
}

char *
join_path(const char *dir, const char *name)
{
	char *path;
	const char *slash = dir[0] && dir[strlen(dir) - 1] == '/' ? "" : "/";

	if (asprintf(&path, "%s%s%s", dir, slash, name) < 0)
		err(EXIT_FAILURE, "%s/%s", dir, name);
	return path;
}

char *
base_name(const char *path)
{
	size_t end = strlen(path);
	size_t start;
	char *name;

	while (end > 1 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	name = strndup(path + start, end - start);
	if (name == NULL)
		err(EXIT_FAILURE, "%s", path);
	return name;
}

char *
destination(const char *source, const char *target, bool need_dir)
{
	struct stat info;

	if (stat(target, &info) == 0 && S_ISDIR(info.st_mode)) {
		char *name = base_name(source);
		char *path = join_path(target, name);

		free(name);
		return path;
	}
	if (need_dir) {
		warnx("%s: not a directory", target);
		return NULL;
	}
	return strdup(target);
}
