/* text.c - the files of /proc: a text that grows while it is written, and an
 * open file that holds it.
 *
 * Layer: fs   Called by: procfs.c and all who show something there
 *
 * SPDX-License-Identifier: MIT */
#include <stdarg.h>

#include "abi/errno.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/procfs.h"
#include "lib/bits.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/slab.h"

#define SIZE_FIRST 1024
#define ORDER_MAX  64 /* what is written to a file of /proc */

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

/* The text that the file has now.  Returns 0 or -ENOMEM, -ESRCH. */
static int
write_fresh(struct inode *inode, struct text *t)
{
	int err;

	*t = (struct text){0};
	err = procfs_show(inode, t);
	if (err == 0 && t->failed)
		err = -ENOMEM;
	if (err != 0)
		kfree(t->buf);
	return err;
}

static int
text_open(struct file *f)
{
	f->priv = kzalloc(sizeof(struct text));
	return f->priv != NULL ? 0 : -ENOMEM;
}

static void
text_release(struct file *f)
{
	struct text *t = f->priv;

	kfree(t->buf);
	kfree(t);
}

/* A read from the start sees the present state, the following reads the rest of
 * that same text. */
static ssize_t
text_read(struct file *f, struct iobuf *io, off_t *pos)
{
	struct text *t = f->priv;
	struct text fresh;
	ssize_t n = 0;

	if (*pos == 0) {
		n = write_fresh(f->inode, &fresh);
		if (n != 0)
			return n;
	}
	mutex_lock(&f->inode->lock);
	if (*pos == 0) {
		kfree(t->buf);
		*t = fresh;
	}
	if ((uint64_t)*pos < t->len && io->left > 0)
		n = iobuf_write(io, t->buf + *pos,
		    MIN(io->left, t->len - (size_t)*pos));
	mutex_unlock(&f->inode->lock);
	if (n > 0)
		*pos += n;
	return n;
}

/* A write is one order, whatever the position. */
static ssize_t
text_write(struct file *f, struct iobuf *io, off_t *pos)
{
	char text[ORDER_MAX];
	ssize_t n;
	int err;

	if (io->left >= sizeof(text))
		return -EINVAL;
	n = iobuf_read(io, text, io->left);
	if (n <= 0)
		return n;
	text[n] = '\0';
	err = procfs_store(f->inode, text);
	if (err != 0)
		return err;
	*pos += n;
	return n;
}

const struct file_ops procfs_text_ops = {
    .open = text_open,
    .release = text_release,
    .read = text_read,
    .write = text_write,
    .seek = file_seek_plain,
};
