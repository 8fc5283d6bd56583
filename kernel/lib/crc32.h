/* crc32.h - cyclic redundancy checks of 32 bits, as file systems use them.
 *
 * Layer: lib   Called by: fs/journal, fs/ext2
 * Source: [JBD2] "Journal (jbd2)"; polynomials as in [RFC3385] and IEEE 802.3
 *
 * Neither is inverted at the start or the end: the caller gives ~0, or the
 * result for the bytes before.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* CRC-32C (Castagnoli), least significant bit first. */
uint32_t crc32c(uint32_t crc, const void *bytes, size_t n);

/* CRC-32 (IEEE 802.3), most significant bit first. */
uint32_t crc32_be(uint32_t crc, const void *bytes, size_t n);
