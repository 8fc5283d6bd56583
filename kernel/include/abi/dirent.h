/* dirent.h - directory entries of getdents64(2)
 *
 * Layer: include/abi   Called by: fs
 * Source: Linux x86-64, <dirent.h>
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* Types of files: S_IF* >> 12 */
#define DT_UNKNOWN 0
#define DT_FIFO    1
#define DT_CHR     2
#define DT_DIR     4
#define DT_BLK     6
#define DT_REG     8
#define DT_LNK     10
#define DT_SOCK    12
#define DT_WHT     14

struct abi_dirent64 {
	uint64_t d_ino;
	int64_t d_off;     /* where the next entry is, for lseek() */
	uint16_t d_reclen; /* bytes of this entry, a multiple of 8 */
	uint8_t d_type;    /* DT_* */
	char d_name[];     /* terminated */
};
