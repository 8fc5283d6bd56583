/* test_cpio.c - archives, whole, damaged and hostile.
 *
 * Sources: kernel/fs/cpio.c
 *
 * Each archive lies in memory of exactly its size, so that AddressSanitizer
 * sees every read beyond it.  For a damaged one only this is fixed: it comes
 * to an end, gives 0, -EINVAL or the callback's error, and what it hands to
 * the callback lies inside the archive.
 * SPDX-License-Identifier: MIT */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/cpio.h"

#define MUTANTS	   20000
#define HEADER	   110
#define NAME_FIELD (6 + 11 * 8) /* offset of the name's length */
#define SIZE_FIELD (6 + 6 * 8)	/* of the file's length */

#define CHECK(expr)                                                         \
	do {                                                                \
		if (!(expr)) {                                              \
			printf("%s:%d: %s\n", __FILE__, __LINE__, #expr);   \
			exit(1);                                            \
		}                                                           \
	} while (0)

static char image[8192];
static size_t used;

static void
pad(void)
{
	while (used % 4 != 0)
		image[used++] = '\0';
}

static void
put_member(const char *name, unsigned mode, unsigned ino, const char *data)
{
	used += (size_t)sprintf(image + used,
	    "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X", ino,
	    mode, 1u, 2u, 1u, 1000u, (unsigned)strlen(data), 8u, 9u, 10u, 11u,
	    (unsigned)strlen(name) + 1, 0u);
	used += (size_t)sprintf(image + used, "%s", name) + 1;
	pad();
	used += (size_t)sprintf(image + used, "%s", data);
	pad();
}

static void
put_trailer(void)
{
	put_member("TRAILER!!!", 0, 0, "");
}

/* What a callback saw. */
struct seen {
	const char *start;
	const char *end;
	unsigned members;
	unsigned archives;
	int answer;
	struct cpio_entry last;
};

static int
see_member(const struct cpio_entry *entry, void *arg)
{
	struct seen *seen = arg;
	const char *data = entry->data;
	size_t nonzero = 0;

	CHECK(entry->name >= seen->start);
	CHECK(entry->name + entry->name_len < seen->end);
	CHECK(strlen(entry->name) == entry->name_len);
	CHECK(data >= seen->start && data <= seen->end);
	CHECK(entry->bytes <= (size_t)(seen->end - data));
	for (size_t i = 0; i < entry->bytes; i++)
		nonzero += data[i] != '\0';
	CHECK(nonzero <= entry->bytes);
	seen->members++;
	seen->last = *entry;
	return seen->answer;
}

static void
see_end(void *arg)
{
	struct seen *seen = arg;

	seen->archives++;
}

/* Read n bytes of an archive from memory of just that size.  *seen: the names
 * and data in it are gone. */
static int
read_archive(const char *bytes, size_t n, struct seen *seen)
{
	char *copy = malloc(n > 0 ? n : 1);
	int answer = seen->answer;
	int err;

	CHECK(copy != NULL);
	memcpy(copy, bytes, n);
	*seen = (struct seen){.start = copy, .end = copy + n, .answer = answer};
	err = cpio_for_each(copy, n, see_member, see_end, seen);
	free(copy);
	return err;
}

/* Two archives with zeroes between, as a boot loader may pass them. */
static void
make_image(void)
{
	used = 0;
	put_member("dir", 040755, 1, "");
	put_member("dir/file", 0100644, 2, "hello");
	put_member("dir/link", 0120777, 3, "file");
	put_trailer();
	memset(image + used, 0, 512);
	used += 512;
	put_member("second", 0100600, 1, "more bytes");
	put_trailer();
}

static void
test_whole(void)
{
	struct seen seen = {0};

	make_image();
	CHECK(read_archive(image, used, &seen) == 0);
	CHECK(seen.members == 4 && seen.archives == 2);
	CHECK(seen.last.mode == 0100600 && seen.last.bytes == 10);
	CHECK(seen.last.uid == 1 && seen.last.gid == 2);
	CHECK(seen.last.mtime == 1000 && seen.last.nlink == 1);
	CHECK(seen.last.dev_major == 8 && seen.last.dev_minor == 9);
	CHECK(seen.last.rdev_major == 10 && seen.last.rdev_minor == 11);
	CHECK(read_archive(image, 0, &seen) == 0 && seen.members == 0);

	seen.answer = -EIO;
	CHECK(read_archive(image, used, &seen) == -EIO && seen.members == 1);
}

/* Cut at every byte: only where an archive ends (or in the zeroes behind it)
 * is it a good archive. */
static void
test_cut(void)
{
	struct seen seen = {0};
	size_t first_end;
	unsigned good = 0;

	used = 0;
	put_member("file", 0100644, 2, "hello");
	put_trailer();
	first_end = used;
	make_image();
	for (size_t n = 1; n < used; n++) {
		int err = read_archive(image, n, &seen);
		bool between = seen.archives == 1 && seen.members == 3;

		CHECK(err == 0 || err == -EINVAL);
		CHECK(err != 0 || between || seen.archives == 2);
		CHECK(n >= first_end || err == -EINVAL);
		good += err == 0;
	}
	/* Somewhere in the 512 zeroes. */
	CHECK(good >= 512);
}

/* Lengths that lead out of the image or wrap around. */
static void
test_hostile_lengths(void)
{
	static const char *const lengths[] = {"00000000", "00000001",
	    "00000FFF", "00010000", "7FFFFFFF", "80000000", "FFFFFF91",
	    "FFFFFFFF", "0000000G", "        ", "-0000001"};
	static const size_t fields[] = {NAME_FIELD, SIZE_FIELD};

	for (size_t f = 0; f < 2; f++) {
		for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
			struct seen seen = {0};
			int err;

			used = 0;
			put_member("name", 0100644, 1, "1");
			put_trailer();
			memcpy(image + fields[f], lengths[i], 8);
			err = read_archive(image, used, &seen);
			/* One byte of data is what it really has. */
			if (f == 1 && i <= 1)
				continue;
			CHECK(err == -EINVAL);
		}
	}
}

static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* Damage a few bytes, with what the format is sensitive to. */
static void
test_mutants(void)
{
	static const char interesting[] = "0123456789abcdefABCDEF\0/TR!\377";
	char mutant[sizeof(image)];
	uint32_t random = 1;

	for (unsigned m = 0; m < MUTANTS; m++) {
		struct seen seen = {0};
		unsigned changes;
		int err;

		make_image();
		memcpy(mutant, image, used);
		changes = 1 + next_random(&random) % 8;
		for (unsigned i = 0; i < changes; i++) {
			uint32_t at = next_random(&random) % used;

			mutant[at] = interesting[next_random(&random) %
			    (sizeof(interesting) - 1)];
		}
		if (next_random(&random) % 4 == 0)
			used = next_random(&random) % used;
		err = read_archive(mutant, used, &seen);
		CHECK(err == 0 || err == -EINVAL);
	}
}

int
main(void)
{
	test_whole();
	test_cut();
	test_hostile_lengths();
	test_mutants();
	return 0;
}
