/* file.c - open files: their life, and reading and writing through them.
 *
 * Layer: fs   Called by: syscall, exec, open.c, pipe.c
 *
 * SPDX-License-Identifier: MIT */
#include "fs/file.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/mman.h"
#include "abi/poll.h"
#include "abi/stat.h"
#include "fs/context.h"
#include "fs/dentry.h"
#include "fs/fdtable.h"
#include "fs/inode.h"
#include "fs/internal.h"
#include "fs/lock.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "sched/thread.h"

/* What one call reads or writes at most, as on Linux. */
#define IO_BYTES_MAX (((size_t)1 << 31) - PAGE_SIZE)

/* Flags of open(2) that are orders, not properties of the open file. */
#define OPEN_ORDERS (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)

const unsigned file_poll_always = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

uint64_t (*file_size_limit_hook)(void);
void (*file_size_exceeded_hook)(void);

static struct slab_cache file_cache;

/* ---- Life ------------------------------------------------------------ */

unsigned
file_access(unsigned flags)
{
	/* O_RDONLY 0, O_WRONLY 1, O_RDWR 2; 3 gives neither. */
	return ((flags & O_ACCMODE) + 1) & (FILE_READ | FILE_WRITE);
}

/* Count the file among those that write or execute its inode. */
static int
claim_inode(struct inode *inode, unsigned access)
{
	if (!S_ISREG(inode->mode))
		return 0;
	if (access & FILE_WRITE)
		return inode_get_writer(inode);
	if (access & FILE_EXEC)
		return inode_get_executor(inode);
	return 0;
}

static void
release_inode(struct inode *inode, unsigned access)
{
	if (!S_ISREG(inode->mode))
		return;
	if (access & FILE_WRITE)
		inode_put_writer(inode);
	else if (access & FILE_EXEC)
		inode_put_executor(inode);
}

int
file_create(struct dentry *d, const struct file_ops *ops, unsigned flags,
    unsigned access, struct file **out)
{
	struct inode *inode = d->inode;
	struct file *f = slab_alloc(&file_cache);
	int err = -ENOMEM;

	if (f == NULL)
		goto out_dentry;
	err = claim_inode(inode, access);
	if (err != 0)
		goto out_file;
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode) ||
	    S_ISBLK(inode->mode))
		access |= FILE_HAS_POS;
	f->ops = ops;
	f->inode = inode;
	f->dentry = d;
	ref_init(&f->refs, 1);
	f->flags = flags & ~(unsigned)OPEN_ORDERS;
	f->access = access;
	f->pos = 0;
	f->readahead = (struct readahead){0};
	f->error_mark = pagecache_error_mark(&inode->cache);
	f->chardev = (struct chardev_file){.flags = f->flags};
	mutex_init(&f->pos_lock, "file position", RANK_FILE_POS);
	if (ops->open != NULL) {
		err = ops->open(f);
		if (err != 0)
			goto out_claim;
	}
	*out = f;
	return 0;

out_claim:
	release_inode(inode, access);
out_file:
	slab_free(&file_cache, f);
out_dentry:
	dentry_put(d);
	return err;
}

int
file_create_anonymous(struct inode *inode, const char *name,
    const struct file_ops *ops, unsigned flags, struct file **out)
{
	struct qstr text = {name, (uint32_t)strlen(name), 0};
	struct dentry *d = dentry_alloc(nameless_mount, NULL, &text);

	if (d == NULL) {
		inode_put(inode);
		return -ENOMEM;
	}
	dentry_set_inode(d, inode);
	return file_create(d, ops, flags, file_access(flags), out);
}

void
file_destroy(struct file *f)
{
	lock_release(f->inode, f);
	if (f->ops->release != NULL)
		f->ops->release(f);
	release_inode(f->inode, f->access);
	dentry_put(f->dentry);
	slab_free(&file_cache, f);
}

void
file_close(struct fdtable *table, struct file *f)
{
	if (unlikely(!list_empty(&f->inode->locks)))
		lock_release(f->inode, table);
	file_put(f);
}

/* ---- Reading and writing --------------------------------------------- */

