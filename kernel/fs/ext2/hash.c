/* hash.c - the hashes by which an indexed directory orders its names.
 *
 * Layer: fs/ext2   Called by: htree.c
 * Source: [EXT4] "Hash Tree Directories"; RFC 1320 "The MD4 Message-Digest
 *	Algorithm" 3.4; Wheeler, Needham, "TEA, a Tiny Encryption Algorithm"
 *
 * There are three, chosen by whoever made the file system, and each of them
 * twice, because the first implementation took a name's bytes as char, which
 * has a sign on some machines and on others not.
 *
 * half_md4 and tea mix the name into a state of four words, a piece of 32 or 16
 * bytes at a time; the state begins with the superblock's seed, so that nobody
 * can prepare names that collide on every disk.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/hash.h"

#include "lib/bits.h"
#include "lib/string.h"

#define STATE_WORDS 4
#define MD4_WORDS   8   /* of a name, mixed in at once: half of MD4's */
#define TEA_WORDS   4
#define TEA_ROUNDS  16
#define TEA_DELTA   0x9e3779b9u
#define MD4_ROUND_2 0x5a827999u /* the square roots of 2 and 3, * 2^30 */
#define MD4_ROUND_3 0x6ed9eba1u

#define LEGACY_FIRST  0x12a3fe2du
#define LEGACY_SECOND 0x37abe8f9u
#define LEGACY_FACTOR 7152373u
#define LEGACY_WRAP   0x7fffffffu

/* The largest hash means "behind the last name" to readers of directories. */
#define HASH_END  0xfffffffeu
#define HASH_LAST 0xfffffffcu

static const uint32_t md4_state[STATE_WORDS] = {
    0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u,
};

/* A byte of a name as a word, with its sign or without. */
static inline uint32_t
byte_at(const char *name, bool is_signed)
{
	return is_signed ? (uint32_t)(int32_t)(signed char)*name
	    : (unsigned char)*name;
}

static uint32_t
hash_legacy(const char *name, uint32_t len, bool is_signed)
{
	uint32_t last = LEGACY_FIRST;
	uint32_t before = LEGACY_SECOND;

	for (uint32_t i = 0; i < len; i++) {
		uint32_t hash = before +
		    (last ^ byte_at(name + i, is_signed) * LEGACY_FACTOR);

		if (hash > LEGACY_WRAP)
			hash -= LEGACY_WRAP;
		before = last;
		last = hash;
	}
	return last << 1;
}

/* Put the next count words of a name into out; what it lacks is made up with
 * its length, in every byte. */
static void
take_words(const char *name, uint32_t len, bool is_signed, uint32_t *out,
    unsigned count)
{
	uint32_t pad = len | len << 8;
	uint32_t word;
	uint32_t i;

	pad |= pad << 16;
	word = pad;
	len = MIN(len, count * sizeof(word));
	for (i = 0; i < len; i++) {
		word = byte_at(name + i, is_signed) + (word << 8);
		if (i % sizeof(word) == sizeof(word) - 1) {
			*out++ = word;
			word = pad;
			count--;
		}
	}
	if (count > 0) {
		*out++ = word;
		count--;
	}
	for (; count > 0; count--)
		*out++ = pad;
}

static inline uint32_t
rotate(uint32_t x, unsigned bits)
{
	return x << bits | x >> (32 - bits);
}

/* The three functions of RFC 1320. */
static inline uint32_t
choose(uint32_t x, uint32_t y, uint32_t z)
{
	return z ^ (x & (y ^ z));
}

static inline uint32_t
majority(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) | ((x | y) & z);
}

static inline uint32_t
parity(uint32_t x, uint32_t y, uint32_t z)
{
	return x ^ y ^ z;
}

/* Mix eight words into the state: MD4 with 8 steps a round instead of 16. */
static void
half_md4(uint32_t state[STATE_WORDS], const uint32_t in[MD4_WORDS])
{
	uint32_t a = state[0];
	uint32_t b = state[1];
	uint32_t c = state[2];
	uint32_t d = state[3];

	for (int i = 0; i < MD4_WORDS; i += 4) {
		a = rotate(a + choose(b, c, d) + in[i], 3);
		d = rotate(d + choose(a, b, c) + in[i + 1], 7);
		c = rotate(c + choose(d, a, b) + in[i + 2], 11);
		b = rotate(b + choose(c, d, a) + in[i + 3], 19);
	}
	for (int i = 1; i >= 0; i--) {
		a = rotate(a + majority(b, c, d) + in[i] + MD4_ROUND_2, 3);
		d = rotate(d + majority(a, b, c) + in[i + 2] + MD4_ROUND_2, 5);
		c = rotate(c + majority(d, a, b) + in[i + 4] + MD4_ROUND_2, 9);
		b = rotate(b + majority(c, d, a) + in[i + 6] + MD4_ROUND_2, 13);
	}
	for (int i = 3; i >= 0; i -= 2) {
		a = rotate(a + parity(b, c, d) + in[i] + MD4_ROUND_3, 3);
		d = rotate(d + parity(a, b, c) + in[i + 4] + MD4_ROUND_3, 9);
		c = rotate(c + parity(d, a, b) + in[i - 1] + MD4_ROUND_3, 11);
		b = rotate(b + parity(c, d, a) + in[i + 3] + MD4_ROUND_3, 15);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

/* Mix four words into the first half of the state: they are TEA's key. */
static void
tea(uint32_t state[STATE_WORDS], const uint32_t key[TEA_WORDS])
{
	uint32_t x = state[0];
	uint32_t y = state[1];
	uint32_t sum = 0;

	for (unsigned i = 0; i < TEA_ROUNDS; i++) {
		sum += TEA_DELTA;
		x += ((y << 4) + key[0]) ^ (y + sum) ^ ((y >> 5) + key[1]);
		y += ((x << 4) + key[2]) ^ (x + sum) ^ ((x >> 5) + key[3]);
	}
	state[0] += x;
	state[1] += y;
}

uint32_t
ext2_hash_name(enum ext2_hash kind, const uint32_t seed[STATE_WORDS],
    const char *name, uint32_t len)
{
	bool is_signed = kind < EXT2_HASH_LEGACY_UNSIGNED;
	enum ext2_hash plain = is_signed ? kind
	    : kind - EXT2_HASH_LEGACY_UNSIGNED;
	unsigned words = plain == EXT2_HASH_TEA ? TEA_WORDS : MD4_WORDS;
	uint32_t state[STATE_WORDS];
	uint32_t in[MD4_WORDS];
	uint32_t hash;

	if (plain == EXT2_HASH_LEGACY) {
		hash = hash_legacy(name, len, is_signed);
	} else {
		bool seeded = (seed[0] | seed[1] | seed[2] | seed[3]) != 0;
		uint32_t piece = words * sizeof(in[0]);

		memcpy(state, seeded ? seed : md4_state, sizeof(state));
		for (uint32_t at = 0; at < len; at += piece) {
			take_words(name + at, len - at, is_signed, in, words);
			if (plain == EXT2_HASH_TEA)
				tea(state, in);
			else
				half_md4(state, in);
		}
		hash = plain == EXT2_HASH_TEA ? state[0] : state[1];
	}
	hash &= ~1u;
	return hash == HASH_END ? HASH_LAST : hash;
}
