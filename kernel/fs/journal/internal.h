/* internal.h - what the files of the journal share among themselves only.
 *
 * Layer: fs/journal   Called by: journal.c, transaction.c, commit.c,
 *                                checkpoint.c, revoke.c, recover.c
 *
 * Three kinds of transactions exist: the running one takes handles; at most one
 * is being committed; those that have committed wait until all their buffers
 * are home.
 *
 *	log:  | T7 | T8 |  T9   |     free      |      free_blocks counts it
 *	      ^tail             ^head
 *	       committed         running: T10, so large at most that it fits
 *
 * Invariants:
 * (1) A transaction's descriptors, copies and revokes, and the data that it
 *     orders, are on the medium before its commit block is written.
 * (2) The log is overwritten only behind a tail that is on the medium, and the
 *     tail moves over a transaction only when all its buffers are home, on the
 *     medium, or in a later transaction that has committed.
 * (3) buf->running is the running transaction or NULL: the barrier of a commit
 *     moves all its buffers to buf->checkpoint.
 * (4) planned <= limit of the running transaction, but where a handle needed
 *     more than it said; planned <= room always: it fits into the log.
 * (5) Nothing is written home that has not committed, and nothing at all once
 *     j->error is set.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/buffer.h"
#include "fs/journal/format.h"
#include "fs/journal/journal.h"
#include "lib/atomic.h"
#include "sched/mutex.h"

#define CONTROL_BLOCKS 4

/* Block numbers that a transaction revokes: a page of them. */
struct revoke_chunk {
	struct revoke_chunk *next;
	unsigned count;
	uint64_t block[510];
};

/*
 * What protects the members: [I] immutable, [j] journal->lock, [c]
 * journal->commit_lock; [jc] changed with both, or, of the running one, [j].
 */
struct transaction {
	uint32_t tid;            /* [I] */
	unsigned handles;        /* [j] open */
	unsigned planned;        /* [j] buffers, revoke blocks, and credits of
				  * open handles */
	unsigned limit;          /* [j] of planned, to begin; 0: closed */
	unsigned room;           /* [j] of planned, that the log has */
	struct list buffers;     /* [j] running_link */
	unsigned buffer_count;   /* [jc] that are logged (not BUFFER_FORGET) */
	struct revoke_chunk *revokes; /* [jc] */
	unsigned revoke_count;   /* [jc] */
	unsigned revoke_blocks;  /* [j] planned for them */
	struct list inodes;      /* [j] journal_inode.link: ordered data */
	struct list checkpoint;  /* [j] checkpoint_link: not yet home */
	uint64_t started_ns;     /* [I] */
	uint32_t log_start;      /* [c] its first block in the log */
	uint32_t log_blocks;     /* [c] */
	struct list link;        /* [c] journal->committed */
};

/* A run of the log on the disk. */
struct log_extent {
	uint32_t log_block;
	uint32_t count;
	uint64_t block;
};

struct journal {
	struct buffer_cache *cache;    /* [I] */
	struct block_device *dev;      /* [I] */
	const struct journal_ops *ops; /* [I] */
	void *fs;                      /* [I] */
	bool read_only;                /* [I] */
	struct log_extent *extents;    /* [I] in order */
	unsigned extent_count;         /* [I] */
	uint32_t first;                /* [I] ring: blocks [first, end) */
	uint32_t end;                  /* [I] */
	unsigned tag_bytes;            /* [I] of a tag without UUID */
	unsigned tail_bytes;           /* [I] of a checksum at a block's end */
	unsigned tags_per_block;       /* [I] */
	unsigned revoke_bytes;         /* [I] of a record */
	unsigned revokes_per_block;    /* [I] */
	unsigned max_planned;          /* [I] of a transaction */
	uint32_t csum_seed;            /* [I] */
	bool csum_v2, csum_v3;         /* [I] */
	uint64_t interval_ns;          /* [a] between commits */

	struct spinlock lock;
	struct transaction *running;   /* [j] or NULL */
	uint32_t next_tid;             /* [j] of the next running one */
	uint32_t committed_tid;        /* [a] the last on the medium */
	uint32_t free_blocks;          /* [j] of the ring */
	bool barrier;                  /* [j] no new handle */
	int error;                     /* [a] 0, or it has given up */
	struct waitq barrier_gone;
	struct waitq handles_gone;
	struct waitq inode_idle;

