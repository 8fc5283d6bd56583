/* crc32.c - cyclic redundancy checks of 32 bits, as file systems use them.
 *
 * Layer: lib   Called by: fs/journal, fs/ext2
 *
 * CRC-32C takes eight bytes a step: table[k][b] is what byte b does to the
 * result when k more bytes follow it, and the eight effects add up (xor).  The
 * tables are made at the first use; two who make them at once write the same.
 * SPDX-License-Identifier: MIT */
#include "lib/crc32.h"

#include "lib/atomic.h"
#include "lib/string.h"

#define POLYNOMIAL_C  0x82f63b78u /* its bits reversed */
#define POLYNOMIAL_BE 0x04c11db7u
#define TOP_BIT       0x80000000u

static uint32_t table[8][256]; /* [I] once ready */
static bool ready;             /* [a] */

static void
make_tables(void)
{
	for (uint32_t byte = 0; byte < 256; byte++) {
		uint32_t crc = byte;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL_C : 0);
		table[0][byte] = crc;
	}
	for (unsigned k = 1; k < 8; k++) {
		for (unsigned byte = 0; byte < 256; byte++) {
			uint32_t crc = table[k - 1][byte];

			table[k][byte] = crc >> 8 ^ table[0][crc & UINT8_MAX];
		}
	}
	atomic_store(&ready, true);
}

/* What the byte at bit `at` of word does when k bytes follow it. */
static inline uint32_t
effect(uint64_t word, unsigned at, unsigned k)
{
	return table[k][word >> at & UINT8_MAX];
}

uint32_t
crc32c(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (!atomic_load(&ready))
		make_tables();
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		word ^= crc;
		crc = effect(word, 0, 7) ^ effect(word, 8, 6) ^
		    effect(word, 16, 5) ^ effect(word, 24, 4) ^
		    effect(word, 32, 3) ^ effect(word, 40, 2) ^
		    effect(word, 48, 1) ^ effect(word, 56, 0);
	}
	for (; n > 0; n--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & UINT8_MAX];
	return crc;
}

uint32_t
crc32_be(uint32_t crc, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	for (; n > 0; n--, p++) {
		crc ^= (uint32_t)*p << 24;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc << 1 ^
			    ((crc & TOP_BIT) != 0 ? POLYNOMIAL_BE : 0);
	}
	return crc;
}
