/* mem.c - the devices that are only memory: null, zero, full, kmsg.
 *
 * Layer: drivers   Called by: init.c, fs/devfs
 *
 * SPDX-License-Identifier: MIT */
#include "drivers/mem.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "debug/log.h"
#include "drivers/chardev.h"
#include "lib/bits.h"
#include "mm/iobuf.h"
#include "mm/pagecache.h"
#include "sched/sched.h"

#define CHUNK_BYTES (64 * PAGE_SIZE) /* between looks at the clock */
#define KMSG_BYTES  256              /* of one written line */

static ssize_t
null_read(struct chardev_file *f, struct iobuf *io)
{
	(void)f;
	(void)io;
	return 0;
}

static ssize_t
null_write(struct chardev_file *f, struct iobuf *io)
{
	size_t n = io->left;

	(void)f;
	io->ptr += n;
	io->left = 0;
	return n;
}

/* In chunks, so that a read of gigabytes does not keep the CPU. */
static ssize_t
zero_read(struct chardev_file *f, struct iobuf *io)
{
	ssize_t done = 0;

	(void)f;
	while (io->left > 0) {
		size_t n = MIN(io->left, CHUNK_BYTES);
		ssize_t moved = iobuf_clear(io, n);

		if (moved < 0)
			return done > 0 ? done : moved;
		done += moved;
		if (moved < (ssize_t)n || thread_current()->interrupted)
			break;
		sched_cond_yield();
	}
	return done;
}

/* A mapping of zeroes is memory like any other.  Exercise: why do two mappings
 * of one open file not share it? */
static int
zero_mmap(struct chardev_file *f, off_t off, size_t bytes,
    struct vm_object **obj)
{
	(void)f;
	*obj = shared_object_create((uint64_t)off + bytes);
	return *obj != NULL ? 0 : -ENOMEM;
}

static ssize_t
full_write(struct chardev_file *f, struct iobuf *io)
{
	(void)f;
	return io->left > 0 ? -ENOSPC : 0;
}

/* ---- /dev/kmsg: the log, a record a read; a write adds a record ---- */

static int
kmsg_open(struct chardev_file *f)
{
	f->pos = 0; /* the reader's position in the log */
	return 0;
}

/* One record; -EPIPE once if the reader was too slow for some. */
static ssize_t
kmsg_read(struct chardev_file *f, struct iobuf *io)
{
	struct log_reader r = {.position = f->pos};
	char line[LOG_LINE_BYTES];
	int error = 0;
	size_t n;

	if (!log_ready(&r) && (f->flags & O_NONBLOCK) != 0)
		return -EAGAIN;
	error = log_wait(&r);
	if (error != 0)
		return error;
	n = log_read(&r, line, sizeof(line), LOG_DEVICE);
	if (n > io->left)
		return -EINVAL;
	f->pos = r.position;
	return r.lost != 0 ? -EPIPE : iobuf_write(io, line, n);
}

/* A line, with its level in front: "<3>text". */
static ssize_t
kmsg_write(struct chardev_file *f, struct iobuf *io)
{
	char text[KMSG_BYTES];
	size_t total = io->left;
	ssize_t n = iobuf_read(io, text, MIN(io->left, sizeof(text) - 1));
	const char *p = text;
	unsigned level = LOG_NOTICE;

	(void)f;
	if (n < 0)
		return n;
	text[n] = '\0';
	if (n >= 3 && p[0] == '<' && p[2] == '>') {
		level = (p[1] - '0') & LOG_DEBUG;
		p += 3;
	}
	printk(level, "%s", p);
	return total;
}

static unsigned
kmsg_poll(struct chardev_file *f, struct poller *p)
{
	struct log_reader r = {.position = f->pos};

	log_poll(p);
	return POLLOUT | POLLWRNORM |
	    (log_ready(&r) ? POLLIN | POLLRDNORM : 0);
}

static const struct chardev_ops null_ops = {
    .read = null_read,
    .write = null_write,
};
static const struct chardev_ops zero_ops = {
    .read = zero_read,
    .write = null_write,
    .mmap = zero_mmap,
};
static const struct chardev_ops full_ops = {
    .read = zero_read,
    .write = full_write,
};
static const struct chardev_ops kmsg_ops = {
    .open = kmsg_open,
    .read = kmsg_read,
    .write = kmsg_write,
    .poll = kmsg_poll,
};

static struct chardev mem_devs[] = {
    {.name = "null", .number = DEV_NULL, .mode = 0666, .ops = &null_ops},
    {.name = "zero", .number = DEV_ZERO, .mode = 0666, .ops = &zero_ops},
    {.name = "full", .number = DEV_FULL, .mode = 0666, .ops = &full_ops},
    {.name = "kmsg", .number = DEV_KMSG, .mode = 0644, .ops = &kmsg_ops},
};

void
mem_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mem_devs); i++)
		chardev_register(&mem_devs[i]);
}
