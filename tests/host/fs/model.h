/* model.h - what a file system must look like after each operation.
 *
 * Layer: tests/host/fs   Called by: torture.c, judge.c
 *
 * The model applies the operations of a script, with the results that they had,
 * to a plain table of files, and keeps the tree as it was after each of them
 * (state k: k operations were done).  Of a file's bytes it keeps the history:
 * which operation wrote what, so that of every byte it is known what a power
 * cut may leave there.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ops.h"

/* A file's bytes [at, end) became those of seed (0: zeroes). */
struct model_event {
	size_t op;
	uint64_t at;
	uint64_t end;
	uint64_t seed;
	uint64_t old_size; /* of the file before */
	bool mapped;       /* through a mapping: ordered mode does not know */
};

/* A file, whatever its names. */
struct model_node {
	unsigned mode;
	unsigned nlink;
	uint64_t size;
	char *target;      /* of a symbolic link */
	size_t changed;    /* operations done when its inode last changed */
	size_t resized;    /* the same, as far as fdatasync cares */
	struct model_event *events;
	size_t event_count;
};

/* A name in a state. */
struct model_name {
	char *path;
	unsigned node;
	unsigned mode;
	unsigned nlink;
	uint64_t size;
	uint64_t hash;     /* of all that a name shows */
};

/* The tree after some operation. */
struct model_state {
	struct model_name *names; /* sorted by path */
	size_t count;
	uint64_t hash;     /* the sum of theirs */
};

/* What a finished operation makes sure of. */
struct model_promise {
	size_t state;      /* the tree is at least this one */
	bool all;          /* the bytes of every file, as of this operation,
	                    * are safe */
	int node;          /* or of this one; -1: none */
};

struct model;
struct model *model_create(void);

/* Apply the next operation, which had this result. */
void model_apply(struct model *m, const struct op *op, long result);

/* What it said differs from POSIX?  An explanation, or NULL. */
const char *model_complaint(const struct model *m);

const struct model_state *model_state(const struct model *m, size_t k);
const struct model_node *model_node(const struct model *m, unsigned node);
struct model_promise model_promise(const struct model *m, size_t op);

/* The node whose size operation op may have changed half, or -1. */
int model_resized(const struct model *m, size_t op);

/* The hash of a name: group names the file if it has several names. */
uint64_t model_hash(const char *path, unsigned mode, unsigned nlink,
    uint64_t size, const char *target, const char *group);
