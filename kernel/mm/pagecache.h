/* pagecache.h - the pages of a file in memory, found by number.
 *
 * Layer: mm   Called by: fs (read, write, truncate), fault (through vm_object)
 *
 * A file has one page cache; read, write, mmap and exec all use its pages, so
 * they always agree.  A RAM file is nothing but its page cache: ops->read is
 * NULL, a page that was never written is a hole and reads as zeroes.
 * A file on a disk has read, write and the rest; its clean pages may be dropped.
 *
 *	           insert           read done           pagecache_dirty
 *	  absent ---------> filling ---------> up to date <===========> dirty
 *	     ^                 | error            |  ^                     |
 *	     +-----------------+------------------+  +---- write-back <----+
 *	                        truncate, eviction
 *
 * Invariants:
 * (1) A page in the cache has a reference of the cache; page->cache and
 *     page->index say where it is.
 * (2) Bytes of the last page behind the file's end are zero when the file
 *     grows over them.
 * (3) A page that is dirty or in write-back is marked in the table; a marked
 *     page need not be either: it is looked at again in the next round.
 * (4) A cache with marked pages is on the list of those to be written.
 *
 * Files: pagecache.c finds pages, pagecache_io.c reads and writes bytes,
 * readahead.c reads pages early, writeback.c writes them, reclaim.c drops them.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/radix.h"
#include "mm/iobuf.h"
#include "mm/object.h"
#include "mm/page.h"
#include "sched/waitq.h"

struct pagecache;

/*
 * How a file system backs a page cache.  NULL members: a RAM file, which may
 * have name and release.  Pages are given as consecutive ones of the file.
 *
 *   read    - Start to bring pages[0..count) from the store; they are marked
 *             PAGE_FILLING.  Each is filled wholly (holes, and what is behind
 *             the file's end: zeroes), and pagecache_read_done() is called for
 *             each, before this returns or later, in any context.
 *             May sleep, but takes neither aspace->lock nor the inode's lock:
 *             the caller may have both.
 *   write   - Start to write pages[0..count), which are clean and marked
 *             PAGE_WRITEBACK from now on; pagecache_write_done() for each.
 *             Blocks have their places already, since dirty or write_page.
 *             May sleep; takes neither lock, and begins no handle of a journal
 *             if ordered.
 *   begin   - Bytes [pos, pos + *bytes) will be written by write(2): get ready,
 *             such as begin a handle.  May make *bytes smaller; the rest comes
 *             in another round.  *cookie goes to end.  The inode's lock is
 *             held.  Returns 0; -ENOSPC, -EIO, -EROFS...: then end is not due.
 *   page    - Between begin and end: bytes [from, to) of page will be written:
 *             give them places in the store. Bytes of
 *             new blocks that are not written are made zero here.  -ENOSPC, -EIO.
 *   end     - The bytes up to end (absolute) were written, and the cache's
 *             size is that already if it was smaller: store the size, drop
 *             places behind it that were not used; the times; end what begin
 *             began.  end is not behind pos if nothing was written.
 *             Returns 0 or an error.
 *   dirty   - A mapping will write to page, clean or not: give all its bytes
 *             (up to the file's end) places in the store.  aspace->lock is
 *             held.  Returns 0, -ENOSPC, -EIO: SIGBUS.
 *   sync    - msync(2): bring the data to the store, and what is needed to find
 *             it there; may sleep.  NULL: pagecache_sync() is enough.
 *   unlinked - The last reference to the cache has gone: is nobody going to
 *             look at the file again, so that dirty pages need not be written?
 *             NULL: they are written.
 *   name    - See vm_object_ops.
 *   release - The last reference to the cache has gone: its pages are freed
 *             already; free the object that embeds it.  NULL: nothing.
 *
 * device: a disk's own pages, which /proc/meminfo counts as "Buffers".
 */
