/* buffer.h - blocks of metadata: views into the pages of a block device.
 *
 * Layer: fs   Called by: ext2, journal
 *
 * A buffer is one block of a mounted file system's device: its bytes are in
 * the device's page cache (bdev.h), and it says what the page cannot, because
 * a page may hold several blocks: whether this block is dirty, being written,
 * and which transaction of the journal it belongs to.  A buffer lives while
 * somebody has a reference, and while it is dirty or in the journal; the
 * others are kept for a while, the least recently used go when memory is short.
 *
 *	      buffer_read        journal_access, change, journal_dirty
 *	absent ------> up to date ----------------> in the running transaction
 *	                   ^                                | commit
 *	                   | written home                   v
 *	                   +---------------------- waits for its checkpoint
 *
 * Without a journal, journal_dirty() marks a buffer dirty, and it is written by
 * buffer_sync().
 *
 * Invariants:
 * (1) There is at most one buffer for a block of a cache.
 * (2) A buffer that belongs to the running transaction is not written to its
 *     place on the disk before that transaction has committed.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/bits.h"
#include "lib/list.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "sched/waitq.h"
#include "sync/spinlock.h"

struct bdev;
struct page;
struct transaction;

/* buffer->flags [a] */
#define BUFFER_UPTODATE BIT(0)
#define BUFFER_DIRTY    BIT(1) /* no journal: to be written */
#define BUFFER_WRITING  BIT(2) /* its bytes are on their way to the disk and
                                * may not change */
#define BUFFER_FORGET   BIT(3) /* freed in its transaction: not to be logged */
#define BUFFER_DATA     BIT(4) /* bytes of a file (data=journal): data points
                                * into a page of the file's cache */
#define BUFFER_CHECKED  BIT(5) /* the file system has looked at its form */

/*
 * What protects the members: [I] immutable, [a] atomic, [l] cache->lock,
 * [j] journal->lock; data: who has called journal_access().
 */
struct buffer {
	uint64_t block;               /* [I] in blocks of the file system */
	char *data;                   /* [I] cache->block_bytes of them */
	struct buffer_cache *cache;   /* [I] */
	struct page *page;            /* [I] a reference */
	uint32_t refs;                /* [a] */
	uint32_t flags;               /* [a] BUFFER_* */
	struct list lru;              /* [l] unused, or dirty */
	struct transaction *running;  /* [j] that changes it, or NULL */
	struct transaction *checkpoint; /* [j] committed, not yet home */
	struct list running_link;     /* [j] */
	struct list checkpoint_link;  /* [j] */
};

struct buffer_cache {
	struct bdev *bdev;            /* [I] */
	uint32_t block_bytes;         /* [I] 1024, 2048 or 4096 */
	uint32_t block_shift;         /* [I] */
	uint64_t block_count;         /* [I] blocks that exist */
	struct spinlock lock;
	struct radix buffers;         /* [l] by block */
	struct list unused;           /* [l] clean, no reference; oldest first */
	struct list dirty;            /* [l] */
	size_t unused_count;          /* [l] */
	struct waitq written;         /* BUFFER_WRITING went */
	int error;                    /* [a] a write failed */
};

/* Prepare a cache of blocks of block_bytes on a device; borrowed. */
void buffer_cache_init(struct buffer_cache *bc, struct bdev *bdev,
    uint32_t block_bytes, uint64_t block_count);

/* Nobody has a reference, nothing is dirty: free all. */
void buffer_cache_fini(struct buffer_cache *bc);

/* Get a block, read if it must be, with a reference.
 * Returns 0; -EIO, also for a block behind the device's end; -ENOMEM.
 * May sleep. */
int buffer_read(struct buffer_cache *bc, uint64_t block, struct buffer **out);

/* Get a block whose bytes do not matter: all zero, nothing is read.  For a
 * block that was just allocated.  Call journal_access_new() next.
 * Returns 0; -EIO: behind the end; -ENOMEM.  May sleep. */
int buffer_new(struct buffer_cache *bc, uint64_t block, struct buffer **out);

/* Start reading blocks that will be wanted soon.  Errors are not told. */
void buffer_readahead(struct buffer_cache *bc, uint64_t block, unsigned count);

/* Take a reference; drop one (NULL: nothing).  Any thread. */
void buffer_get(struct buffer *buf);
void buffer_put(struct buffer *buf);

/* Without a journal: the bytes have changed. */
void buffer_mark_dirty(struct buffer *buf);

/* Write every dirty buffer and wait; does not flush the device.  Returns 0 or
 * the first error; what could not be written stays dirty.  May sleep. */
int buffer_sync(struct buffer_cache *bc);

/* Blocks [block, block + count) hold nothing any more (no journal): forget
 * dirty buffers of them.  With a journal use journal_forget(). */
void buffer_discard(struct buffer_cache *bc, uint64_t block, uint64_t count);

/* Drop unused buffers, at most max.  Returns how many.  Does not sleep. */
size_t buffer_shrink(struct buffer_cache *bc, size_t max);