bool
file_lock_pos(struct file *f)
{
	struct fdtable *table = thread_current()->files;

	if (!(f->access & FILE_HAS_POS))
		return false;
	/* One reference is of the table, one is the caller's: if nobody shares
	 * the table, nobody else can get at the file. */
	if (table != NULL && ref_count(&table->refs) == 1 &&
	    ref_count(&f->refs) == 2)
		return false;
	mutex_lock(&f->pos_lock);
	return true;
}

void
file_unlock_pos(struct file *f, bool locked)
{
	if (locked)
		mutex_unlock(&f->pos_lock);
}

static int
check_read(const struct file *f)
{
	if (!(f->access & FILE_READ))
		return -EBADF;
	if (f->ops->read == NULL)
		return S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
	return 0;
}

static int
check_write(const struct file *f)
{
	if (!(f->access & FILE_WRITE))
		return -EBADF;
	return f->ops->write == NULL ? -EINVAL : 0;
}

/* May f be read or written at a place?  Pipes and terminals cannot. */
static int
check_place(struct file *f, off_t pos)
{
	if (pos < 0)
		return -EINVAL;
	if (f->ops->seek == NULL || f->ops->seek(f, 0, SEEK_CUR) < 0)
		return -ESPIPE;
	return 0;
}

ssize_t
file_read(struct file *f, struct iobuf *io)
{
	ssize_t n = check_read(f);
	bool locked;

	if (n != 0)
		return n;
	io->left = MIN(io->left, IO_BYTES_MAX);
	locked = file_lock_pos(f);
	n = f->ops->read(f, io, &f->pos);
	file_unlock_pos(f, locked);
	return n;
}

ssize_t
file_write(struct file *f, struct iobuf *io)
{
	ssize_t n = check_write(f);
	bool locked;

	if (n != 0)
		return n;
	io->left = MIN(io->left, IO_BYTES_MAX);
	locked = file_lock_pos(f);
	n = f->ops->write(f, io, &f->pos);
	file_unlock_pos(f, locked);
	return n;
}

ssize_t
file_read_at(struct file *f, struct iobuf *io, off_t pos)
{
	int err = check_place(f, pos);

	if (err == 0)
		err = check_read(f);
	if (err != 0)
		return err;
	io->left = MIN(io->left, IO_BYTES_MAX);
	return f->ops->read(f, io, &pos);
}

ssize_t
file_write_at(struct file *f, struct iobuf *io, off_t pos)
{
	int err = check_place(f, pos);

	if (err == 0)
		err = check_write(f);
	if (err != 0)
		return err;
	io->left = MIN(io->left, IO_BYTES_MAX);
	return f->ops->write(f, io, &pos);
}

ssize_t
file_read_kernel(struct file *f, void *buf, size_t n, off_t pos)
{
	struct iobuf io = iobuf_kernel(buf, n);
	ssize_t got = 1;

	while (io.left > 0 && got > 0)
		got = f->ops->read(f, &io, &pos);
	return got < 0 ? got : (ssize_t)(n - io.left);
}

int
file_sync(struct file *f, bool data_only)
{
	int err;
	int told;

	if (f->ops->fsync == NULL)
		return -EINVAL;
	err = f->ops->fsync(f, data_only);
	told = pagecache_error_since(&f->inode->cache, &f->error_mark);
	return err != 0 ? err : told;
}

int
file_mmap(struct file *f, int prot, int flags, off_t off, size_t bytes,
    struct vm_object **out)
{
	if (!(f->access & FILE_READ))
		return -EACCES;
	if ((flags & MAP_TYPE) != MAP_PRIVATE && (prot & PROT_WRITE) &&
	    !(f->access & FILE_WRITE))
		return -EACCES;
	if (f->ops->mmap == NULL)
		return -ENODEV;
	return f->ops->mmap(f, off, bytes, out);
}

/* ---- Files whose contents are in the page cache ---------------------- */

off_t
file_seek_plain(struct file *f, off_t offset, int whence)
{
	off_t size = inode_size(f->inode);
	off_t pos = offset;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (__builtin_add_overflow(f->pos, offset, &pos))
			return -EOVERFLOW;
		break;
	case SEEK_END:
		if (__builtin_add_overflow(size, offset, &pos))
			return -EOVERFLOW;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		/* The whole file counts as data: POSIX allows it. */
		if (offset < 0 || offset >= size)
			return -ENXIO;
		pos = whence == SEEK_DATA ? offset : size;
		break;
	default:
		return -EINVAL;
	}
	return pos < 0 ? -EINVAL : pos;
}

