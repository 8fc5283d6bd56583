/* image.h - a file system image in a file, or a copy of it in memory.
 *
 * Layer: tests/host/fs   Called by: nestfs.c, torture.c, damage.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct image {
	uint8_t *bytes;
	size_t size;
};

/* Map a file; keep: what is changed goes into the file.  Exits if it cannot. */
struct image image_open(const char *path, bool keep);
void image_close(struct image *image);

/* "ext3" if its superblock says that it has a journal, else "ext2". */
const char *image_type(const struct image *image);

/* The bytes of a block, by the superblock; 1024 if that makes no sense. */
size_t image_block_bytes(const struct image *image);

/* Print the tree on /mnt to out, a line for each file, sorted:
 *	PATH MODE(octal) LINKS SIZE CRC32 [-> TEXT]
 * CRC32: of a regular file's bytes, else 0.  Returns 0, or the first error;
 * unreadable: "error N" instead of the CRC. */
int tree_print(FILE *out);
uint32_t crc32_of(uint32_t crc, const void *bytes, size_t n);
