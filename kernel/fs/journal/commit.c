/* commit.c - a transaction becomes permanent.
 *
 * Layer: fs/journal   Called by: transaction.c, checkpoint.c, ext2
 *
 *	handles of T end     T's log            flush   commit block
 *	--barrier--|--copies--|--data--|--log--|--------|--FUA--> committed
 *	                      ^ handles of T+1 begin
 *
 * Nothing of what comes before the flush has an order among itself; the commit
 * block is written when all of it is on the medium, so a power cut leaves
 * either no commit block, or everything that it promises (1).
 *
 * If there is no memory for copies, the barrier stays up until the log is
 * written: slower, but it needs no memory at all.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "drivers/block/block.h"
#include "fs/journal/internal.h"
#include "lib/crc32.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/pagecache.h"
#include "sched/clock.h"

/* ---- The barrier ------------------------------------------------------ */

/* Keep new handles off, and wait for the end of those that are open.
 * Returns the running transaction, or NULL: it has changed nothing. */
static struct transaction *
raise_barrier(struct journal *j)
{
	struct transaction *t;

	spin_lock(&j->lock);
	t = j->running;
	if (t == NULL || (list_empty(&t->buffers) && t->revoke_count == 0)) {
		spin_unlock(&j->lock);
		return NULL;
	}
	j->barrier = true;
	journal_limits_changed(j);
	spin_unlock(&j->lock);
	wait_event(&j->handles_gone, atomic_load(&t->handles) == 0);
	return t;
}

static void
lower_barrier(struct journal *j)
{
	spin_lock(&j->lock);
	j->barrier = false;
	journal_limits_changed(j);
	spin_unlock(&j->lock);
	waitq_wake_all(&j->barrier_gone);
}

/* A buffer that was freed leaves the transaction, and an older one too: that
 * one's tail does not move before this one has committed. */
static void
drop_forgotten(struct journal *j, struct buffer *buf)
{
	bool older;

	spin_lock(&j->lock);
	list_remove(&buf->running_link);
	buf->running = NULL;
	atomic_and(&buf->flags, ~BUFFER_FORGET);
	older = buf->checkpoint != NULL;
	if (older)
		transaction_unlink_home(buf);
	spin_unlock(&j->lock);
	if (older)
		buffer_put(buf);
	if ((buf->flags & BUFFER_DATA) != 0)
		buffer_put_drop(buf);
	else
		buffer_put(buf);
}

/* Memory for a copy: a page, or a part of one which has a reference for each
 * part.  NULL: no memory. */
static char *
copy_alloc(struct journal *j)
{
	size_t bytes = j->cache->block_bytes;
	char *copy;

	if (j->copy_page == NULL) {
		j->copy_page = journal_page_alloc();
		j->copy_used = 0;
		if (j->copy_page == NULL)
			return NULL;
	}
	copy = j->copy_page + j->copy_used;
	j->copy_used += bytes;
	if (j->copy_used == PAGE_SIZE)
		j->copy_page = NULL; /* this copy has the last reference */
	else
		page_get(page_from_va(copy));
	return copy;
}

/* Copy a buffer for the log; from now on it waits for its checkpoint, and the
 * next transaction may have it.  False: no memory for the copy. */
static bool
take_buffer(struct journal *j, struct transaction *t, struct buffer *buf)
{
	bool older;

	buf->copy = copy_alloc(j);
	if (buf->copy != NULL)
		memcpy(buf->copy, buf->data, j->cache->block_bytes);
	spin_lock(&j->lock);
	older = buf->checkpoint != NULL;
	if (older)
		transaction_unlink_home(buf);
	buf->checkpoint = t;
	list_add_tail(&t->checkpoint, &buf->checkpoint_link);
	list_remove(&buf->running_link);
	buf->running = NULL;
	spin_unlock(&j->lock);
	if (older)
		buffer_put(buf);
	return buf->copy != NULL;
}

static uint32_t
blocks_for(unsigned items, unsigned per_block)
{
	return (items + per_block - 1) / per_block;
}

