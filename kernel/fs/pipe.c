/* pipe.c - pipes and FIFOs: a ring of pages between writers and readers.
 *
 * Layer: fs   Called by: syscall (pipe2), opening a FIFO
 *
 *	        head                    head + count
 *	          v                          v
 *	 slots  [ aaaaa ][ bbbbbbbb ][ cc    ][ empty ][ empty ]
 *	          ^ read here            ^ written here if it fits, else a new page
 *
 * POSIX: a write of at most PIPE_BUF bytes is not torn apart.  Such a write
 * goes into the last page if it fits there as a whole, else into a page of its
 * own; if neither is to be had it waits.
 *
 * (1) A slot in [head, head + count) has a page and len > 0; others have none.
 * (2) A pipe lives while users > 0: open ends and openers that wait.
 *
 * Source: pipe(7), fifo(7)
 * SPDX-License-Identifier: MIT */
#include "fs/pipe.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "abi/termios.h"
#include "fs/dentry.h"
#include "fs/file.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/ramfs.h"
#include "lib/format.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "mm/usercopy.h"

#define SLOTS_DEFAULT 16  /* 64 KiB */
#define SLOTS_MAX     256 /* 1 MiB */

struct slot {
	char *page;	/* address of a page */
	uint32_t start; /* of the bytes in the page */
	uint32_t len;
};

/* What protects the members: [p] lock, [i] the inode's lock. */
struct pipe {
	struct mutex lock;
	struct waitq readable; /* bytes came, or the last writer went */
	struct waitq writable; /* room came, or the last reader went */
	unsigned users;	       /* [i] (2) */
	unsigned readers;      /* [p] open ends that read, that write */
	unsigned writers;      /* [p] */
	unsigned reads_opened; /* [p] how often one was opened, ever */
	unsigned writes_opened; /* [p] */
	unsigned size;	       /* [p] slots, a power of two */
	unsigned head;	       /* [p] index of the oldest slot in use */
	unsigned count;	       /* [p] slots in use */
	struct slot *slots;    /* [p] */
	char *spare;	       /* [p] an empty page for the next slot, or NULL */
};

void (*pipe_broken_hook)(void);

static struct slab_cache pipe_cache;

/* ---- The ring -------------------------------------------------------- */

static struct slot *
slot_at(struct pipe *p, unsigned i)
{
	return &p->slots[(p->head + i) & (p->size - 1)];
}

static bool
is_full(const struct pipe *p)
{
	return p->count == p->size;
}

/* The oldest slot has been read out. */
static void
slot_remove(struct pipe *p)
{
	struct slot *slot = slot_at(p, 0);

	if (p->spare == NULL)
		p->spare = slot->page;
	else
		page_put(page_from_va(slot->page));
	slot->page = NULL;
	p->head++;
	p->count--;
}

/* A new, empty slot behind the others, which are fewer than size.
 * NULL: no memory. */
static struct slot *
slot_add(struct pipe *p)
{
	struct slot *slot = slot_at(p, p->count);

	kassert(!is_full(p));
	*slot = (struct slot){.page = p->spare};
	p->spare = NULL;
	if (slot->page == NULL) {
		struct page *page = page_alloc(0, PAGE_USER);

		if (page == NULL)
			return NULL;
		slot->page = page_va(page);
	}
	p->count++;
	return slot;
}

/* Undo slot_add(): nothing came into the slot. */
static void
slot_cancel(struct pipe *p)
{
	struct slot *slot = slot_at(p, p->count - 1);

	p->spare = slot->page;
	slot->page = NULL;
	p->count--;
}

static uint32_t
slot_room(const struct slot *slot)
{
	return (uint32_t)PAGE_SIZE - slot->start - slot->len;
}

/* Take up to n bytes of io to the end of slot.  Returns bytes or -EFAULT. */
static ssize_t
slot_fill(struct slot *slot, struct iobuf *io, size_t n)
{
	ssize_t got = iobuf_read(io, slot->page + slot->start + slot->len, n);

	if (got > 0)
		slot->len += (uint32_t)got;
	return got;
}

/* ---- Reading --------------------------------------------------------- */

