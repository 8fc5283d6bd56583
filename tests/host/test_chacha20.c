/* test_chacha20.c - the block function against the RFC's own example.
 *
 * Sources: kernel/lib/chacha20.c
 * Source: [RFC8439] 2.3.2 "Test Vector for the ChaCha20 Block Function"
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "lib/chacha20.h"

static const uint32_t expected[CHACHA_BLOCK_WORDS] = {
    0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033,
    0x9aaa2204, 0x4e6cd4c3, 0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9,
    0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2,
};

int
main(void)
{
	uint32_t key[CHACHA_KEY_WORDS];
	uint32_t block[CHACHA_BLOCK_WORDS];

	for (unsigned i = 0; i < sizeof(key); i++)
		((uint8_t *)key)[i] = i;
	/* The RFC's counter has 32 bits and its nonce 96: the same words. */
	chacha20_block(key, 0x0900000000000001, 0x4a000000, block);
	if (memcmp(block, expected, sizeof(block)) != 0) {
		printf("the block differs from the RFC's\n");
		return 1;
	}
	return 0;
}