/* The barrier is up: take all buffers, and the room in the log.  True: all have
 * copies, and new handles may begin. */
static bool
close_transaction(struct journal *j, struct transaction *t)
{
	bool copied = true;

	list_for_each_safe(buf, &t->buffers, struct buffer, running_link) {
		if ((buf->flags & BUFFER_FORGET) != 0)
			drop_forgotten(j, buf);
		else if (!take_buffer(j, t, buf))
			copied = false;
	}
	t->log_start = j->head;
	t->log_blocks = t->buffer_count +
	    blocks_for(t->buffer_count, j->tags_per_block) +
	    blocks_for(t->revoke_count, j->revokes_per_block) + 1;
	spin_lock(&j->lock);
	kassert(t->log_blocks <= j->free_blocks); /* (4) */
	j->free_blocks -= t->log_blocks;
	j->running = NULL;
	spin_unlock(&j->lock);
	return copied;
}

/* ---- Ordered data ----------------------------------------------------- */

/* Write the data of files that got blocks in t.  An inode that the next
 * transaction wants too has stayed on our list: it goes over to that one's.  An
 * error is the file's, and told by its fsync. */
static void
write_ordered(struct journal *j, struct transaction *t)
{
	struct journal_inode *ji;

	spin_lock(&j->lock);
	while ((ji = list_first(&t->inodes, struct journal_inode, link)) !=
	    NULL) {
		list_remove(&ji->link);
		atomic_store(&ji->busy, true);
		spin_unlock(&j->lock);
		pagecache_write_ordered(ji->cache);
		spin_lock(&j->lock);
		if (ji->tid != t->tid && list_empty(&ji->link)) {
			kassert(j->running->tid == ji->tid);
			list_add_tail(&j->running->inodes, &ji->link);
		}
		atomic_store(&ji->busy, false);
		spin_unlock(&j->lock);
		waitq_wake_all(&j->inode_idle);
		spin_lock(&j->lock);
	}
	spin_unlock(&j->lock);
}

/* ---- The log ---------------------------------------------------------- */

/* Wait for what was given to the batch. */
static void
wait_log(struct journal *j)
{
	int err = write_batch_wait(&j->batch);

	if (err != 0 && j->log_error == 0)
		j->log_error = err;
	j->control_used = 0;
	j->descriptor_busy = false;
}

/* A block of our own, that may be given to the batch.  There are a few, used in
 * turn: when all are on their way, that is waited for. */
static char *
control_block(struct journal *j)
{
	if (j->control_used == CONTROL_BLOCKS)
		wait_log(j);
	return j->control[j->control_used++];
}

/* Make a block a zeroed one of that type. */
static void
begin_block(struct journal *j, char *block, uint32_t type, uint32_t tid)
{
	struct jbd2_header *header = (struct jbd2_header *)block;

	memset(block, 0, j->cache->block_bytes);
	header->h_magic = swap32(JBD2_MAGIC_NUMBER);
	header->h_blocktype = swap32(type);
	header->h_sequence = swap32(tid);
}

/* The place of the block at the log's head, which moves on. */
static uint64_t
head_sector(struct journal *j)
{
	uint64_t block = journal_log_block(j, j->head);

	j->head = journal_next(j, j->head);
	return buffer_sector(j->cache, block);
}

/* Write a block to the log; it stays as it is until wait_log(). */
static void
log_block(struct journal *j, const char *block)
{
	write_batch_add(&j->batch, head_sector(j), block,
	    j->cache->block_bytes);
}

/* The checksum at the end of a descriptor or revoke block. */
static void
seal(struct journal *j, char *block)
{
	size_t bytes = j->cache->block_bytes;
	struct jbd2_tail *tail = (struct jbd2_tail *)(block + bytes) - 1;

	if (j->tail_bytes != 0)
		tail->t_checksum = swap32(crc32c(j->csum_seed, block, bytes));
}

/* Where tag n of the descriptor is: the first is followed by the UUID. */
static char *
tag_place(const struct journal *j, unsigned n)
{
	return j->descriptor + sizeof(struct jbd2_header) + n * j->tag_bytes +
	    (n > 0 ? JBD2_UUID_BYTES : 0);
}