/* Move what is there to io.  Returns the bytes, or -EFAULT. */
static ssize_t
take_bytes(struct pipe *p, struct iobuf *io)
{
	ssize_t total = 0;

	while (p->count > 0 && io->left > 0) {
		struct slot *slot = slot_at(p, 0);
		ssize_t n = iobuf_write(io, slot->page + slot->start,
		    MIN(slot->len, io->left));

		if (n <= 0)
			return total > 0 ? total : -EFAULT;
		total += n;
		slot->start += (uint32_t)n;
		slot->len -= (uint32_t)n;
		if (slot->len == 0)
			slot_remove(p);
	}
	return total;
}

/* Would a read not wait: bytes, or the end of the file? */
static bool
is_readable(const struct pipe *p)
{
	return atomic_load(&p->count) > 0 || atomic_load(&p->writers) == 0;
}

/* Wait until there are bytes, or nobody who could write any.
 * Returns 0, -EAGAIN or -ERESTARTSYS. */
static int
wait_for_bytes(struct file *f, struct pipe *p)
{
	if (is_readable(p))
		return 0;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	return wait_event_interruptible(&p->readable, is_readable(p));
}

static ssize_t
pipe_read(struct file *f, struct iobuf *io, off_t *pos)
{
	struct pipe *p = f->inode->fifo;
	bool more;
	ssize_t n;

	(void)pos;
	if (io->left == 0)
		return 0;
	do {
		n = wait_for_bytes(f, p);
		if (n != 0)
			return n;
		mutex_lock(&p->lock);
		n = take_bytes(p, io);
		/* Nothing?  Another reader was faster, or it is the end. */
		more = n == 0 && p->writers > 0;
		mutex_unlock(&p->lock);
	} while (more);
	if (n > 0) {
		inode_accessed(f->inode);
		waitq_wake_all(&p->writable);
	}
	return n;
}

/* ---- Writing --------------------------------------------------------- */

/* Where the next bytes of a write go: the last slot, if it has room for all of
 * a small write or for some of a large one, else a new slot.
 * Returns 0; -EAGAIN: there is none; -ENOMEM. */
static int
slot_for(struct pipe *p, size_t left, bool atomic, struct slot **out)
{
	if (p->count > 0) {
		*out = slot_at(p, p->count - 1);
		if (slot_room(*out) >= (atomic ? left : 1))
			return 0;
	}
	if (is_full(p))
		return -EAGAIN;
	*out = slot_add(p);
	return *out != NULL ? 0 : -ENOMEM;
}

/* Move bytes of io into slot.  Returns bytes or -EFAULT. */
static ssize_t
put_bytes(struct pipe *p, struct slot *slot, struct iobuf *io)
{
	ssize_t n = slot_fill(slot, io, MIN(slot_room(slot), io->left));

	if (slot->len == 0)
		slot_cancel(p);
	return n;
}

/* Wait without the lock until a slot is free: the room in the last slot never
 * grows by itself.  Returns 0, -EAGAIN or -ERESTARTSYS. */
static int
wait_for_room(struct file *f, struct pipe *p)
{
	int err = -EAGAIN;

	mutex_unlock(&p->lock);
	waitq_wake_all(&p->readable);
	if (!(f->flags & O_NONBLOCK))
		err = wait_event_interruptible(&p->writable,
		    atomic_load(&p->readers) == 0 ||
		    atomic_load(&p->count) < atomic_load(&p->size));
	mutex_lock(&p->lock);
	return err;
}

static ssize_t
pipe_write(struct file *f, struct iobuf *io, off_t *pos)
{
	struct pipe *p = f->inode->fifo;
	size_t wanted = io->left;
	bool atomic = wanted <= PIPE_BUF;
	ssize_t err = 0;

	(void)pos;
	if (wanted == 0)
		return 0;
	mutex_lock(&p->lock);
	while (io->left > 0 && err >= 0) {
		struct slot *slot;

		if (p->readers == 0) {
			err = -EPIPE;
			break;
		}
		err = slot_for(p, io->left, atomic, &slot);
		if (err == 0)
			err = put_bytes(p, slot, io);
		else if (err == -EAGAIN)
			err = wait_for_room(f, p);
	}
	mutex_unlock(&p->lock);
	if (io->left < wanted) {
		inode_touch(f->inode, INODE_MTIME | INODE_CTIME);
		waitq_wake_all(&p->readable);
	}
	if (err == -EPIPE && pipe_broken_hook != NULL)
		pipe_broken_hook();
	return io->left < wanted ? (ssize_t)(wanted - io->left) : err;
}

/* ---- The rest of the operations -------------------------------------- */