ssize_t
file_cached_read(struct file *f, struct iobuf *io, off_t *pos)
{
	ssize_t n = pagecache_read_ahead(&f->inode->cache, io, (uint64_t)*pos,
	    &f->readahead);

	if (n > 0)
		*pos += n;
	inode_accessed(f->inode);
	return n;
}

/* Cut a write at pos to what the limits allow.  Returns 0 or -EFBIG. */
static int
limit_write(struct iobuf *io, off_t pos)
{
	uint64_t limit = INT64_MAX;

	if (io->left == 0)
		return 0;
	if (file_size_limit_hook != NULL)
		limit = MIN(limit, file_size_limit_hook());
	if ((uint64_t)pos >= limit) {
		if (limit != INT64_MAX)
			file_size_exceeded_hook();
		return -EFBIG;
	}
	io->left = MIN(io->left, limit - (uint64_t)pos);
	return 0;
}

ssize_t
file_cached_write(struct file *f, struct iobuf *io, off_t *pos)
{
	struct inode *inode = f->inode;
	ssize_t n;

	mutex_lock(&inode->lock);
	if (f->flags & O_APPEND)
		*pos = inode_size(inode);
	n = limit_write(io, *pos);
	if (n == 0 && io->left > 0)
		n = pagecache_write(&inode->cache, io, (uint64_t)*pos);
	if (n > 0) {
		*pos += n;
		if (inode->cache.ops->end == NULL) /* which sets the times */
			inode_touch(inode, INODE_MTIME | INODE_CTIME);
	}
	mutex_unlock(&inode->lock);
	if (n > 0 && unlikely((f->flags & O_DSYNC) != 0)) {
		int err = file_sync(f, (f->flags & O_SYNC) != O_SYNC);

		if (err != 0)
			return err;
	}
	return n;
}

int
file_cached_mmap(struct file *f, off_t off, size_t bytes, struct vm_object **out)
{
	(void)off;
	(void)bytes;
	object_get(&f->inode->cache.object);
	*out = &f->inode->cache.object;
	return 0;
}

static int
cached_fsync(struct file *f, bool data_only)
{
	(void)data_only;
	return pagecache_sync(&f->inode->cache);
}

const struct file_ops file_cached_ops = {
    .read = file_cached_read,
    .write = file_cached_write,
    .seek = file_seek_plain,
    .mmap = file_cached_mmap,
    .fsync = cached_fsync,
};

/* ---- Directories whose names are all dentries ------------------------ */

#define POS_DOT    0
#define POS_DOTDOT 1
#define POS_FIRST  2 /* from here on the cookies of dentries */

static int
pinned_readdir(struct file *f, struct dir_sink *sink)
{
	struct dentry *dir = f->dentry;
	bool more = true;

	spin_lock(&dcache_lock);
	if (f->pos == POS_DOT) {
		more = sink->emit(sink, ".", 1, dir->inode->ino, S_IFDIR,
		    POS_DOTDOT);
		f->pos += more;
	}
	if (f->pos == POS_DOTDOT) {
		more = sink->emit(sink, "..", 2, dir->parent->inode->ino,
		    S_IFDIR, POS_FIRST);
		f->pos += more;
	}
	list_for_each(d, &dir->children, struct dentry, sibling) {
		if (!more)
			break;
		if ((off_t)d->cookie < f->pos)
			continue;
		more = sink->emit(sink, d->name.text, d->name.len,
		    d->inode->ino, d->inode->mode, (off_t)d->cookie + 1);
		if (more)
			f->pos = (off_t)d->cookie + 1;
	}
	spin_unlock(&dcache_lock);
	return 0;
}

static off_t
dir_seek(struct file *f, off_t offset, int whence)
{
	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	return file_seek_plain(f, offset, whence);
}

static int
dir_fsync(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

const struct file_ops dir_pinned_ops = {
    .seek = dir_seek,
    .readdir = pinned_readdir,
    .fsync = dir_fsync,
};

void
file_init(void)
{
	slab_cache_init(&file_cache, "file", sizeof(struct file), 0);
}