struct pagecache_ops {
	void (*read)(struct pagecache *pc, struct page **pages,
	    unsigned count);
	void (*write)(struct pagecache *pc, struct page **pages,
	    unsigned count, bool ordered);
	int (*begin)(struct pagecache *pc, uint64_t pos, size_t *bytes,
	    void **cookie);
	int (*page)(struct pagecache *pc, struct page *page, unsigned from,
	    unsigned to, void *cookie);
	int (*end)(struct pagecache *pc, uint64_t end, void *cookie);
	int (*dirty)(struct pagecache *pc, struct page *page);
	int (*sync)(struct pagecache *pc);
	bool (*unlinked)(struct pagecache *pc);
	void (*name)(struct vm_object *obj, char *buf, size_t size);
	void (*release)(struct pagecache *pc);
	bool device;
};

/*
 * What protects the members:
 *	I	immutable after pagecache_init()
 *	a	atomic
 *	l	lock
 *	c	caches_lock (writeback.c)
 */
struct pagecache {
	struct vm_object object;         /* what mmap maps */
	const struct pagecache_ops *ops; /* [I] */
	struct spinlock lock;
	struct radix pages;              /* [l] struct page; marked: see (3) */
	size_t page_count;               /* [l] */
	uint64_t bytes;                  /* [a] the file's size: its only home;
					  * changed under the inode's lock */
	uint64_t writing_end;            /* [l] 0, or up to where a write that
					  * makes the file longer is at work */
	uint64_t hand;                   /* [l] where eviction looks next */
	uint64_t unmap_hand;             /* [l] the same of unmapping */
	size_t dirty_pages;              /* [a] */
	uint32_t mapped_writes;          /* [l] pages that mappings made
					  * dirty, or dirty again, so far */
	int error;                       /* [a] the last one of a write */
	uint32_t error_count;            /* [a] errors of writes so far */
	uint32_t error_told;             /* [a] of these, pagecache_sync() told */
	uint32_t no_memory;              /* [a] writes that failed for want of it:
					  * tried again, not told */
	bool listed;                     /* [a] on the list of caches with pages */
	bool dirty_listed;               /* [a] on that of caches to be written */
	struct list link;                /* [c] */
	struct list dirty_link;          /* [c] */
	uint64_t dirtied_ns;             /* [c] when it came on that list */
	uint64_t dirty_number;           /* [c] its place there */
};

/* Prepare a cache of an empty file.  ops: a RAM file has all members NULL but
 * perhaps name and release.  The object starts with one reference. */
void pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops);

/* Free all pages; nothing maps the file.  Called by object_put() of the last
 * reference; by hand only where the cache was never shared. */
void pagecache_fini(struct pagecache *pc);

#define PAGECACHE_CREATE BIT(0) /* make a page where a RAM file has a hole */
#define PAGECACHE_DIRTY  BIT(1) /* it will be written to: see ops->dirty */
#define PAGECACHE_NEW    BIT(2) /* a device's page that is not there is made,
				 * zeroed: its bytes are of no meaning */

/* How one reader goes through a file; in each open file.  Only that reader's
 * thread touches it, or whoever shares the open file: then it may be wrong, and
 * what is read early is not what is needed. */
struct readahead {
	uint64_t next;    /* the page behind the last one read */
	uint64_t end;     /* the page behind the last one asked for early */
	uint64_t trigger; /* who reads this one starts the next window */
	unsigned window;  /* pages of the last window; 0: none yet */
};

/* Get page index, up to date, with a reference.  Does not look at the file's
 * size.  *out == NULL with result 0: a hole, without PAGECACHE_CREATE.
 * Returns 0, -ENOMEM, -EIO, or the error of dirty.
 * May sleep.  Takes pc->lock. */
int pagecache_get(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out);

/* Read or write the file at byte pos, as far as its size and the buffer go.
 * Returns the bytes moved (0: at the end), or, if not one byte was moved,
 * -EFAULT, -EIO, -ENOMEM, -ENOSPC (RAM files: no memory, or they fill half of
 * it; others: what the operations say).  A write makes the file as large as it
 * must be.  _ahead: with what is known of the reader, who may be sequential.
 * Locks: for pagecache_write, the inode's lock held by the caller. */
ssize_t pagecache_read(struct pagecache *pc, struct iobuf *io, uint64_t pos);
ssize_t pagecache_read_ahead(struct pagecache *pc, struct iobuf *io,
    uint64_t pos, struct readahead *ra);
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