/* Queue first, look then: a change in between wakes the poller.  Each look is
 * at one word, so the lock is not needed. */
static unsigned
pipe_poll(struct file *f, struct poller *poller)
{
	struct pipe *p = f->inode->fifo;
	unsigned ready = 0;

	if (f->access & FILE_READ) {
		poll_wait(poller, &p->readable);
		if (atomic_load(&p->count) > 0)
			ready |= POLLIN | POLLRDNORM;
		/* A FIFO that no writer has opened yet has not hung up. */
		if (atomic_load(&p->writers) == 0 &&
		    (uintptr_t)f->priv != p->writes_opened)
			ready |= POLLHUP;
	}
	if (f->access & FILE_WRITE) {
		poll_wait(poller, &p->writable);
		if (atomic_load(&p->count) < atomic_load(&p->size))
			ready |= POLLOUT | POLLWRNORM;
		if (atomic_load(&p->readers) == 0)
			ready |= POLLERR;
	}
	return ready;
}

static long
pipe_ioctl(struct file *f, unsigned cmd, uintptr_t arg)
{
	struct pipe *p = f->inode->fifo;
	int bytes = 0;

	if (cmd != FIONREAD)
		return -ENOTTY;
	mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->count; i++)
		bytes += (int)slot_at(p, i)->len;
	mutex_unlock(&p->lock);
	return put_user((int *)arg, bytes);
}

/* ---- Opening and closing --------------------------------------------- */

static struct pipe *
pipe_alloc(void)
{
	struct pipe *p = slab_alloc(&pipe_cache);

	if (p == NULL)
		return NULL;
	*p = (struct pipe){.size = SLOTS_DEFAULT};
	p->slots = kmalloc(SLOTS_DEFAULT * sizeof(*p->slots));
	if (p->slots == NULL) {
		slab_free(&pipe_cache, p);
		return NULL;
	}
	mutex_init(&p->lock, "pipe", RANK_PIPE);
	waitq_init(&p->readable, "pipe read");
	waitq_init(&p->writable, "pipe write");
	return p;
}

static void
pipe_free(struct pipe *p)
{
	while (p->count > 0)
		slot_remove(p);
	if (p->spare != NULL)
		page_put(page_from_va(p->spare));
	kfree(p->slots);
	slab_free(&pipe_cache, p);
}

/* Become a user of the inode's pipe, which is made if there is none. */
static struct pipe *
users_add(struct inode *inode)
{
	struct pipe *p;

	mutex_lock(&inode->lock);
	if (inode->fifo == NULL)
		inode->fifo = pipe_alloc();
	p = inode->fifo;
	if (p != NULL)
		p->users++;
	mutex_unlock(&inode->lock);
	return p;
}

static void
users_drop(struct inode *inode)
{
	struct pipe *p = inode->fifo;

	mutex_lock(&inode->lock);
	if (--p->users > 0)
		p = NULL;
	else
		inode->fifo = NULL;
	mutex_unlock(&inode->lock);
	if (p != NULL)
		pipe_free(p);
}

/* Count the ends that f opens. */
static void
ends_add(struct pipe *p, unsigned access)
{
	if (access & FILE_READ) {
		p->readers++;
		p->reads_opened++;
	}
	if (access & FILE_WRITE) {
		p->writers++;
		p->writes_opened++;
	}
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
}

static void
ends_drop(struct pipe *p, unsigned access)
{
	if (access & FILE_READ)
		p->readers--;
	if (access & FILE_WRITE)
		p->writers--;
	waitq_wake_all(&p->readable);
	waitq_wake_all(&p->writable);
}

static int
pipe_open(struct file *f)
{
	struct pipe *p = users_add(f->inode);

	if (p == NULL)
		return -ENOMEM;
	mutex_lock(&p->lock);
	ends_add(p, f->access);
	mutex_unlock(&p->lock);
	return 0;
}

static void
pipe_release(struct file *f)
{
	struct pipe *p = f->inode->fifo;

	mutex_lock(&p->lock);
	ends_drop(p, f->access);
	mutex_unlock(&p->lock);
	users_drop(f->inode);
}

/* Wait until the other side of a FIFO was opened.  An opener that came and went
 * meanwhile counts, hence the counts of all openings. */
