/* chacha20.c - the ChaCha20 block function: a key becomes random bytes.
 *
 * Layer: lib   Called by: drivers/random.c
 * Source: [RFC8439] 2.1 "The ChaCha Quarter Round", 2.3 "The ChaCha20 Block
 *         Function"
 *
 * SPDX-License-Identifier: MIT */
#include "lib/chacha20.h"

#include "lib/string.h"

#define DOUBLE_ROUNDS 10

static inline uint32_t
rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static inline void __attribute__((always_inline))
quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

/* The state is four rows of words: a constant, the key, counter and nonce. */
void
chacha20_block(const uint32_t key[CHACHA_KEY_WORDS], uint64_t counter,
    uint64_t nonce, uint32_t out[CHACHA_BLOCK_WORDS])
{
	static const char constant[] = "expand 32-byte k";
	uint32_t start[CHACHA_BLOCK_WORDS];

	memcpy(start, constant, 4 * sizeof(uint32_t));
	memcpy(start + 4, key, CHACHA_KEY_WORDS * sizeof(uint32_t));
	memcpy(start + 12, &counter, sizeof(counter));
	memcpy(start + 14, &nonce, sizeof(nonce));
	memcpy(out, start, sizeof(start));
	for (unsigned i = 0; i < DOUBLE_ROUNDS; i++) {
		quarter_round(out, 0, 4, 8, 12);
		quarter_round(out, 1, 5, 9, 13);
		quarter_round(out, 2, 6, 10, 14);
		quarter_round(out, 3, 7, 11, 15);
		quarter_round(out, 0, 5, 10, 15);
		quarter_round(out, 1, 6, 11, 12);
		quarter_round(out, 2, 7, 8, 13);
		quarter_round(out, 3, 4, 9, 14);
	}
	for (unsigned i = 0; i < CHACHA_BLOCK_WORDS; i++)
		out[i] += start[i];
}
