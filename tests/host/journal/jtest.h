/* jtest.h - the border between the tests of the journal and the C library.
 *
 * Layer: tests/host/journal
 *
 * main.c is an ordinary program: it reads images and arguments.  The others are
 * compiled as the kernel is, with the shims of tests/host/fs.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A disk with a log on it, and blocks that the tests may change. */
struct image {
	uint8_t *bytes;
	uint64_t size;
	uint32_t block_bytes;
	uint32_t *log;        /* the log's blocks, in order */
	uint32_t log_count;
	uint32_t *blocks;     /* others */
	uint32_t block_count;
};

/* ---- kernel side ------------------------------------------------------ */

void jt_boot(void);

/* Open the log and close it.  Returns journal_open()'s result, and the number
 * of transactions replayed. */
int jt_replay(const struct image *img, unsigned *replayed);

/* Do `steps` random things to the image, and remember all writes.  threads: so
 * many at once, with a disk that reorders; crashed: do not close. */
struct jt_run {
	uint64_t seed;
	unsigned steps;
	unsigned threads;
	bool data;            /* data=journal: blocks are those of a file */
	uint64_t fail_write;  /* the number of a write that fails; 0: none */
	unsigned fail_alloc;  /* ... of an allocation */
};
void jt_work(struct image *img, const struct jt_run *run);

/* Writes remembered, and cut points: rebuild the disk after the first `cut`
 * writes (variant 0: all of them; others: a random part of those since the last
 * flush) in out; replay; compare.  Returns false, and says what is wrong. */
size_t jt_writes(void);
void jt_rebuild(size_t cut, unsigned variant, uint8_t *out);
bool jt_check(const struct image *img, size_t cut, unsigned variant);

/* Did the journal give up during jt_work()? */
bool jt_aborted(void);

/* Damage the log in many ways, and open it. */
void jt_fuzz(const struct image *img, uint64_t seed, unsigned rounds);
