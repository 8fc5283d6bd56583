/* hash.h - the hashes by which an indexed directory orders its names.
 *
 * Layer: fs/ext2   Called by: htree.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/format.h"
#include "lib/types.h"

/* The hash of a name of len bytes; bit 0 is clear.  seed: s_hash_seed; all 0:
 * the usual one.  Any context. */
uint32_t ext2_hash_name(enum ext2_hash kind, const uint32_t seed[4],
    const char *name, uint32_t len);
