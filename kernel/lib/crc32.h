/* crc32.h - cyclic redundancy checks of 32 bits, as file systems use them.
 *
 * Layer: lib   Called by: fs/journal, fs/ext2
 * Source: [EXT4] 3.6 "Journal (jbd2)"
 *
 * Neither is inverted at the start or the end: the caller gives ~0, or the
 * result for the bytes before.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* CRC-32C (Castagnoli's polynomial), least significant bit first. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

/* CRC-32 (IEEE 802.3), most significant bit first. */
uint32_t crc32_be(uint32_t crc, const void *bytes, size_t n);
