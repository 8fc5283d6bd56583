/* buffer.h - blocks of metadata: views into the pages of a block device.
 *
 * Layer: fs   Called by: ext2, journal
 *
 * A buffer is one block of a mounted file system's device: its bytes are in
 * the device's page cache (bdev.h), and it says what the page cannot, because
 * a page may hold several blocks: whether this block is dirty, being written,
 * and which transaction of the journal it belongs to.  A buffer lives while
 * somebody has a reference, and while it is dirty or in the journal; the
 * others are kept for a while, and those not used lately go when they are many
 * or memory is short.
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
 * (3) A buffer that is dirty, and only such a one, is marked in the table.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/write_batch.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/radix.h"
#include "lib/types.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "sync/spinlock.h"

struct bdev;
struct page;
struct transaction;

/* buffer->flags [a] */
#define BUFFER_USED     (1u << 0) /* since buffer_shrink() last saw it */
#define BUFFER_DIRTY    (1u << 1) /* no journal: to be written */
#define BUFFER_WRITING  (1u << 2) /* the journal is writing it home: its bytes
				   * may not change */
#define BUFFER_FORGET   (1u << 3) /* freed in its transaction: not logged */
#define BUFFER_DATA     (1u << 4) /* bytes of a file (data=journal): data
				   * points into a page of the file's cache */
#define BUFFER_CHECKED  (1u << 5) /* the file system has looked at its form */

/*
 * What protects the members: [I] immutable, [a] atomic, [l] cache->lock,
 * [j] journal->lock, [c] journal->commit_lock; data: who has called
 * journal_access().
 */
struct buffer {
	uint64_t block;               /* [I] in blocks of the file system */
	char *data;                   /* [I], BUFFER_DATA: [j] */
	struct buffer_cache *cache;   /* [I] */
	struct page *page;            /* [I], BUFFER_DATA: [j]; a reference */
	uint32_t refs;                /* [a] raised with cache->lock held */
	uint32_t flags;               /* [a] BUFFER_* */
	struct list lru;              /* [l] */
	struct transaction *running;  /* [j] that changes it, or NULL */
	struct transaction *checkpoint; /* [j] committed (or about to be), and
				       * not yet home */
	struct list running_link;     /* [j] */
	struct list checkpoint_link;  /* [j] */
	char *copy;                   /* [c] its bytes for the log */
};

struct buffer_cache {
	struct bdev *bdev;            /* [I] */
	uint32_t block_bytes;         /* [I] 1024, 2048 or 4096 */
	uint32_t block_shift;         /* [I] */
	uint64_t block_count;         /* [I] blocks that exist */
	size_t limit;                 /* [I] more buffers: unused ones go */
	struct spinlock lock;
	struct radix buffers;         /* [l] by block; marked: dirty */
	struct list lru;              /* [l] all of them */
	size_t count;                 /* [l] */
	struct waitq written;         /* BUFFER_WRITING went */
	struct mutex sync_lock;       /* one buffer_sync() at a time */
	struct write_batch batch;     /* [sync_lock] */
	struct list caches;           /* [caches_lock] all mounts' */
};

/* Prepare a cache of blocks of block_bytes on a device; borrowed.
 * Returns 0 or -ENOMEM. */
int buffer_cache_init(struct buffer_cache *bc, struct bdev *bdev,
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

/* The block if there is a buffer for it, with a reference, or NULL.
 * _next: the first at *block or above, and below end; *block says where. */
struct buffer *buffer_find(struct buffer_cache *bc, uint64_t block);
struct buffer *buffer_find_next(struct buffer_cache *bc, uint64_t *block,
    uint64_t end);

/* The buffer of a block whose bytes are in a page of a file (data=journal),
 * with a reference; one that was there before keeps its bytes for now.
 * Returns 0; -EIO; -ENOMEM. */
int buffer_get_data(struct buffer_cache *bc, uint64_t block, struct page *page,
    unsigned offset, struct buffer **out);

/* Start reading blocks that will be wanted soon.  Errors are not told. */
void buffer_readahead(struct buffer_cache *bc, uint64_t block, unsigned count);

/* Take a reference, having one; drop one (NULL: nothing).  Any thread. */
void buffer_get(struct buffer *buf);
void buffer_put(struct buffer *buf);

/* Drop a reference, and the buffer with it if nobody else has one: its bytes
 * are no longer those of the disk.  Returns whether it went. */
bool buffer_put_drop(struct buffer *buf);

/* Without a journal: the bytes have changed. */
void buffer_mark_dirty(struct buffer *buf);

/* Write every dirty buffer and wait; does not flush the device.  Returns 0 or
 * the first error; what could not be written stays dirty.  May sleep. */
int buffer_sync(struct buffer_cache *bc);

/* Blocks [block, block + count) hold nothing any more (no journal): forget
 * dirty buffers of them.  With a journal use journal_forget(). */
void buffer_discard(struct buffer_cache *bc, uint64_t block, uint64_t count);

/* Drop unused buffers, at most max; of one cache, or of all.  Returns how many.
 * Does not sleep.  Takes bc->lock. */
size_t buffer_shrink(struct buffer_cache *bc, size_t max);
size_t buffer_shrink_all(size_t max);

/* The first sector of a block. */
static inline uint64_t
buffer_sector(const struct buffer_cache *bc, uint64_t block)
{
	return block << (bc->block_shift - 9);
}