static int
wait_for_partner(struct pipe *p, unsigned access)
{
	unsigned *opened = access & FILE_READ ? &p->writes_opened
	    : &p->reads_opened;
	struct waitq *wq = access & FILE_READ ? &p->readable : &p->writable;
	unsigned before = *opened;
	int err;

	mutex_unlock(&p->lock);
	err = wait_event_interruptible(wq, atomic_load(opened) != before);
	mutex_lock(&p->lock);
	return err;
}

/* Open a FIFO: for reading and writing at once never waits; with O_NONBLOCK
 * only writing needs a reader. */
static int
fifo_open(struct file *f)
{
	unsigned access = f->access & (FILE_READ | FILE_WRITE);
	struct pipe *p = users_add(f->inode);
	int err = 0;

	if (p == NULL)
		return -ENOMEM;
	mutex_lock(&p->lock);
	if (access == FILE_WRITE && (f->flags & O_NONBLOCK) &&
	    p->readers == 0) {
		err = -ENXIO;
		goto out;
	}
	ends_add(p, access);
	if (access == FILE_READ && p->writers == 0) {
		if (f->flags & O_NONBLOCK)
			f->priv = (void *)(uintptr_t)p->writes_opened;
		else
			err = wait_for_partner(p, access);
	} else if (access == FILE_WRITE && p->readers == 0) {
		err = wait_for_partner(p, access);
	}
	if (err != 0)
		ends_drop(p, access);
out:
	mutex_unlock(&p->lock);
	if (err != 0)
		users_drop(f->inode);
	return err;
}

static const struct file_ops pipe_ops = {
    .open = pipe_open,
    .release = pipe_release,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
};

const struct file_ops fifo_ops = {
    .open = fifo_open,
    .release = pipe_release,
    .read = pipe_read,
    .write = pipe_write,
    .poll = pipe_poll,
    .ioctl = pipe_ioctl,
};

int
pipe_create(unsigned flags, struct file *out[2])
{
	struct inode *inode = ramfs_inode(nameless_mount,
	    S_IFIFO | S_IRUSR | S_IWUSR, 0);
	struct qstr name;
	struct dentry *d;
	char text[32];
	int err;

	if (inode == NULL)
		return -ENOMEM;
	snprintf(text, sizeof(text), "pipe:[%lu]", inode->ino);
	name = (struct qstr){text, (uint32_t)strlen(text), 0};
	d = dentry_alloc(nameless_mount, NULL, &name);
	if (d == NULL) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_set_inode(d, inode);
	dentry_get(d);
	err = file_create(d, &pipe_ops, flags | O_RDONLY, FILE_READ, &out[0]);
	if (err != 0) {
		dentry_put(d);
		return err;
	}
	err = file_create(d, &pipe_ops, flags | O_WRONLY, FILE_WRITE, &out[1]);
	if (err != 0)
		file_put(out[0]);
	return err;
}

/* ---- The size -------------------------------------------------------- */

static struct pipe *
pipe_of(struct file *f)
{
	return f->ops == &pipe_ops || f->ops == &fifo_ops ? f->inode->fifo
	    : NULL;
}

long
pipe_get_size(struct file *f)
{
	struct pipe *p = pipe_of(f);

	return p != NULL ? (long)(p->size * PAGE_SIZE) : -EBADF;
}

/* Change the number of slots.  Locks: p->lock held. */
static int
resize(struct pipe *p, unsigned size)
{
	struct slot *slots;

	if (size < p->count)
		return -EBUSY;
	slots = kmalloc(size * sizeof(*slots));
	if (slots == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < p->count; i++)
		slots[i] = *slot_at(p, i);
	kfree(p->slots);
	p->slots = slots;
	p->size = size;
	p->head = 0;
	return 0;
}

long
pipe_set_size(struct file *f, unsigned long bytes)
{
	struct pipe *p = pipe_of(f);
	unsigned size = 1;
	int err;

	if (p == NULL)
		return -EBADF;
	if (bytes > SLOTS_MAX * PAGE_SIZE)
		return bytes > INT32_MAX ? -EINVAL : -EPERM;
	while (size * PAGE_SIZE < bytes)
		size *= 2;
	mutex_lock(&p->lock);
	err = resize(p, size);
	mutex_unlock(&p->lock);
	if (err != 0)
		return err;
	waitq_wake_all(&p->writable);
	return (long)(size * PAGE_SIZE);
}

void
pipe_init(void)
{
	slab_cache_init(&pipe_cache, "pipe", sizeof(struct pipe), 0);
}
