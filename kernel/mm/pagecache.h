/* pagecache.h - the pages of a file in memory, found by number.
 *
 * Layer: mm   Called by: fs (read, write, truncate), fault (through vm_object)
 *
 * A file has one page cache; read, write, mmap and exec all use its pages, so
 * they always agree.  A RAM file is nothing but its page cache: ops->fill is
 * NULL, a page that was never written is a hole and reads as zeroes.
 * A file on a disk has fill and writeback; its clean pages may be dropped.
 *
 *	            insert           fill done
 *	  absent ----------> filling ----------> up to date <===> dirty
 *	     ^                  | error             |  pagecache_dirty,
 *	     +------------------+-------------------+  write-back
 *	                          truncate, eviction
 *
 * Invariants:
 * (1) A page in the cache has a reference of the cache; page->cache and
 *     page->index say where it is.
 * (2) Bytes of the last page behind the file's end are zero when the file
 *     grows over them.
 * (3) Only the marked pages are dirty.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/radix.h"
#include "mm/iobuf.h"
#include "mm/object.h"
#include "mm/page.h"
#include "sched/waitq.h"

struct pagecache;

/*
 * How a file system backs a page cache.  NULL members: a RAM file.
 *
 *   fill      - Read page index from the file's store into the page, all 4096
 *               bytes (zeroes behind the end).  Returns 0 or -EIO, -ENOMEM...
 *               May sleep.  May be called with aspace->lock and the inode's
 *               lock held, so it may take neither.
 *   writeback - Write a dirty page to the store; on return the caller marks
 *               it clean.  Returns 0 or -EIO, -ENOSPC.  May sleep.
 *   dirty     - Page index is about to be made dirty for the first time:
 *               reserve its place on the disk.  Returns 0 or -ENOSPC.
 *   name      - See vm_object_ops.
 *   release   - The last reference to the cache has gone: its pages are freed
 *               already; free the object that embeds it.  NULL: nothing.
 */
struct pagecache_ops {
	int (*fill)(struct pagecache *pc, uint64_t index, struct page *page);
	int (*writeback)(struct pagecache *pc, uint64_t index,
	    struct page *page);
	int (*dirty)(struct pagecache *pc, uint64_t index);
	void (*name)(struct vm_object *obj, char *buf, size_t size);
	void (*release)(struct pagecache *pc);
};

/*
 * What protects the members:
 *	I	immutable after pagecache_init()
 *	a	atomic
 *	l	lock
 */
struct pagecache {
	struct vm_object object;         /* what mmap maps */
	const struct pagecache_ops *ops; /* [I] */
	struct spinlock lock;
	struct radix pages;              /* [l] struct page; marked: dirty */
	size_t page_count;               /* [l] */
	uint64_t bytes;                  /* [a] the file's size: its only home;
					  * changed under the inode's lock */
	struct waitq filled;             /* a fill or a write-back is done */
};

/* Prepare a cache of an empty file.  ops: a RAM file has all members NULL but
 * perhaps name and release.  The object starts with one reference. */
void pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops);

/* Free all pages; nothing maps the file.  Called by object_put() of the last
 * reference; by hand only where the cache was never shared. */
void pagecache_fini(struct pagecache *pc);

#define PAGECACHE_CREATE BIT(0) /* make a page where a RAM file has a hole */
#define PAGECACHE_DIRTY  BIT(1) /* it will be written to: see ops->dirty */

/* Get page index, up to date, with a reference.  Does not look at the file's
 * size.  *out == NULL with result 0: a hole, without PAGECACHE_CREATE.
 * Returns 0, -ENOMEM, or the error of fill or dirty.
 * May sleep.  Takes pc->lock. */
int pagecache_get(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out);

/* Read or write the file at byte pos, as far as its size and the buffer go.
 * Returns the bytes moved (0: at the end), or, if not one byte was moved,
 * -EFAULT, -EIO, -ENOMEM (reading), -ENOSPC (writing: no memory, or RAM files
 * fill half of it).  A write makes the file as large as it must be.
 * Locks: for pagecache_write, the inode's lock held by the caller. */
ssize_t pagecache_read(struct pagecache *pc, struct iobuf *io, uint64_t pos);
ssize_t pagecache_write(struct pagecache *pc, struct iobuf *io, uint64_t pos);

/* Set the file's size.  Pages behind it are freed and leave every mapping (an
 * access there is SIGBUS); the rest of the last page becomes zero.
 * Locks: the inode's lock held; no aspace->lock.  May sleep. */
void pagecache_truncate(struct pagecache *pc, uint64_t bytes);

static inline uint64_t
pagecache_bytes(const struct pagecache *pc)
{
	return atomic_load(&pc->bytes);
}

/* Mark a page of the cache dirty: its bytes were changed. */
void pagecache_dirty(struct page *page);

/* Write every dirty page to the store.  Returns 0 or the first error; pages
 * that could not be written stay dirty.  May sleep. */
int pagecache_sync(struct pagecache *pc);

/* Pages in all caches, and the dirty ones of them. */
size_t pagecache_total_pages(void);
size_t pagecache_dirty_pages(void);

/* A RAM object without a name, for MAP_SHARED | MAP_ANONYMOUS and memfd: bytes
 * long, all holes, one reference.  NULL: no memory. */
struct vm_object *shared_object_create(uint64_t bytes);
