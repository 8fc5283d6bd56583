/* recover.c - replay what a log has.
 *
 * Layer: fs/journal   Called by: journal.c
 * Source: [EXT4] 3.6 "Journal (jbd2)"
 *
 * Three passes over the log, each from its start:
 *
 *	scan    find the last transaction that has its commit block, and look
 *	        at everything up to there: it is all right, or nothing is done
 *	revoke  remember which blocks were revoked, and last by whom
 *	replay  copies go to their places, but those that the same or a later
 *	        transaction revoked
 *
 * The log ends at the first block that is not one of ours, or not of the
 * transaction that is due: an older one was there before.  What comes before
 * the commit block may be in pieces, if that is missing; the scan notes what is
 * wrong, and goes on.  With its commit block, it is damage; unless the time is
 * before the last one's: then the block is old, and has the right number by
 * chance.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/block/block.h"
#include "fs/journal/internal.h"
#include "lib/crc32.h"
#include "lib/radix.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define WINDOW_PAGES    16  /* of the log are read together */
#define REPLAY_TOGETHER 256 /* buffers are written together */

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

struct recovery {
	struct journal *j;
	enum pass pass;
	uint32_t tid;           /* of the transaction that we are in */
	uint32_t end_tid;       /* scan has found: the first not committed */
	uint32_t blocks;        /* of the log, seen in this pass */
	uint32_t crc;           /* COMPAT_CHECKSUM so far */
	const char *bad;        /* what is wrong in this transaction, or NULL */
	uint64_t last_time_ns;  /* of the last commit block */
	struct radix revoked;   /* by block: tid, made a pointer */
	unsigned dirty;         /* buffers since the last buffer_sync() */
	struct block_request *read; /* of the window */
	char *window[WINDOW_PAGES]; /* pages with blocks of the log */
	unsigned window_pages;
	uint32_t window_first;
	uint32_t window_count;
	char *block;            /* one block: the descriptor, while its copies
				 * are in the window */
};

/* A tag, whatever its kind. */
struct tag {
	uint64_t block;
	uint32_t flags;
	uint32_t csum;
};

static struct radix_node *
node_alloc(void)
{
	return kzalloc(sizeof(struct radix_node));
}

static void
node_free(struct radix_node *node)
{
	kfree(node);
}

/* Something is wrong in the transaction; it matters if it has committed. */
static int
note_bad(struct recovery *r, const char *what)
{
	kassert(r->pass == PASS_SCAN);
	if (r->bad == NULL)
		r->bad = what;
	return 0;
}

/* ---- Reading the log -------------------------------------------------- */

/* Fill the window from a block of the log on. */
static int
fill_window(struct recovery *r, uint32_t log_block)
{
	struct journal *j = r->j;
	unsigned shift = j->cache->block_shift;
	uint32_t most = r->window_pages << (PAGE_SHIFT - shift);
	uint64_t block = journal_log_block(j, log_block);
	uint32_t count = 1;
	int err;

	while (count < most && log_block + count < j->end &&
	    journal_log_block(j, log_block + count) == block + count)
		count++;
	r->read->sector = buffer_sector(j->cache, block);
	r->read->segment_count = 0;
	for (size_t at = 0; at < (size_t)count << shift; at += PAGE_SIZE)
		block_request_add(r->read,
		    va_to_pa(r->window[at >> PAGE_SHIFT]),
		    MIN(PAGE_SIZE, ((size_t)count << shift) - at));
	r->window_first = log_block;
	r->window_count = 0;
	err = block_execute(r->read);
	if (err != 0) {
		pr_err("journal of %s: cannot read its block %u",
		    j->dev->name, log_block);
		return -EIO;
	}
	r->window_count = count;
	return 0;
}

/* Read a block of the log, and some behind it.  *out: good until the next. */
static int
read_log(struct recovery *r, uint32_t log_block, const char **out)
{
	size_t at;
	int err = 0;

	if (log_block - r->window_first >= r->window_count)
		err = fill_window(r, log_block);
	at = (size_t)(log_block - r->window_first) << r->j->cache->block_shift;
	*out = r->window[at >> PAGE_SHIFT] + (at & PAGE_MASK);
	return err;
}

