/* text.c - a text that grows while it is written, for /proc.
 *
 * Layer: fs   Called by: procfs.c and all who show something there
 *
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "fs/procfs.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

#define SIZE_FIRST 1024

/* Make room for n more bytes and a terminating 0. */
static bool
make_room(struct text *t, size_t n)
{
	size_t size = MAX(t->size, SIZE_FIRST);
	char *buf;

	if (t->failed)
		return false;
	if (t->size - t->len > n)
		return true;
	while (size - t->len <= n)
		size *= 2;
	buf = kmalloc(size);
	if (buf == NULL) {
		t->failed = true;
		return false;
	}
	if (t->len > 0)
		memcpy(buf, t->buf, t->len);
	kfree(t->buf);
	t->buf = buf;
	t->size = size;
	return true;
}

void
text_printf(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (!make_room(t, (size_t)len))
		return;
	va_start(ap, fmt);
	vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len += (size_t)len;
}

void
text_bytes(struct text *t, const void *bytes, size_t n)
{
	if (!make_room(t, n))
		return;
	memcpy(t->buf + t->len, bytes, n);
	t->len += n;
}
