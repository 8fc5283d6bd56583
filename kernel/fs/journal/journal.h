/* journal.h - changes to a file system that happen wholly or not at all.
 *
 * Layer: fs/journal   Called by: ext2
 * Source: [EXT4] 3.6 "Journal (jbd2)"
 *
 * An operation of the file system is bracketed by a handle.  All handles that
 * overlap, and those that come soon after, make one transaction; it is
 * committed as a whole when somebody waits for it (fsync), when it is large,
 * or every few seconds.
 *
 *	journal_begin(j, &h, credits)     may sleep; may commit what is full
 *	  journal_access(&h, buf)         before the bytes change
 *	  journal_dirty(&h, buf)          they have changed
 *	  journal_forget(&h, block, n)    metadata blocks were freed
 *	journal_end(&h)
 *
 * Commit (in the context of whoever wants it; the others wait):
 *   1. new handles wait; those that are open come to their end;
 *   2. the buffers' bytes are copied, and new handles go on, in the next
 *      transaction;
 *   3. ordered mode: data of files that got new blocks is written;
 *   4. revokes, descriptors, copies are written; flush; the commit block with
 *      FUA;
 *   5. freed blocks may be used again: ops->committed.
 * The buffers are written to their places later (checkpoint), and only then may
 * the log be overwritten.
 *
 * Rules for the caller:
 * (1) With a handle open, never wait for aspace->lock (no copy to or from
 *     user memory but the _nofault ones), for an inode's lock, or for the end
 *     of a transaction.
 * (2) A block freed in a transaction is not used again before it committed.
 * (3) begin inside an open handle of this thread joins it.
 *
 * Without a journal (j == NULL) all of this works, and buffers become dirty.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"

struct buffer;
struct buffer_cache;
struct bdev;
struct journal;
struct page;
struct pagecache;
struct transaction;

/* On its owner's stack. */
struct journal_handle {
	struct journal *journal;      /* NULL: there is none */
	struct journal_handle *outer; /* the handle that this one joined */
	struct journal_handle *root;  /* the outermost: its credits are used */
	struct transaction *transaction; /* NULL: none, or journal_extend()
				       * has failed */
	unsigned credits;             /* root: buffers that it may still add */
	uint32_t tid;                 /* of its transaction */
	bool sync;                    /* commit at the end, and wait */
};

/* What the file system does for the journal.
 *   committed - Transaction tid is on the medium.  In the order of tids; may
 *               sleep, may not begin a handle.
 *   aborted   - The journal gave up (-EIO): make the file system read-only. */
struct journal_ops {
	void (*committed)(void *fs, uint32_t tid);
	void (*aborted)(void *fs, int err);
};

/* Where the log is: an inode's blocks, as the file system finds them, or a
 * device of its own (not supported). */
struct journal_place {
	struct buffer_cache *cache;   /* of the file system */
	uint64_t (*block)(void *arg, uint32_t log_block); /* 0: none, damaged */
	void *arg;                    /* good until journal_close() */
	uint32_t block_count;         /* that the inode has */
	bool device_read_only;        /* -EROFS if it must be replayed */
	const uint8_t *uuid;          /* of the file system; 16 bytes */
};

/* Open a log: check its superblock, replay what committed and is not home.
 * *replayed: transactions.  Blocks that are in the cache are replayed there,
 * too.  Returns 0 and the journal; -EIO: unreadable, or a log so damaged that
 * e2fsck must decide; -EINVAL: no journal, or an unknown feature; -EROFS;
 * -ENOMEM; the log of the kernel says why.  May sleep. */
int journal_open(const struct journal_place *place,
    const struct journal_ops *ops, void *fs, struct journal **out,
    unsigned *replayed);

/* Commit, checkpoint all, mark the log empty, free it.  Returns 0 or -EIO. */
int journal_close(struct journal *j);

/* Commit what is older than so many seconds, at journal_tick(); at first 5. */
void journal_set_interval(struct journal *j, unsigned seconds);

/* The largest credits of one handle: a quarter of the log, or less if memory is
 * small; 128 at least. */
unsigned journal_max_credits(const struct journal *j);

