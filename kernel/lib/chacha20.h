/* chacha20.h - the ChaCha20 block function: a key becomes random bytes.
 *
 * Layer: lib   Called by: drivers/random.c
 * Source: [RFC8439] 2.3 "The ChaCha20 Block Function"
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define CHACHA_KEY_WORDS   8
#define CHACHA_BLOCK_WORDS 16

/* One block of the key stream.  The last four words of the state are counter
 * and nonce, low half first: never use the same pair twice with one key. */
void chacha20_block(const uint32_t key[CHACHA_KEY_WORDS], uint64_t counter,
    uint64_t nonce, uint32_t out[CHACHA_BLOCK_WORDS]);
