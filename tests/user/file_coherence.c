/* file_coherence.c - a file changed in every way at once: what a mapping shows is
 * what read(2) gives and what a plain array says.
 *
 * Layer: tests/user   Source: mmap(2), ftruncate(2), pwrite(2)
 *
 * SPDX-License-Identifier: MIT */
#include "lib.h"

#define BYTES (48 * PAGE)
#define STEPS 4000

static unsigned char model[BYTES];
static unsigned char buffer[BYTES];
static uint64_t state = 12345;

static unsigned
random_below(unsigned n)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % n;
}

static void
fail(int step, const char *what)
{
	printf("step %d: %s\n", step, what);
	exit(1);
}

int
main(int argc, char **argv)
{
	unsigned size = 0;
	unsigned char *map;
	uint64_t sum = 0;
	int fd;

	(void)argc;
	test_begin(argv);
	fd = CALL(open("file", O_RDWR | O_CREAT, 0600));
	CALL(map = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
	    0));
	for (int step = 0; step < STEPS; step++) {
		unsigned at = random_below(BYTES);
		unsigned n = random_below(3 * PAGE) + 1;
		unsigned kind = random_below(16);

		n = n < BYTES - at ? n : BYTES - at;
		if (kind < 5) {		/* write */
			memset(buffer, step, n);
			memcpy(model + at, buffer, n);
			if (pwrite(fd, buffer, n, at) != (ssize_t)n)
				fail(step, "write");
			size = at + n > size ? at + n : size;
		} else if (kind < 8) {	/* store */
			if (at >= size)
				continue;
			n = n < size - at ? n : size - at;
			memset(map + at, step, n);
			memset(model + at, step, n);
		} else if (kind < 11) {	/* read */
			ssize_t got = pread(fd, buffer, n, at);

			n = at >= size ? 0 : n < size - at ? n : size - at;
			if (got != (ssize_t)n || memcmp(buffer, model + at, n))
				fail(step, "read");
		} else if (kind < 14) {	/* look */
			if (at >= size)
				continue;
			n = n < size - at ? n : size - at;
			if (memcmp(map + at, model + at, n))
				fail(step, "mapping");
		} else if (kind == 14) { /* the end moves */
			if (ftruncate(fd, at) < 0)
				fail(step, "truncate");
			if (at < size)
				memset(model + at, 0, size - at);
			size = at;
		} else if (random_below(4) == 0) {
			if (msync(map, BYTES, MS_SYNC) < 0 || fsync(fd) < 0)
				fail(step, "sync");
			posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		}
	}
	for (unsigned i = 0; i < size; i++)
		sum = sum * 31 + map[i];
	printf("%u bytes, sum %lx\n", size, (unsigned long)sum);
	return test_end();
}
