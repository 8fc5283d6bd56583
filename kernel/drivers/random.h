/* random.h - random numbers: seeds from the CPU, ChaCha20 stretches them.
 *
 * Layer: drivers   Called by: proc (AT_RANDOM, ASLR), syscall getrandom(2)
 * Source: [RFC8439] 2.3 "The ChaCha20 Block Function"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Seed the generator and register /dev/random and /dev/urandom.  With seed=N
 * on the command line it always gives the same numbers: for tests only. */
void random_init(void);

/* Fill buf with n random bytes.  Never waits, never fails.  Any context. */
void random_bytes(void *buf, size_t n);
uint64_t random_u64(void);

/* Mix an event's time (an interrupt) and data into the next seed.  Any context,
 * cheap. */
void random_add(uint64_t data);