/* Wait until a page that is being read is there, or failed, and drop the
 * caller's reference to it.  Returns 0, -EIO or -ENOMEM.  May sleep. */
int pagecache_wait(struct page *page);

/* Mark a page of the cache dirty: its bytes were changed. */
void pagecache_dirty(struct page *page);

/* The same, for a mapping that may write to it from now on; as->lock is held. */
void pagecache_dirty_mapped(struct page *page);

/* Start to read pages [first, first + count), as far as the file goes and
 * memory is plenty.  May sleep, for places, not for the pages. */
void pagecache_will_need(struct pagecache *pc, uint64_t first, uint64_t count);

/* Drop the clean pages of [first, end) that nobody uses. */
void pagecache_drop(struct pagecache *pc, uint64_t first, uint64_t end);

/* A page given to ops->read, or ops->write, is done.  err: 0 or -EIO...: a page
 * that could not be read leaves the cache, and its reader gets the error; one
 * that could not be written stays dirty, and the error is told to the next
 * pagecache_sync(); but -ENOMEM: it is tried again.  Any context. */
void pagecache_read_done(struct page *page, int err);
void pagecache_write_done(struct page *page, int err);

/* Write every dirty page to the store and wait.  Returns 0, or the last error
 * if there was one since the last call, once; pages that could not be written
 * stay dirty, until memory is short.
 * May sleep; takes aspace->lock of those who map the file. */
int pagecache_sync(struct pagecache *pc);

/* The same for pages [first, end).  wait: false: only start. */
int pagecache_sync_range(struct pagecache *pc, uint64_t first, uint64_t end,
    bool wait);

/* pagecache_sync() of all caches for which match returns true, or of all; for
 * a file system's sync, which calls it first.  Returns the first error.
 * match: does not sleep; caches_lock is held. */
int pagecache_sync_matching(bool (*match)(struct pagecache *pc, void *arg),
    void *arg);

/* Errors of writes as an open file sees them: each is told once to each file
 * that was open when it happened, or to the first one opened after it if nobody
 * was told.  As on Linux.
 * error_mark: what a new open file keeps; error_since: 0, or the error that came
 * after *mark, which moves. */
uint32_t pagecache_error_mark(struct pagecache *pc);
int pagecache_error_since(struct pagecache *pc, uint32_t *mark);

/* The same for the journal's ordered mode, which may be at work on behalf of
 * somebody who holds an aspace->lock: takes none.  So a page that a shared
 * mapping may write at any time is written, and stays dirty.  The error is
 * kept for pagecache_sync() as well. */
int pagecache_write_ordered(struct pagecache *pc);

/* The kernel thread that writes old dirty pages does one round; the host's
 * tests call it themselves. */
void pagecache_flush_round(void);

/* Start that thread.  Called once at boot. */
void pagecache_start_flusher(void);

/* Numbers of pages in all caches: [a]. */
struct pagecache_stats {
	size_t ram;       /* of files without a store */
	size_t file;      /* of files with one */
	size_t device;    /* of disks */
	size_t active;    /* of the two last: used since reclaim saw them */
	size_t dirty;
	size_t writeback;
};
extern struct pagecache_stats pagecache_stats;

/* Somebody may have made a page dirty through a mapping.  If there are too
 * many, he waits here a little; he has let go of his aspace->lock. */
void pagecache_throttle_slow(void);
static inline void
pagecache_throttle(void)
{
	if (unlikely(atomic_load(&pagecache_stats.dirty) > 0))
		pagecache_throttle_slow();
}

static inline size_t
pagecache_total_pages(void)
{
	return atomic_load(&pagecache_stats.ram) +
	    atomic_load(&pagecache_stats.file) +
	    atomic_load(&pagecache_stats.device);
}

static inline size_t
pagecache_dirty_pages(void)
{
	return atomic_load(&pagecache_stats.dirty);
}

/* A RAM object without a name, for MAP_SHARED | MAP_ANONYMOUS and memfd: bytes
 * long, all holes, one reference.  NULL: no memory. */
struct vm_object *shared_object_create(uint64_t bytes);
