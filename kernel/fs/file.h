/* file.h - an open file: what a descriptor stands for.
 *
 * Layer: fs   Called by: syscall (read, write, ...), exec, proc, the drivers'
 *	devices through devfs.c
 *
 * open() makes a struct file; dup() and fork() share it.  Its operations are
 * those of its kind: a regular file of some file system, a directory, a pipe,
 * a device.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/chardev.h"
#include "lib/types.h"
#include "mm/iobuf.h"
#include "mm/pagecache.h"
#include "sched/mutex.h"
#include "sched/poll.h"
#include "sync/refcount.h"

struct dentry;
struct dir_sink;
struct fdtable;
struct file;
struct inode;
struct vm_object;

/*
 * Operations on an open file.  All may sleep.
 *
 *   open    - A file was opened (not dup'ed).  An error undoes the open.
 *   release - The last reference is gone.
 *   read    - Up to io->left bytes at *pos into io; moves *pos.  Returns bytes,
 *             0 at the end, -EAGAIN (O_NONBLOCK), -ERESTARTSYS, ...
 *   write   - The same the other way.  O_APPEND is the operation's business.
 *   seek    - As lseek(2), except that f->pos is the caller's business.
 *             file_seek_plain() is the usual one; NULL: -ESPIPE.
 *   readdir - Give entries from f->pos on to the sink until it is full; moves
 *             f->pos.  NULL: -ENOTDIR.  Locks: f->pos_lock held.
 *   poll    - What is possible now: POLLIN | ...; puts the poller on the
 *             queues that will tell of a change.  NULL: always in and out.
 *   ioctl   - NULL: -ENOTTY.
 *   mmap    - The object that shows bytes [off, off + bytes), with a
 *             reference.  NULL: -ENODEV.
 *   fsync   - NULL: -EINVAL.
 */
struct file_ops {
	int (*open)(struct file *f);
	void (*release)(struct file *f);
	ssize_t (*read)(struct file *f, struct iobuf *io, off_t *pos);
	ssize_t (*write)(struct file *f, struct iobuf *io, off_t *pos);
	off_t (*seek)(struct file *f, off_t offset, int whence);
	int (*readdir)(struct file *f, struct dir_sink *sink);
	unsigned (*poll)(struct file *f, struct poller *p);
	long (*ioctl)(struct file *f, unsigned cmd, uintptr_t arg);
	int (*mmap)(struct file *f, off_t off, size_t bytes,
	    struct vm_object **out);
	int (*fsync)(struct file *f, bool data_only);
};

/* file->access */
#define FILE_READ    1u
#define FILE_WRITE   2u
#define FILE_EXEC    4u /* being executed: nobody may write it meanwhile */
#define FILE_HAS_POS 8u /* reads and writes of this kind share a position */

/* What protects the members: [I] immutable after open, [a] atomic,
 * [p] pos_lock, taken only when the file is shared (file_lock_pos); [h] a hint
 * without a lock. */
struct file {
	const struct file_ops *ops; /* [I] */
	struct inode *inode;	    /* [I] borrowed from dentry */
	struct dentry *dentry;	    /* [I] a reference */
	struct refcount refs;	    /* [a] */
	unsigned flags;		    /* [a] O_*; fcntl changes some */
	unsigned access;	    /* [I] FILE_READ, ... */
	off_t pos;		    /* [p] */
	struct readahead readahead; /* [h] how it is read */
	uint32_t error_mark;	    /* [a] errors of writes that were told here */
	struct mutex pos_lock;
	union {			    /* [I] set by ops->open */
		void *priv;
		struct chardev_file chardev;
	};
};

/* Where readdir puts entries.  emit returns false when it is full; the entry
 * was not taken then.  next_pos: what f->pos is behind this entry. */
struct dir_sink {
	bool (*emit)(struct dir_sink *sink, const char *name, size_t len,
	    ino_t ino, unsigned type, off_t next_pos);
};

/* Open a path.  flags: O_*; mode: for O_CREAT, umask not yet applied.
 * Returns 0 and a file with one reference, or the errors of open(2). */
int file_open(int dirfd, const char *path, unsigned flags, mode_t mode,
    struct file **out);

