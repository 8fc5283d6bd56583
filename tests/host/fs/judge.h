/* judge.h - is this tree one that a power cut may leave?
 *
 * Layer: tests/host/fs   Called by: torture.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "model.h"

/* What is known of the moment of the cut. */
struct judge_moment {
	size_t low;        /* the tree is at least the state after so many
	                    * operations */
	size_t high;       /* and at most this one: they had begun */
	size_t safe;       /* bytes written by the first so many are safe */
	size_t *safe_node; /* the same for each file, if it is more */
	size_t block_bytes;
	bool journalled;   /* data=journal: bytes are as the tree is */
};

/* Compare what is on /mnt with the model.  Returns NULL if it may be, else why
 * not, in a buffer of its own. */
const char *judge_tree(const struct model *m, const struct judge_moment *when);
