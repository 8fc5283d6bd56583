/* string.h - the memory and string functions of C, as far as the kernel needs.
 *
 * Layer: lib   Called by: everyone, and by the compiler itself (mem*)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

#if __STDC_HOSTED__
#include <string.h> /* In host tests the C library's. */
#else
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int byte, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *what);
#endif

/* Copy src to dst[size], always terminated.  Returns strlen(src): a result
 * >= size means that the copy was cut.  size: > 0. */
size_t strlcpy(char *dst, const char *src, size_t size);

/* Parse a number (base 10, or 16 with 0x).  *end: first character not used.
 * No overflow check: callers pass short, trusted text. */
uint64_t strtou64(const char *s, const char **end);
