/* checkpoint.c - committed buffers go home, and the log becomes free.
 *
 * Layer: fs/journal   Called by: transaction.c, journal.c
 *
 *	write home ... wait | flush | superblock with the new tail, FUA | free
 *
 * The flush stands between: a tail on the medium says that all before it is
 * home, and the next commit overwrites the log there (2).
 *
 * A buffer that the running transaction has cannot go: its bytes have not
 * committed.  One that is on its way is BUFFER_WRITING, and journal_access()
 * waits for that.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "drivers/block/block.h"
#include "fs/journal/internal.h"
#include "sched/clock.h"

#define CHUNK 64 /* buffers that are written together */

/* Mark some buffers that may go, with BUFFER_WRITING.  Returns how many. */
static unsigned
pick(struct journal *j, struct transaction *t, struct buffer *chunk[CHUNK])
{
	unsigned count = 0;

	spin_lock(&j->lock);
	list_for_each(buf, &t->checkpoint, struct buffer, checkpoint_link) {
		if (buf->running != NULL)
			continue;
		atomic_or(&buf->flags, BUFFER_WRITING);
		chunk[count++] = buf;
		if (count == CHUNK)
			break;
	}
	spin_unlock(&j->lock);
	return count;
}

/* Write home what can go of a transaction.  Returns 0 or -EIO: the rest has
 * stayed. */
static int
write_home(struct journal *j, struct transaction *t)
{
	struct buffer_cache *bc = j->cache;
	struct buffer *chunk[CHUNK];
	unsigned count;
	int err = 0;

	while (err == 0 && (count = pick(j, t, chunk)) > 0) {
		for (unsigned i = 0; i < count; i++)
			write_batch_add(&j->batch,
			    buffer_sector(bc, chunk[i]->block), chunk[i]->data,
			    bc->block_bytes);
		err = write_batch_wait(&j->batch);
		spin_lock(&j->lock);
		for (unsigned i = 0; i < count; i++) {
			atomic_and(&chunk[i]->flags, ~BUFFER_WRITING);
			if (err == 0)
				transaction_unlink_home(chunk[i]);
		}
		spin_unlock(&j->lock);
		waitq_wake_all(&bc->written);
		for (unsigned i = 0; i < count && err == 0; i++) {
			/* A file's page may go: nobody need find it here. */
			if ((chunk[i]->flags & BUFFER_DATA) != 0)
				buffer_put_drop(chunk[i]);
			else
				buffer_put(chunk[i]);
		}
	}
	return err;
}

/* The first transactions, of so many blocks together, are home: let the tail
 * move over them. */
static int
move_tail(struct journal *j, uint32_t blocks)
{
	struct list home = LIST_INIT(home);
	struct transaction *t;
	uint32_t start = j->head;
	uint32_t tid = j->committed_tid + 1;
	uint32_t left = blocks;
	int err = journal_flush_device(j);

	list_for_each(next, &j->committed, struct transaction, link) {
		if (left == 0) {
			start = next->log_start;
			tid = next->tid;
			break;
		}
		left -= next->log_blocks;
	}
	if (err == 0)
		err = journal_write_super(j, start, tid, true);
	if (err != 0)
		return err;
	for (left = blocks; left > 0; left -= t->log_blocks) {
		t = list_first(&j->committed, struct transaction, link);
		list_remove(&t->link);
		list_add_tail(&home, &t->link);
	}
	list_for_each_safe(gone, &home, struct transaction, link)
		transaction_free(gone);
	spin_lock(&j->lock);
	j->free_blocks += blocks;
	journal_limits_changed(j);
	spin_unlock(&j->lock);
	return 0;
}

int
journal_checkpoint(struct journal *j, uint32_t wanted)
{
	uint32_t gain = 0;
	int err = 0;

	kassert(mutex_held(&j->commit_lock));
	if (j->error != 0)
		return -EIO;
	list_for_each(t, &j->committed, struct transaction, link) {
		if (j->free_blocks + gain >= wanted)
			break;
		err = write_home(j, t);
		if (err != 0 || !list_empty(&t->checkpoint))
			break;
		gain += t->log_blocks;
	}
	if (err == 0 && gain > 0)
		err = move_tail(j, gain);
	return err == 0 ? 0 :
	    journal_abort(j, err, "cannot write blocks to their places");
}

int
journal_flush(struct journal *j)
{
	int err = 0;

	if (j == NULL || j->read_only)
		return 0;
	mutex_lock(&j->commit_lock);
	err = journal_commit_running(j);
	if (err == 0)
		err = journal_checkpoint(j, UINT32_MAX);
	if (err == 0 && list_empty(&j->committed) && j->super->s_start != 0) {
		j->head = j->first;
		err = journal_write_super(j, 0, j->committed_tid + 1, true);
		if (err != 0)
			journal_abort(j, err, "cannot mark the log empty");
	}
	mutex_unlock(&j->commit_lock);
	return err;
}

/* The log is half full: make room before somebody has to wait for it. */
static void
tick_checkpoint(struct journal *j)
{
	uint32_t ring = j->end - j->first;

	if (atomic_load(&j->free_blocks) > ring / 2 ||
	    !mutex_trylock(&j->commit_lock))
		return;
	journal_checkpoint(j, ring - ring / 4);
	mutex_unlock(&j->commit_lock);
}

void
journal_tick(struct journal *j)
{
	uint32_t tid = 0;
	bool old = false;

	if (j == NULL || j->read_only || journal_error(j) != 0)
		return;
	spin_lock(&j->lock);
	if (j->running != NULL) {
		tid = j->running->tid;
		old = clock_ns() - j->running->started_ns >= j->interval_ns;
	}
	spin_unlock(&j->lock);
	if (old)
		journal_commit(j, tid);
	tick_checkpoint(j);
}
