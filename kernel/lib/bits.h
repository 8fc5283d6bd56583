/* bits.h - bits, fields, alignment and the small macros of every C kernel.
 *
 * Layer: lib   Called by: everyone
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#define BIT(n) (1ULL << (n))

/* A field of a register is named by its mask; the shift follows from it. */
#define FIELD_SHIFT(mask)    (__builtin_ctzll(mask))
#define FIELD_GET(mask, reg) (((reg) & (mask)) >> FIELD_SHIFT(mask))
#define FIELD_SET(mask, val) (((uint64_t)(val) << FIELD_SHIFT(mask)) & (mask))

/* Round to a power of two. */
#define ALIGN_UP(x, align)   (((x) + ((align) - 1)) & ~((__typeof__(x))(align) - 1))
#define ALIGN_DOWN(x, align) ((x) & ~((__typeof__(x))(align) - 1))
#define IS_ALIGNED(x, align) (((x) & ((__typeof__(x))(align) - 1)) == 0)

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* For the rare half of a function whose usual half must stay short. */
#define NOINLINE __attribute__((noinline))

#define CACHE_LINE 64
