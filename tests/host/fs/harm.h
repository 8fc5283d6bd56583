/* harm.h - ways to damage a file system image.
 *
 * Layer: tests/host/fs   Called by: damage.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "image.h"

/* A way: does it to a good image; what it did goes to text. */
struct harm {
	const char *name;
	void (*fn)(struct image *image, uint64_t *random, char *text,
	    size_t room);
};

extern const struct harm harms[];
extern const unsigned harm_count;

/* A number below limit, of a sequence. */
uint64_t harm_pick(uint64_t *random, uint64_t limit);
