/* anon.c - files without a name: memfd and eventfd.
 *
 * Layer: fs   Called by: syscall/fd.c
 *
 * Source: memfd_create(2), eventfd(2)
 * SPDX-License-Identifier: MIT */
#include "fs/anon.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/ramfs.h"
#include "lib/format.h"
#include "mm/slab.h"

#define COUNT_MAX (UINT64_MAX - 1)

int
memfd_create(const char *name, struct file **out)
{
	struct inode *inode = ramfs_inode(nameless_mount,
	    S_IFREG | S_IRWXU | S_IRWXG | S_IRWXO, 0);
	char text[MEMFD_NAME_MAX + sizeof("/memfd: (deleted)")];

	if (inode == NULL)
		return -ENOMEM;
	inode->nlink = 0;
	snprintf(text, sizeof(text), "/memfd:%s (deleted)", name);
	return file_create_anonymous(inode, text, &file_cached_ops,
	    O_RDWR | O_LARGEFILE, out);
}

/* What protects the members: [l] lock. */
struct eventfd {
	struct spinlock lock;
	uint64_t count; /* [l] */
	bool semaphore;
	struct waitq changed; /* the count is not 0 any more, or less than max */
};

/* Take from the count.  Returns what was taken; 0: nothing is there. */
static uint64_t
event_take(struct eventfd *e)
{
	uint64_t taken;

	spin_lock(&e->lock);
	taken = e->semaphore ? MIN(e->count, 1) : e->count;
	e->count -= taken;
	spin_unlock(&e->lock);
	return taken;
}

static ssize_t
event_read(struct file *f, struct iobuf *io, off_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t taken;
	int err;

	(void)pos;
	if (io->left < sizeof(taken))
		return -EINVAL;
	while ((taken = event_take(e)) == 0) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&e->changed,
		    atomic_load(&e->count) > 0);
		if (err != 0)
			return err;
	}
	waitq_wake_all(&e->changed);
	return iobuf_write(io, &taken, sizeof(taken));
}

/* Add to the count.  False: it would be too large. */
static bool
event_add(struct eventfd *e, uint64_t n)
{
	bool fits;

	spin_lock(&e->lock);
	fits = n <= COUNT_MAX - e->count;
	if (fits)
		e->count += n;
	spin_unlock(&e->lock);
	return fits;
}

static ssize_t
event_write(struct file *f, struct iobuf *io, off_t *pos)
{
	struct eventfd *e = f->priv;
	uint64_t n;
	int err;

	(void)pos;
	if (io->left < sizeof(n))
		return -EINVAL;
	if (iobuf_read(io, &n, sizeof(n)) != sizeof(n))
		return -EFAULT;
	if (n > COUNT_MAX)
		return -EINVAL;
	while (!event_add(e, n)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&e->changed,
		    n <= COUNT_MAX - atomic_load(&e->count));
		if (err != 0)
			return err;
	}
	waitq_wake_all(&e->changed);
	return sizeof(n);
}

static unsigned
event_poll(struct file *f, struct poller *p)
{
	struct eventfd *e = f->priv;
	unsigned ready = 0;
	uint64_t count;

	poll_wait(p, &e->changed);
	count = atomic_load(&e->count);
	if (count > 0)
		ready |= POLLIN | POLLRDNORM;
	if (count < COUNT_MAX)
		ready |= POLLOUT | POLLWRNORM;
	return ready;
}

static void
event_release(struct file *f)
{
	kfree(f->priv);
}

static const struct file_ops event_ops = {
    .release = event_release,
    .read = event_read,
    .write = event_write,
    .poll = event_poll,
};

int
eventfd_create(uint64_t count, bool semaphore, unsigned flags,
    struct file **out)
{
	struct eventfd *e = kmalloc(sizeof(*e));
	struct inode *inode;
	int err;

	if (e == NULL)
		return -ENOMEM;
	inode = ramfs_inode(nameless_mount, S_IRUSR | S_IWUSR, 0);
	if (inode == NULL) {
		kfree(e);
		return -ENOMEM;
	}
	*e = (struct eventfd){.count = count, .semaphore = semaphore};
	spin_init(&e->lock, "eventfd", RANK_FILE_LOCK);
	waitq_init(&e->changed, "eventfd");
	err = file_create_anonymous(inode, "anon_inode:[eventfd]", &event_ops,
	    flags | O_RDWR, out);
	if (err != 0)
		kfree(e);
	else
		(*out)->priv = e;
	return err;
}
