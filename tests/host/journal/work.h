/* work.h - what the tests of the journal share on the kernel's side.
 *
 * Layer: tests/host/journal   Called by: work.c, judge.c
 *
 * Every block that may be changed has a kind and a version, and its bytes
 * follow from the version.  What a handle changes is an event of its
 * transaction; so the events up to a transaction say what the disk must hold
 * if that was the last one that committed.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/buffer.h"
#include "fs/journal/journal.h"
#include "jtest.h"

enum kind {
	META,    /* in the log: the version's bytes */
	FREE,    /* anything, unless written directly */
	ORDERED, /* a file's block: the version's bytes, by ordered mode */
};

struct event {
	uint32_t tid;
	uint32_t block; /* index in image->blocks */
	enum kind kind;
	uint32_t version;
};

/* A free block was written without the journal. */
struct direct {
	uint32_t block;
	uint32_t freed_tid;
	uint32_t version;
	size_t begin; /* the number of its first write */
	size_t end;   /* all is flushed after so many; SIZE_MAX: never */
};

/* A write, or a flush (bytes == 0). */
struct entry {
	uint64_t at;
	size_t bytes;
	size_t data; /* first sector in the pool */
	bool fua;
	uint32_t acked;  /* the last transaction that is promised */
	uint32_t newest; /* the last that has begun */
};

struct sector {
	uint8_t bytes[512];
};

/* An array that grows. */
#define ARRAY(type)      \
	struct {         \
		type *v; \
		size_t n, max; \
	}
#define ARRAY_PUSH(a)                                                        \
	((a)->n == (a)->max ?                                                \
	    array_grow((void **)&(a)->v, &(a)->max, sizeof(*(a)->v)) :       \
	    (void)0, &(a)->v[(a)->n++])
void array_grow(void **v, size_t *max, size_t item_bytes);

/* What jt_work() has done. */
struct history {
	ARRAY(struct event) events;
	ARRAY(struct direct) directs;
	ARRAY(struct entry) entries;
	ARRAY(struct sector) pool;
	uint8_t *start;     /* the disk before */
	uint64_t size;
	uint32_t first_tid; /* the first transaction's */
	uint32_t acked, newest; /* at the end */
	bool aborted;
};
extern struct history history;

/* The bytes of a version of a block. */
void fill_version(uint8_t *bytes, uint32_t block_bytes, uint32_t block,
    uint32_t version);

/* Open the log of an image; its cache comes with it. */
int open_log(const struct image *img, const struct journal_ops *ops,
    struct buffer_cache *cache, struct journal **out, unsigned *replayed);

/* Pseudo-random numbers below limit. */
uint32_t random_below(uint64_t *state, uint32_t limit);
