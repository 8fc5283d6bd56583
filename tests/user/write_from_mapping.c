/* write_from_mapping.c - write(2) and read(2) whose buffer is a mapping of a
 * file, of the same file, or ends in memory that is not there.
 *
 * Layer: tests/user   Source: write(2), mmap(2)
 *
 * The kernel may not wait for the page of the buffer while it holds what the
 * page fault needs.
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define PAGES 40

static uint64_t
sum_file(const char *name)
{
	unsigned char buffer[512];
	uint64_t sum = 0;
	uint64_t at = 0;
	int fd = open(name, O_RDONLY);
	ssize_t n;

	while ((n = read(fd, buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			sum = sum * 31 + buffer[i] + at++;
	}
	close(fd);
	return sum;
}

static void
show_file(const char *name)
{
	struct stat st;

	stat(name, &st);
	printf("%s: %ld bytes, sum %lx\n", name, (long)st.st_size,
	    (unsigned long)sum_file(name));
}

int
main(int argc, char **argv)
{
	char *map;
	char *cut;
	int fd;
	int other;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	CALL(ftruncate(fd, PAGES * PAGE));
	CALL(map = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0));
	for (int i = 0; i < PAGES * PAGE; i += 7)
		map[i] = (char)(i / 7);

	/* From the file to itself: by halves of pages, and behind its end. */
	VALUE(pwrite(fd, map, 3 * PAGE, 10 * PAGE + 100));
	VALUE(pwrite(fd, map + 5, PAGE, 5 * PAGE + 7));
	VALUE(pwrite(fd, map, 20 * PAGE, PAGES * PAGE - 50));
	show_file("file");
	VALUE(pread(fd, map + 30 * PAGE + 1, 5 * PAGE, 5 * PAGE));
	show_file("file");

	/* To another file, from pages that nobody has touched. */
	CALL(munmap(map, PAGES * PAGE));
	CALL(map = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_SHARED, fd, 0));
	other = CALL(open("other", O_RDWR | O_CREAT, 0600));
	VALUE(write(other, map, PAGES * PAGE));
	VALUE(pwrite(other, map + 999, 2 * PAGE, PAGES * PAGE + 12345));
	show_file("other");

	/* The buffer ends before its length says so. */
	CALL(cut = mmap(NULL, 20 * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	memset(cut, 'c', 18 * PAGE);
	CALL(munmap(cut + 18 * PAGE, 2 * PAGE));
	VALUE(pwrite(other, cut + 17 * PAGE + 10, 2 * PAGE, 0) > 0);
	VALUE(pwrite(other, cut + 18 * PAGE, PAGE, 0));
	VALUE(pwrite(other, bad_pointer, PAGE, 1 << 20));
	CALL(ftruncate(other, PAGE - 10));
	show_file("other");

	/* The buffer is behind the end of the file that it maps. */
	CALL(ftruncate(fd, PAGE));
	VALUE(pwrite(other, map + PAGE, 10, 0));
	VALUE(pwrite(other, map + PAGE - 10, 10, 0));
	show_file("other");
	return test_end();
}