/* Write tag n of the descriptor; bytes: the copy, as the log has it. */
static void
put_tag(struct journal *j, unsigned n, uint64_t block, uint32_t flags,
    const char *bytes)
{
	const struct jbd2_header *header = (const void *)j->descriptor;
	char *place = tag_place(j, n);
	uint32_t csum = 0;

	flags |= n > 0 ? JBD2_FLAG_SAME_UUID : 0;
	if (n == 0)
		memcpy(place + j->tag_bytes, j->super->s_uuid, JBD2_UUID_BYTES);
	if (j->tail_bytes != 0) {
		csum = crc32c(j->csum_seed, &header->h_sequence,
		    sizeof(header->h_sequence));
		csum = crc32c(csum, bytes, j->cache->block_bytes);
	}
	if (j->csum_v3) {
		struct jbd2_tag3 *tag = (struct jbd2_tag3 *)place;

		tag->t_blocknr = swap32((uint32_t)block);
		tag->t_flags = swap32(flags);
		tag->t_blocknr_high = swap32(block >> 32);
		tag->t_checksum = swap32(csum);
	} else {
		struct jbd2_tag *tag = (struct jbd2_tag *)place;

		tag->t_blocknr = swap32((uint32_t)block);
		tag->t_flags = swap16((uint16_t)flags);
		tag->t_checksum = swap16((uint16_t)csum);
		if (j->tag_bytes >= sizeof(*tag))
			tag->t_blocknr_high = swap32(block >> 32);
	}
}

/* The bytes of buf for the log.  The first word is taken out if it would make
 * them look like one of our own blocks; *flags says so. */
static char *
log_bytes(struct journal *j, struct buffer *buf, uint32_t *flags)
{
	const be32_t magic = swap32(JBD2_MAGIC_NUMBER);
	char *bytes = buf->copy;

	if (bytes == NULL) {
		bytes = control_block(j);
		memcpy(bytes, buf->data, j->cache->block_bytes);
	}
	if (memcmp(bytes, &magic, sizeof(magic)) == 0) {
		memset(bytes, 0, sizeof(magic));
		*flags |= JBD2_FLAG_ESCAPE;
	}
	return bytes;
}

/* Write descriptors and copies.  A descriptor is complete when its copies are
 * known, so it is handed over after them. */
static void
log_buffers(struct journal *j, struct transaction *t)
{
	struct list *link = t->checkpoint.next;
	unsigned left = t->buffer_count;

	while (left > 0) {
		unsigned count = MIN(left, j->tags_per_block);
		uint64_t sector = head_sector(j);

		if (j->descriptor_busy)
			wait_log(j);
		begin_block(j, j->descriptor, JBD2_DESCRIPTOR_BLOCK, t->tid);
		for (unsigned n = 0; n < count; n++, link = link->next) {
			struct buffer *buf = list_entry(link, struct buffer,
			    checkpoint_link);
			uint32_t flags = n + 1 == count ?
			    JBD2_FLAG_LAST_TAG : 0;
			char *bytes = log_bytes(j, buf, &flags);

			put_tag(j, n, buf->block, flags, bytes);
			log_block(j, bytes);
		}
		seal(j, j->descriptor);
		write_batch_add(&j->batch, sector, j->descriptor,
		    j->cache->block_bytes);
		j->descriptor_busy = true;
		left -= count;
	}
}

