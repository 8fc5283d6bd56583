/* format.h - printf's formatting into a buffer.
 *
 * Layer: lib   Called by: printk, procfs, panic
 *
 * Known: %d %i %u %x %X %o %c %s %p %%, flags - 0 + space #, width and
 * precision (also *), lengths hh h l ll z j t.  No floating point, no %n.
 * SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>

#include "lib/types.h"

/* Write at most size bytes to buf, terminated if size > 0.  Returns the length
 * that the whole text has.  Any context. */
int snprintf(char *buf, size_t size, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