/* Begin: at most credits buffers will be changed.  Returns 0; -EROFS: aborted,
 * or the device is read-only; -ENOMEM; -ENOSPC: a handle that joins another,
 * for which there is no room; then there is nothing to end.
 * Locks: none above RANK_JOURNAL_COMMIT.  May sleep; see (1). */
int journal_begin(struct journal *j, struct journal_handle *h,
    unsigned credits);

/* End, and commit and wait if h->sync.  Returns 0 or the journal's error. */
int journal_end(struct journal_handle *h);

/* A long work, consistent at this point: make sure of so many credits, in the
 * next transaction if this one is full (h->tid changes; buffers need
 * journal_access() again).  Returns 0, or an error; then nothing more may be
 * changed with h, and it is to be ended.  h joined another: there must be room
 * in its transaction (-ENOSPC).  Locks: as journal_begin().  May sleep. */
int journal_extend(struct journal_handle *h, unsigned credits);

/* The handle of this thread, or NULL: is one open? */
struct journal_handle *journal_current(void);

/* This handle will change buf (new: of buffer_new(), nothing refers to it
 * yet).  Waits while buf is on its way to its place.
 * Returns 0; -EROFS: aborted; -ENOSPC: credits were too few, and the log has
 * no room for more (our bug); -EIO: this transaction has freed the block (a
 * damaged disk).  The journal keeps a reference while it needs buf. */
int journal_access(struct journal_handle *h, struct buffer *buf);
int journal_access_new(struct journal_handle *h, struct buffer *buf);

/* The bytes of buf have changed.  Cannot fail. */
void journal_dirty(struct journal_handle *h, struct buffer *buf);

/* Metadata blocks (or journalled data) [block, block + count) were freed: they
 * are not logged, and older copies are revoked.  A credit may go for each 100
 * blocks.  Returns 0; -ENOMEM, -ENOSPC: nothing has changed; call it before
 * the bitmap is changed. */
int journal_forget(struct journal_handle *h, uint64_t block, uint64_t count);

/* data=journal: log block, whose bytes are at offset of page (of a file's
 * cache); a credit each.  The bytes are taken at the commit.
 * Returns 0; -EROFS; -ENOMEM; -ENOSPC; -EIO: the block is metadata, too. */
int journal_data(struct journal_handle *h, uint64_t block, struct page *page,
    unsigned offset);

/* data=journal: the log may have newer bytes of a block than its place on the
 * disk.  If so, copy them to dst, and return true.  For a file's page that left
 * the cache before its blocks were home (the last user of a file has gone). */
bool journal_copy_data(struct journal *j, uint64_t block, void *dst);

/* Ordered mode: the data of this file is to be on the disk before h's
 * transaction commits.  One of these in each inode. */
struct journal_inode {
	struct pagecache *cache;  /* [I] */
	struct list link;         /* [j] */
	uint32_t tid;             /* [j] the last transaction that wants it */
	bool ordered;             /* [j] tid means something */
	bool busy;                /* [j] the commit is writing it */
};
void journal_inode_init(struct journal_inode *ji, struct pagecache *cache);
void journal_order(struct journal_handle *h, struct journal_inode *ji);

/* The inode goes away: take it off the lists.  May sleep. */
void journal_inode_release(struct journal *j, struct journal_inode *ji);

/* Make sure that tid is on the medium.  Returns 0 or -EIO.  No handle open.
 * Locks: as journal_begin().  Without a journal: nothing. */
int journal_commit(struct journal *j, uint32_t tid);

/* The same for an fsync: besides, all that was written to the device before
 * the call is on the medium, with no more flushes than that takes.  j: not
 * NULL (use block_flush()). */
int journal_sync(struct journal *j, uint32_t tid);

/* Is tid on the medium already?  Any thread. */
bool journal_committed(struct journal *j, uint32_t tid);

/* The transaction that a handle begun now would get, and so what a sync of
 * everything has to wait for. */
uint32_t journal_running_tid(struct journal *j);

/* Every second or so: commit what is old; write some of the oldest home.  No
 * handle open.  Locks: as journal_begin(). */
void journal_tick(struct journal *j);

/* Commit all, and write everything to its place: the log is empty, and marked
 * so, unless somebody changes something meanwhile.  For remount read-only.
 * Returns 0 or -EIO. */
int journal_flush(struct journal *j);

/* It has given up: 0, or the error. */
int journal_error(const struct journal *j);