/* Write the blocks with the records of revoked blocks. */
static void
log_revokes(struct journal *j, struct transaction *t)
{
	struct revoke_chunk *chunk = t->revokes;
	unsigned at = 0;
	unsigned left = t->revoke_count;

	while (left > 0) {
		unsigned count = MIN(left, j->revokes_per_block);
		char *block = control_block(j);
		struct jbd2_revoke *revoke = (struct jbd2_revoke *)block;
		char *record = block + sizeof(*revoke);

		begin_block(j, block, JBD2_REVOKE_BLOCK, t->tid);
		revoke->r_count = swap32(sizeof(*revoke) +
		    count * j->revoke_bytes);
		for (unsigned n = 0; n < count; n++, at++) {
			be64_t wide;
			be32_t narrow;

			if (at == chunk->count) {
				chunk = chunk->next;
				at = 0;
			}
			wide = swap64(chunk->block[at]);
			narrow = swap32((uint32_t)chunk->block[at]);
			memcpy(record, j->revoke_bytes == sizeof(wide) ?
			    (void *)&wide : &narrow, j->revoke_bytes);
			record += j->revoke_bytes;
		}
		seal(j, block);
		log_block(j, block);
		left -= count;
	}
}

/* Write the commit block to the medium. */
static int
log_commit_block(struct journal *j, struct transaction *t)
{
	char *block = control_block(j);
	struct jbd2_commit *commit = (struct jbd2_commit *)block;
	size_t bytes = j->cache->block_bytes;
	uint64_t now_ns = clock_realtime_ns();
	uint32_t sum;

	begin_block(j, block, JBD2_COMMIT_BLOCK, t->tid);
	commit->h_commit_sec = swap64(now_ns / NS_PER_SEC);
	commit->h_commit_nsec = swap32(now_ns % NS_PER_SEC);
	if (j->tail_bytes != 0) {
		sum = crc32c(j->csum_seed, block, bytes);
		commit->h_chksum[0] = swap32(sum);
	}
	return block_transfer(j->dev, BLOCK_WRITE, head_sector(j), block, bytes,
	    BLOCK_FUA);
}

/* All of the log of t: on the medium, or an error. */
static int
write_log(struct journal *j, struct transaction *t)
{
	int err;

	j->log_error = 0;
	if (j->super->s_start == 0)
		journal_write_super(j, t->log_start, t->tid, false);
	log_revokes(j, t);
	log_buffers(j, t);
	wait_log(j);
	list_for_each(buf, &t->checkpoint, struct buffer, checkpoint_link) {
		journal_page_free(buf->copy);
		buf->copy = NULL;
	}
	journal_page_free(j->copy_page);
	j->copy_page = NULL;
	if (j->log_error != 0)
		return j->log_error;
	err = journal_flush_device(j);
	if (err == 0)
		err = log_commit_block(j, t);
	j->control_used = 0;
	return err;
}

int
journal_commit_running(struct journal *j)
{
	struct transaction *t;
	bool copied;
	int err;

	kassert(mutex_held(&j->commit_lock) && journal_current() == NULL);
	if (j->error != 0)
		return -EIO;
	t = raise_barrier(j);
	if (t == NULL)
		return 0;
	copied = close_transaction(j, t);
	if (copied)
		lower_barrier(j);
	write_ordered(j, t);
	err = write_log(j, t);
	list_add_tail(&j->committed, &t->link);
	if (err == 0)
		atomic_store(&j->committed_tid, t->tid);
	if (!copied)
		lower_barrier(j);
	revoke_free(t);
	if (err != 0)
		return journal_abort(j, err, "cannot write to the log");
	if (j->ops->committed != NULL)
		j->ops->committed(j->fs, t->tid);
	return 0;
}

bool
journal_committed(struct journal *j, uint32_t tid)
{
	return j == NULL ||
	    (int32_t)(atomic_load(&j->committed_tid) - tid) >= 0;
}

int
journal_commit(struct journal *j, uint32_t tid)
{
	int err = 0;

	if (journal_committed(j, tid))
		return 0;
	mutex_lock(&j->commit_lock);
	/* While we waited, somebody may have committed for all. */
	if (!journal_committed(j, tid))
		err = journal_commit_running(j);
	mutex_unlock(&j->commit_lock);
	return err;
}

int
journal_sync(struct journal *j, uint32_t tid)
{
	uint32_t begun = atomic_load(&j->flushes);
	int err = journal_commit(j, tid);

	/* A flush that began after us has all that was written before us. */
	if (err != 0 || (int32_t)(atomic_load(&j->flushes_done) - begun) > 0)
		return err;
	return block_flush(j->dev);
}
