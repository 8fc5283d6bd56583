/* ext2_hash.c - prints the hashes of names, for test_ext2_hash.py.
 *
 * ext2_hash KIND SEED0 SEED1 SEED2 SEED3, and names, one a line, on standard
 * input: prints one hash a line.
 *
 * SPDX-License-Identifier: MIT */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/ext2/hash.h"

int
main(int argc, char **argv)
{
	char line[512];
	uint32_t seed[4];

	if (argc != 6)
		return 2;
	for (int i = 0; i < 4; i++)
		seed[i] = (uint32_t)strtoul(argv[2 + i], NULL, 0);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		uint32_t len = (uint32_t)strcspn(line, "\n");

		printf("%08x\n", ext2_hash_name((enum ext2_hash)atoi(argv[1]),
		    seed, line, len));
	}
	return 0;
}