/* The scan looks at the checksum at the end of the block in r->block. */
static void
check_tail(struct recovery *r)
{
	size_t bytes = r->j->cache->block_bytes;
	struct jbd2_tail *tail = (struct jbd2_tail *)(r->block + bytes) - 1;
	be32_t stored = tail->t_checksum;

	if (r->pass != PASS_SCAN || r->j->tail_bytes == 0)
		return;
	tail->t_checksum = 0;
	if (swap32(stored) != crc32c(r->j->csum_seed, r->block, bytes))
		note_bad(r, "wrong checksum of a block");
}

static struct tag
read_tag(const struct journal *j, const char *place)
{
	bool wide = j->revoke_bytes == sizeof(be64_t);
	uint32_t high = 0;
	struct tag tag;

	if (j->csum_v3) {
		const struct jbd2_tag3 *t3 = (const struct jbd2_tag3 *)place;

		tag.block = swap32(t3->t_blocknr);
		high = swap32(t3->t_blocknr_high);
		tag.flags = swap32(t3->t_flags);
		tag.csum = swap32(t3->t_checksum);
	} else {
		const struct jbd2_tag *t = (const struct jbd2_tag *)place;

		tag.block = swap32(t->t_blocknr);
		if (wide)
			high = swap32(t->t_blocknr_high);
		tag.flags = swap16(t->t_flags);
		tag.csum = swap16(t->t_checksum);
	}
	/* Without 64BIT there may be anything. */
	if (wide)
		tag.block |= (uint64_t)high << 32;
	return tag;
}

static bool
copy_is_right(const struct recovery *r, const struct tag *tag, const char *copy)
{
	const struct journal *j = r->j;
	be32_t sequence = swap32(r->tid);
	uint32_t sum;

	if (j->tail_bytes == 0)
		return true;
	sum = crc32c(j->csum_seed, &sequence, sizeof(sequence));
	sum = crc32c(sum, copy, j->cache->block_bytes);
	return tag->csum == (j->csum_v3 ? sum : (uint16_t)sum);
}

/* ---- What the passes do with each block ------------------------------- */

/* Has this or a later transaction revoked the block? */
static bool
is_revoked(const struct recovery *r, uint64_t block)
{
	uintptr_t tid = (uintptr_t)radix_get(&r->revoked, block);

	return tid != 0 && (int32_t)((uint32_t)tid - r->tid) >= 0;
}

static int
replay_copy(struct recovery *r, const struct tag *tag, const char *copy)
{
	struct buffer_cache *bc = r->j->cache;
	const be32_t magic = swap32(JBD2_MAGIC_NUMBER);
	struct buffer *buf;
	int err;

	if (is_revoked(r, tag->block))
		return 0;
	err = buffer_new(bc, tag->block, &buf);
	if (err != 0)
		return err;
	memcpy(buf->data, copy, bc->block_bytes);
	if ((tag->flags & JBD2_FLAG_ESCAPE) != 0)
		memcpy(buf->data, &magic, sizeof(magic));
	buffer_mark_dirty(buf);
	buffer_put(buf);
	if (++r->dirty % REPLAY_TOGETHER == 0)
		err = buffer_sync(bc);
	return err;
}

/* Is the block one of the log's own? */
static bool
in_log(const struct journal *j, uint64_t block)
{
	for (unsigned i = 0; i < j->extent_count; i++) {
		if (block - j->extents[i].block < j->extents[i].count)
			return true;
	}
	return false;
}

/* The scan looks at what the replay will do. */
static int
check_copy(struct recovery *r, const struct tag *tag, const char *copy)
{
	struct journal *j = r->j;

	r->crc = crc32_be(r->crc, copy, j->cache->block_bytes);
	if (tag->block >= j->cache->block_count)
		note_bad(r, "a block behind the file system");
	else if (in_log(j, tag->block))
		note_bad(r, "a copy of a block of the log itself");
	else if (!copy_is_right(r, tag, copy))
		note_bad(r, "wrong checksum of a copy");
	return 0;
}