	struct mutex commit_lock;      /* one commit or checkpoint at a time */
	struct list committed;         /* [c] not yet home; the oldest first */
	uint32_t head;                 /* [c] next block to be written */
	uint32_t flushes;              /* [a] begun */
	uint32_t flushes_done;         /* [a] ... and done */
	struct jbd2_super *super;      /* [c] as on the disk */
	struct write_batch batch;      /* [c] */
	char *descriptor;              /* [c] the block that is being made */
	bool descriptor_busy;          /* [c] ... or on its way */
	char *control[CONTROL_BLOCKS]; /* [c] other blocks on their way */
	unsigned control_used;         /* [c] */
	int log_error;                 /* [c] of a write to the log */
	char *copy_page;               /* [c] for copies smaller than a page */
	unsigned copy_used;            /* [c] bytes of it */
};

/* ---- journal.c -------------------------------------------------------- */

/* A page for a block of the log, in the direct map; NULL: no memory.  Free one
 * (NULL: nothing), or the piece of it that a copy has. */
char *journal_page_alloc(void);
void journal_page_free(char *page);

/* Where a block of the log is on the disk. */
uint64_t journal_log_block(const struct journal *j, uint32_t log_block);

/* The block of the ring behind that one. */
static inline uint32_t
journal_next(const struct journal *j, uint32_t log_block)
{
	return log_block + 1 == j->end ? j->first : log_block + 1;
}

/* Write the superblock, with that start (0: empty) and sequence of the log, to
 * the medium (fua), or just to the disk.  Returns 0 or -EIO.
 * Locks: commit_lock held. */
int journal_write_super(struct journal *j, uint32_t start, uint32_t sequence,
    bool fua);

/* Flush the device.  Returns 0 or -EIO.  Locks: commit_lock held. */
int journal_flush_device(struct journal *j);

/* Give up.  Locks: no spinlock held.  Returns err. */
int journal_abort(struct journal *j, int err, const char *what);

/* ---- transaction.c ---------------------------------------------------- */

/* How many buffers fit into so many free blocks of the log, with all that is
 * written for them. */
unsigned journal_fitting(const struct journal *j, uint32_t free_blocks);

/* free_blocks, barrier or error has changed: what may the running transaction
 * still take?  Locks: j->lock held. */
void journal_limits_changed(struct journal *j);

/* Turn count credits of h into as many blocks of its transaction.  Returns 0;
 * -ENOSPC: nothing has changed; -EROFS.  Locks: j->lock held. */
int journal_use_credits(struct journal *j, struct journal_handle *h,
    unsigned count);

/* Free all of a transaction; it has neither buffers nor inodes. */
void transaction_free(struct transaction *t);

/* The buffer leaves the transaction whose checkpoint it waited for.
 * Locks: j->lock held.  The caller drops the reference. */
void transaction_unlink_home(struct buffer *buf);

/* ---- commit.c --------------------------------------------------------- */

/* Commit the running transaction, if it has changed anything.  Returns 0, or
 * the journal's error.  Locks: commit_lock held; no handle open. */
int journal_commit_running(struct journal *j);

/* ---- checkpoint.c ----------------------------------------------------- */

/* Write buffers home, the oldest transactions first, until `wanted` blocks of
 * the log are free or nothing more can be done: if that was too little, a
 * commit helps.  Returns 0, or the journal's error.
 * Locks: commit_lock held. */
int journal_checkpoint(struct journal *j, uint32_t wanted);

/* ---- revoke.c --------------------------------------------------------- */

/* Free the records. */
void revoke_free(struct transaction *t);

/* ---- recover.c -------------------------------------------------------- */

/* Replay what the log has.  *next_tid: for the next transaction.
 * Returns 0; -EIO: unreadable or damaged (says why); -ENOMEM.
 * Nothing is written if the log is damaged. */
int journal_recover(struct journal *j, uint32_t *next_tid, unsigned *replayed);