/* Open a path for execve: a regular file with an x bit.
 * Returns 0, -EACCES, or the errors of path_lookup(). */
int file_open_exec(int dirfd, const char *path, unsigned walk_flags,
    struct file **out);

/* Make an open file of d, a dentry with an inode.  flags: O_*; access:
 * FILE_READ | FILE_WRITE | FILE_EXEC.  Takes over the reference to d, on
 * failure too.  Calls ops->open.
 * Returns 0, -ENOMEM, -ETXTBSY, or the error of open. */
int file_create(struct dentry *d, const struct file_ops *ops, unsigned flags,
    unsigned access, struct file **out);

/* Make an open file of an inode that has no name (pipe, memfd, eventfd).
 * name: as /proc/PID/fd shows it ("pipe:[7]").  Takes over one reference to
 * inode, also on failure. */
int file_create_anonymous(struct inode *inode, const char *name,
    const struct file_ops *ops, unsigned flags, struct file **out);

/* FILE_READ and FILE_WRITE as the O_ACCMODE of flags says. */
unsigned file_access(unsigned flags);

/* The last reference is gone.  Only for file_put(). */
void file_destroy(struct file *f);

/* Take and drop a reference.  file_put may sleep. */
static inline void
file_get(struct file *f)
{
	ref_get(&f->refs);
}

static inline void
file_put(struct file *f)
{
	if (ref_put(&f->refs))
		file_destroy(f);
}

/* A descriptor of f in table is closed: drop the reference, and the record
 * locks that go with it.  May sleep. */
void file_close(struct fdtable *table, struct file *f);

/* Read or write at f->pos (file_read, file_write) or at a place.  They check
 * the open mode.  Return bytes or an error: -EBADF, -EISDIR, -EINVAL, ... */
ssize_t file_read(struct file *f, struct iobuf *io);
ssize_t file_write(struct file *f, struct iobuf *io);
ssize_t file_read_at(struct file *f, struct iobuf *io, off_t pos);
ssize_t file_write_at(struct file *f, struct iobuf *io, off_t pos);

/* Read n bytes at pos into the kernel's own buffer, for exec.  Returns bytes;
 * fewer than n only at the end of the file, or an error. */
ssize_t file_read_kernel(struct file *f, void *buf, size_t n, off_t pos);

/* The object that a mapping of bytes [off, off + bytes) shows, with a
 * reference for the caller (the area takes its own).  prot, flags: of mmap(2).
 * Returns 0; -ENODEV; -EACCES: not open for reading, or a shared writable
 * mapping of a file not open for writing. */
int file_mmap(struct file *f, int prot, int flags, off_t off, size_t bytes,
    struct vm_object **out);

/* The usual seek of files that have a size. */
off_t file_seek_plain(struct file *f, off_t offset, int whence);

/* Lock f->pos if another thread could use this file, given that the caller
 * holds one reference from its table.  Returns whether it did. */
bool file_lock_pos(struct file *f);
void file_unlock_pos(struct file *f, bool locked);

/* The largest size that the running process may give a file, and what happens
 * when it tries more (SIGXFSZ).  proc sets them; NULL: no limit. */
extern uint64_t (*file_size_limit_hook)(void);
extern void (*file_size_exceeded_hook)(void);

/* What poll() says of a file that never makes anyone wait. */
extern const unsigned file_poll_always;

/* Bring the file to its disk; data_only: without its times.  Tells an error of
 * a write that happened since the file was opened, once (pagecache.h).
 * Returns 0, -EINVAL: it cannot, -EIO, -ENOSPC.  May sleep. */
int file_sync(struct file *f, bool data_only);

/* Operations of regular files whose contents are in inode->cache, and those of
 * them that files on a disk have as well. */
extern const struct file_ops file_cached_ops;
ssize_t file_cached_read(struct file *f, struct iobuf *io, off_t *pos);
ssize_t file_cached_write(struct file *f, struct iobuf *io, off_t *pos);
int file_cached_mmap(struct file *f, off_t off, size_t bytes,
    struct vm_object **out);
/* Operations of directories that are MOUNT_PINNED. */
extern const struct file_ops dir_pinned_ops;