/* A descriptor, which is in r->block, and its copies.  *at: behind it; moves
 * behind the copies. */
static int
descriptor(struct recovery *r, uint32_t *at)
{
	struct journal *j = r->j;
	size_t place = sizeof(struct jbd2_header);
	size_t end = j->cache->block_bytes - j->tail_bytes;
	const char *copy;
	struct tag tag;
	int err = 0;

	do {
		if (place + j->tag_bytes > end)
			return note_bad(r, "tags run over their block");
		tag = read_tag(j, r->block + place);
		place += j->tag_bytes;
		if ((tag.flags & JBD2_FLAG_SAME_UUID) == 0)
			place += JBD2_UUID_BYTES;
		if (++r->blocks > j->end - j->first)
			return 1; /* all around: not committed */
		if (r->pass != PASS_REVOKE) {
			err = read_log(r, *at, &copy);
			if (err == 0)
				err = r->pass == PASS_SCAN ?
				    check_copy(r, &tag, copy) :
				    replay_copy(r, &tag, copy);
		}
		*at = journal_next(j, *at);
	} while (err == 0 && (tag.flags & JBD2_FLAG_LAST_TAG) == 0);
	return err;
}

/* A revoke block, in r->block. */
static int
revoke_block(struct recovery *r)
{
	struct journal *j = r->j;
	const struct jbd2_revoke *revoke = (const void *)r->block;
	size_t used = swap32(revoke->r_count);
	int err = 0;

	if (used < sizeof(*revoke) ||
	    used > j->cache->block_bytes - j->tail_bytes)
		return note_bad(r, "impossible number of revoked blocks");
	if (r->pass != PASS_REVOKE)
		return 0;
	for (size_t at = sizeof(*revoke); at + j->revoke_bytes <= used &&
	    err == 0; at += j->revoke_bytes) {
		be32_t words[2] = {0};
		uint64_t block;

		memcpy(words, r->block + at, j->revoke_bytes);
		block = swap32(words[0]);
		if (j->revoke_bytes == sizeof(words))
			block = block << 32 | swap32(words[1]);
		/* No tag has such a block. */
		if (block >= j->cache->block_count)
			continue;
		radix_remove(&r->revoked, block);
		err = radix_insert(&r->revoked, block,
		    (void *)(uintptr_t)(BIT(32) | r->tid));
	}
	return err;
}

/* Is the sum of the transaction that a commit block has right?  The block is
 * in r->block. */
static bool
commit_is_right(struct recovery *r)
{
	struct journal *j = r->j;
	struct jbd2_commit *commit = (struct jbd2_commit *)r->block;
	uint32_t stored = swap32(commit->h_chksum[0]);

	if (j->tail_bytes != 0) {
		commit->h_chksum[0] = 0;
		return stored == crc32c(j->csum_seed, r->block,
		    j->cache->block_bytes);
	}
	if ((swap32(j->super->s_feature_compat) &
	    JBD2_FEATURE_COMPAT_CHECKSUM) == 0)
		return true;
	if (commit->h_chksum_type == 0 && commit->h_chksum_size == 0 &&
	    stored == 0)
		return true; /* written before the feature was set */
	return commit->h_chksum_type == JBD2_CRC32_CHKSUM &&
	    commit->h_chksum_size == sizeof(uint32_t) && stored == r->crc;
}

/* A commit block, in r->block.  Returns 1: the log ends before it. */
static int
commit_block(struct recovery *r)
{
	const struct jbd2_commit *commit = (const void *)r->block;
	uint64_t time_ns = swap64(commit->h_commit_sec) * 1000000000ull +
	    swap32(commit->h_commit_nsec);

	if (r->pass == PASS_SCAN && !commit_is_right(r))
		note_bad(r, "wrong checksum");
	if (r->bad != NULL) {
		if (time_ns < r->last_time_ns)
			return 1;
		pr_err("journal of %s: transaction %u is damaged: %s",
		    r->j->dev->name, r->tid, r->bad);
		return -EIO;
	}
	r->last_time_ns = time_ns;
	r->crc = UINT32_MAX;
	r->tid++;
	return 0;
}

