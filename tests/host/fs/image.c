/* image.c - images in files, and what the tree in one looks like.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c
 *
 * SPDX-License-Identifier: MIT */
#include "image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

/* Of the superblock. [EXT2] "Superblock Structure" */
#define SUPER_AT          1024
#define LOG_BLOCK_SIZE_AT 24
#define COMPAT_AT         92
#define COMPAT_HAS_JOURNAL 4

#define READ_BYTES 65536
#define DEPTH_MAX  100

struct image
image_open(const char *path, bool keep)
{
	struct image image;
	struct stat st;
	int fd = open(path, keep ? O_RDWR : O_RDONLY);

	if (fd < 0 || fstat(fd, &st) != 0) {
		perror(path);
		exit(2);
	}
	image.size = (size_t)st.st_size & ~(size_t)511;
	image.bytes = mmap(NULL, image.size + 1, PROT_READ | PROT_WRITE,
	    keep ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	if (image.bytes == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	close(fd);
	return image;
}

void
image_close(struct image *image)
{
	munmap(image->bytes, image->size + 1);
}

static uint32_t
super_word(const struct image *image, size_t at)
{
	uint32_t word = 0;

	if (image->size >= SUPER_AT + at + sizeof(word))
		memcpy(&word, image->bytes + SUPER_AT + at, sizeof(word));
	return word;
}

const char *
image_type(const struct image *image)
{
	return super_word(image, COMPAT_AT) & COMPAT_HAS_JOURNAL ? "ext3"
	    : "ext2";
}

size_t
image_block_bytes(const struct image *image)
{
	uint32_t log = super_word(image, LOG_BLOCK_SIZE_AT);

	return log <= 2 ? (size_t)1024 << log : 1024;
}

uint32_t
crc32_of(uint32_t crc, const void *bytes, size_t n)
{
	static uint32_t table[256];
	const uint8_t *p = bytes;

	if (table[1] == 0) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int bit = 0; bit < 8; bit++)
				c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
			table[i] = c;
		}
	}
	crc = ~crc;
	while (n-- > 0)
		crc = table[(crc ^ *p++) & 255] ^ crc >> 8;
	return ~crc;
}

/* ---- The tree --------------------------------------------------------- */

struct names {
	char **names;
	size_t count;
};

static void
keep_name(const char *name, uint64_t ino, unsigned type, void *arg)
{
	struct names *n = arg;

	(void)ino;
	(void)type;
	if ((n->count & (n->count - 1)) == 0)
		n->names = realloc(n->names,
		    (n->count ? n->count * 2 : 1) * sizeof(char *));
	n->names[n->count++] = strdup(name);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The checksum of a file's bytes; an error number. */
static long
file_crc(const char *path, uint64_t size, uint32_t *crc)
{
	static uint8_t bytes[READ_BYTES];
	int fd = world_open(path, O_RDONLY, 0);
	uint64_t at = 0;
	long n = 1;

	*crc = 0;
	if (fd < 0)
		return fd;
	while (at < size && (n = world_pread(fd, bytes, READ_BYTES, at)) > 0) {
		*crc = crc32_of(*crc, bytes, (size_t)n);
		at += (uint64_t)n;
	}
	world_close(fd);
	return n < 0 ? n : 0;
}

static int print_dir(FILE *out, const char *path, unsigned depth);

/* One file, and what is below it. */
static int
print_file(FILE *out, const char *path, unsigned depth)
{
	char text[5000];
	struct world_stat st;
	uint32_t crc = 0;
	long err = world_stat(path, &st);

	if (err != 0) {
		fprintf(out, "%s error %ld\n", path + 4, -err);
		return (int)err;
	}
	if (S_ISREG(st.mode))
		err = file_crc(path, st.size, &crc);
	fprintf(out, "%s %06o %u %lu ", path + 4, st.mode, st.nlink,
	    S_ISDIR(st.mode) ? 0 : (unsigned long)st.size);
	if (err != 0)
		fprintf(out, "error %ld", -err);
	else
		fprintf(out, "%08x", crc);
	if (S_ISLNK(st.mode)) {
		err = world_readlink(path, text, sizeof(text));
		if (err >= 0)
			fprintf(out, " -> %s", text);
		else
			fprintf(out, " -> error %ld", -err);
	}
	fputc('\n', out);
	if (S_ISDIR(st.mode))
		err = print_dir(out, path, depth + 1);
	return err < 0 ? (int)err : 0;
}

static int
print_dir(FILE *out, const char *path, unsigned depth)
{
	struct names n = {0};
	int err = world_readdir(path, keep_name, &n);
	int first = err;

	if (err != 0)
		fprintf(out, "%s readdir error %d\n", path + 4, -err);
	if (n.count > 0)
		qsort(n.names, n.count, sizeof(char *), by_name);
	for (size_t i = 0; i < n.count; i++) {
		char *child;

		if (asprintf(&child, "%s/%s", path, n.names[i]) > 0 &&
		    depth < DEPTH_MAX)
			err = print_file(out, child, depth);
		first = first != 0 ? first : err;
		free(child);
		free(n.names[i]);
	}
	free(n.names);
	return first;
}

int
tree_print(FILE *out)
{
	return print_dir(out, "/mnt", 0);
}
