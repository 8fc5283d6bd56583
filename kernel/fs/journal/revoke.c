/* revoke.c - blocks whose older copies in the log are void.
 *
 * Layer: fs/journal   Called by: ext2 (journal_forget), commit.c
 *
 * A block of metadata is freed, and then holds the data of a file, which is
 * not in the log.  A replay must not put an old copy of the metadata over it:
 * so the transaction that frees it revokes it.  Whether the log has a copy at
 * all is not looked at: a record is 4 bytes.
 *
 * The buffer of a freed block stays in the transaction, marked BUFFER_FORGET:
 * if an earlier transaction waits to write it home, it must neither do that
 * with the bytes of now, nor forget it before this one has committed.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "fs/journal/internal.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define CHUNK_BLOCKS ARRAY_SIZE(((struct revoke_chunk *)0)->block)

/* Chunks, linked, that hold count records; NULL: no memory. */
static struct revoke_chunk *
chunks_alloc(uint64_t count)
{
	struct revoke_chunk *chunks = NULL;

	for (uint64_t have = 0; have < count; have += CHUNK_BLOCKS) {
		struct revoke_chunk *chunk = kmalloc(sizeof(*chunk));

		if (chunk == NULL) {
			while ((chunk = chunks) != NULL) {
				chunks = chunk->next;
				kfree(chunk);
			}
			return NULL;
		}
		chunk->count = 0;
		chunk->next = chunks;
		chunks = chunk;
	}
	return chunks;
}

void
revoke_free(struct transaction *t)
{
	struct revoke_chunk *chunk;

	while ((chunk = t->revokes) != NULL) {
		t->revokes = chunk->next;
		kfree(chunk);
	}
	t->revoke_count = 0;
}

/* Add a record.  fresh: a list of empty chunks, to be used when the first one
 * of the transaction is full.  Locks: j->lock held. */
static void
add(struct transaction *t, uint64_t block, struct revoke_chunk **fresh)
{
	struct revoke_chunk *chunk = t->revokes;

	if (chunk == NULL || chunk->count == CHUNK_BLOCKS) {
		chunk = *fresh;
		*fresh = chunk->next;
		chunk->next = t->revokes;
		t->revokes = chunk;
	}
	chunk->block[chunk->count++] = block;
	t->revoke_count++;
}

/* The records of blocks [block, block + count).  -ENOMEM, -ENOSPC: none. */
static int
revoke(struct journal_handle *h, uint64_t block, uint64_t count)
{
	struct journal *j = h->journal;
	struct transaction *t = h->transaction;
	struct revoke_chunk *fresh = NULL;
	struct revoke_chunk *chunk;
	unsigned per = j->revokes_per_block;
	unsigned blocks;
	int err;

	spin_lock(&j->lock);
	if (t->revokes == NULL || t->revokes->count + count > CHUNK_BLOCKS) {
		spin_unlock(&j->lock);
		fresh = chunks_alloc(count);
		if (fresh == NULL)
			return -ENOMEM;
		spin_lock(&j->lock);
	}
	blocks = (t->revoke_count + count + per - 1) / per;
	err = blocks <= t->revoke_blocks ? 0 :
	    journal_use_credits(j, h, blocks - t->revoke_blocks);
	if (err == 0) {
		t->revoke_blocks = MAX(t->revoke_blocks, blocks);
		for (uint64_t i = 0; i < count; i++)
			add(t, block + i, &fresh);
	}
	spin_unlock(&j->lock);
	while ((chunk = fresh) != NULL) {
		fresh = chunk->next;
		kfree(chunk);
	}
	return err;
}

/* The block of buf was freed. */
static void
forget_buffer(struct journal_handle *h, struct buffer *buf)
{
	struct journal *j = h->journal;
	struct transaction *t = h->transaction;

	spin_lock(&j->lock);
	kassert(buf->running == NULL || buf->running == t); /* (3) */
	if ((buf->flags & BUFFER_FORGET) != 0) {
		/* Freed twice: a damaged disk. */
	} else if (buf->running == t) {
		atomic_or(&buf->flags, BUFFER_FORGET);
		t->buffer_count--;
		h->root->credits++;
	} else if (buf->checkpoint != NULL) {
		atomic_or(&buf->flags, BUFFER_FORGET);
		buf->running = t;
		list_add_tail(&t->buffers, &buf->running_link);
		buffer_get(buf);
	}
	spin_unlock(&j->lock);
}

int
journal_forget(struct journal_handle *h, uint64_t block, uint64_t count)
{
	struct journal *j = h->journal;
	uint64_t end = block + count;
	struct buffer *buf;
	int err;

	/* Without a journal the caller gave a cache with each buffer; there is
	 * none here: he calls buffer_discard(). */
	if (j == NULL || count == 0)
		return 0;
	if (h->transaction == NULL)
		return -EROFS;
	err = revoke(h, block, count);
	if (err != 0)
		return err;
	while ((buf = buffer_find_next(j->cache, &block, end)) != NULL) {
		forget_buffer(h, buf);
		buffer_put(buf);
		block++;
	}
	return 0;
}