/* ---- The passes ------------------------------------------------------- */

/* One block at *at, which moves on.  Returns 1 at the end of the log. */
static int
one_block(struct recovery *r, uint32_t *at)
{
	struct journal *j = r->j;
	size_t bytes = j->cache->block_bytes;
	const struct jbd2_header *header = (const void *)r->block;
	const char *block;
	int err = read_log(r, *at, &block);

	if (err != 0)
		return err;
	memcpy(r->block, block, bytes);
	if (swap32(header->h_magic) != JBD2_MAGIC_NUMBER ||
	    swap32(header->h_sequence) != r->tid)
		return 1;
	if (++r->blocks > j->end - j->first)
		return 1; /* all around: not committed */
	*at = journal_next(j, *at);
	switch (swap32(header->h_blocktype)) {
	case JBD2_DESCRIPTOR_BLOCK:
		r->crc = crc32_be(r->crc, block, bytes);
		check_tail(r);
		return descriptor(r, at);
	case JBD2_REVOKE_BLOCK:
		check_tail(r);
		return revoke_block(r);
	case JBD2_COMMIT_BLOCK:
		return commit_block(r);
	default:
		return 1;
	}
}

static int
run_pass(struct recovery *r, enum pass pass)
{
	const struct jbd2_super *super = r->j->super;
	uint32_t at = swap32(super->s_start);
	int err = 0;

	r->pass = pass;
	r->tid = swap32(super->s_sequence);
	r->blocks = 0;
	r->last_time_ns = 0;
	r->crc = UINT32_MAX;
	r->bad = NULL;
	while (err == 0 && (pass == PASS_SCAN || r->tid != r->end_tid))
		err = one_block(r, &at);
	if (pass == PASS_SCAN)
		r->end_tid = r->tid;
	return err < 0 ? err : 0;
}

/* Get memory: a window of one page will do. */
static int
recovery_init(struct recovery *r, struct journal *j)
{
	*r = (struct recovery){.j = j};
	radix_init(&r->revoked, node_alloc, node_free);
	while (r->window_pages < WINDOW_PAGES) {
		char *page = journal_page_alloc();

		if (page == NULL)
			break;
		r->window[r->window_pages++] = page;
	}
	r->read = block_request_alloc(j->dev, BLOCK_READ, 0, WINDOW_PAGES);
	r->block = journal_page_alloc();
	return r->window_pages == 0 || r->read == NULL || r->block == NULL ?
	    -ENOMEM : 0;
}

static void
recovery_fini(struct recovery *r)
{
	for (uint64_t at = 0; radix_next(&r->revoked, &at) != NULL; at++)
		radix_remove(&r->revoked, at);
	while (r->window_pages > 0)
		journal_page_free(r->window[--r->window_pages]);
	journal_page_free(r->block);
	if (r->read != NULL)
		block_request_free(r->read);
}

int
journal_recover(struct journal *j, uint32_t *next_tid, unsigned *replayed)
{
	struct recovery r;
	int err = recovery_init(&r, j);

	if (err == 0)
		err = run_pass(&r, PASS_SCAN);
	if (err == 0)
		err = run_pass(&r, PASS_REVOKE);
	if (err == 0)
		err = run_pass(&r, PASS_REPLAY);
	if (err == 0)
		err = buffer_sync(j->cache);
	recovery_fini(&r);
	if (err != 0)
		return err;
	*replayed = r.end_tid - *next_tid;
	/* A transaction that was not committed may have left blocks with the
	 * number end_tid: that is not used again. */
	*next_tid = r.end_tid + 1;
	return 0;
}
