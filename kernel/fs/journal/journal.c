/* journal.c - opening and closing a log; its superblock.
 *
 * Layer: fs/journal   Called by: ext2
 *
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "drivers/block/block.h"
#include "fs/bdev.h"
#include "fs/journal/internal.h"
#include "lib/crc32.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/clock.h"

#define INTERVAL_SEC 5
#define MEMORY_SHARE 16  /* of all pages: as many buffers in a transaction */
#define PLANNED_MIN  128

#define KNOWN_INCOMPAT                                                    \
	(JBD2_FEATURE_INCOMPAT_REVOKE | JBD2_FEATURE_INCOMPAT_64BIT |     \
	    JBD2_FEATURE_INCOMPAT_CSUM_V2 | JBD2_FEATURE_INCOMPAT_CSUM_V3)

char *
journal_page_alloc(void)
{
	struct page *page = page_alloc(0, 0);

	return page == NULL ? NULL : page_va(page);
}

void
journal_page_free(char *page)
{
	if (page != NULL)
		page_put(page_from_va(page));
}

/* ---- The superblock --------------------------------------------------- */

static uint32_t
super_checksum(struct jbd2_super *super)
{
	be32_t kept = super->s_checksum;
	uint32_t sum;

	super->s_checksum = 0;
	sum = crc32c(UINT32_MAX, super, sizeof(*super));
	super->s_checksum = kept;
	return sum;
}

static bool
has_incompat(const struct journal *j, uint32_t feature)
{
	return (swap32(j->super->s_feature_incompat) & feature) != 0;
}

int
journal_write_super(struct journal *j, uint32_t start, uint32_t sequence,
    bool fua)
{
	uint64_t sector = buffer_sector(j->cache, journal_log_block(j, 0));

	j->super->s_start = swap32(start);
	j->super->s_sequence = swap32(sequence);
	if (j->csum_v2 || j->csum_v3)
		j->super->s_checksum = swap32(super_checksum(j->super));
	if (fua)
		return block_transfer(j->dev, BLOCK_WRITE, sector, j->super,
		    sizeof(*j->super), BLOCK_FUA);
	write_batch_add(&j->batch, sector, j->super, sizeof(*j->super));
	return 0;
}

static int
refuse(const char *why)
{
	pr_err("journal: %s", why);
	return -EINVAL;
}

/* The names of the features that we do not know. */
static int
check_features(const struct jbd2_super *super)
{
	static const char *const names[] = {
	    "REVOKE", "64BIT", "ASYNC_COMMIT", "CSUM_V2", "CSUM_V3",
	    "FAST_COMMIT"};
	uint32_t unknown = swap32(super->s_feature_incompat) &
	    ~(uint32_t)KNOWN_INCOMPAT;
	int err = 0;

	/* How transactions were committed, if there are none. */
	if (super->s_start == 0)
		unknown &= ~(uint32_t)JBD2_FEATURE_INCOMPAT_ASYNC_COMMIT;
	for (unsigned bit = 0; bit < 32; bit++) {
		if ((unknown & BIT(bit)) == 0)
			continue;
		if (bit < ARRAY_SIZE(names))
			pr_err("journal: unsupported feature %s", names[bit]);
		else
			pr_err("journal: unknown feature, bit %u", bit);
		err = -EINVAL;
	}
	if (super->s_feature_ro_compat != 0)
		return refuse("unknown read-only features");
	return err;
}

/* Is what the superblock says possible?  Returns 0 or -EINVAL. */
static int
check_super(struct journal *j, const struct journal_place *place)
{
	struct jbd2_super *s = j->super;
	uint32_t type = swap32(s->s_header.h_blocktype);
	uint32_t maxlen = swap32(s->s_maxlen);
	uint32_t first = swap32(s->s_first);
	uint32_t start = swap32(s->s_start);
	bool v2, v3;

	if (swap32(s->s_header.h_magic) != JBD2_MAGIC_NUMBER ||
	    (type != JBD2_SUPERBLOCK_V1 && type != JBD2_SUPERBLOCK_V2))
		return refuse("no superblock of a journal");
	if (type == JBD2_SUPERBLOCK_V1) {
		/* What version 2 has besides is of no meaning yet. */
		memset(&s->s_feature_compat, 0, sizeof(*s) -
		    offsetof(struct jbd2_super, s_feature_compat));
		memcpy(s->s_uuid, place->uuid, sizeof(s->s_uuid));
		s->s_nr_users = swap32(1);
	}
	if (check_features(s) != 0)
		return -EINVAL;
	v2 = has_incompat(j, JBD2_FEATURE_INCOMPAT_CSUM_V2);
	v3 = has_incompat(j, JBD2_FEATURE_INCOMPAT_CSUM_V3);
	if (v2 && v3)
		return refuse("checksums of two kinds");
	if ((v2 || v3) && s->s_checksum_type != JBD2_CRC32C_CHKSUM)
		return refuse("unknown kind of checksum");
	if ((v2 || v3) && swap32(s->s_checksum) != super_checksum(s))
		return refuse("bad checksum of the superblock");
	if (swap32(s->s_blocksize) != j->cache->block_bytes)
		return refuse("another block size than the file system's");
	if (swap32(s->s_nr_users) > 1)
		return refuse("shared with other file systems");
	if (maxlen < JBD2_MIN_JOURNAL_BLOCKS || maxlen > place->block_count)
		return refuse("impossible length");
	if (first == 0 || first > maxlen - JBD2_MIN_JOURNAL_BLOCKS / 2 ||
	    (start != 0 && (start < first || start >= maxlen)))
		return refuse("impossible start");
	j->first = first;
	j->end = maxlen;
	return 0;
}

/* ---- Where the log is ------------------------------------------------- */

uint64_t
journal_log_block(const struct journal *j, uint32_t log_block)
{
	unsigned low = 0;
	unsigned high = j->extent_count;

	while (high - low > 1) {
		unsigned mid = (low + high) / 2;

		if (j->extents[mid].log_block <= log_block)
			low = mid;
		else
			high = mid;
	}
	kassert(log_block - j->extents[low].log_block < j->extents[low].count);
	return j->extents[low].block + log_block - j->extents[low].log_block;
}

/* Find the runs of the log's first count blocks; out: NULL, only count them.
 * Returns how many, or -EIO. */
static int
find_extents(const struct journal_place *place, uint32_t count,
    struct log_extent *out)
{
	struct log_extent run = {0};
	int n = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t block = place->block(place->arg, i);

		if (block == 0 || block >= place->cache->block_count) {
			pr_err("journal: block %u of the log is missing", i);
			return -EIO;
		}
		if (n > 0 && block == run.block + run.count) {
			run.count++;
		} else {
			run = (struct log_extent){i, 1, block};
			n++;
		}
		if (out != NULL)
			out[n - 1] = run;
	}
	return n;
}

static int
map_log(struct journal *j, const struct journal_place *place)
{
	int n = find_extents(place, j->end, NULL);

	if (n < 0)
		return n;
	j->extents = kmalloc(n * sizeof(*j->extents));
	if (j->extents == NULL)
		return -ENOMEM;
	j->extent_count = n;
	find_extents(place, j->end, j->extents);
	return 0;
}

/* ---- Open ------------------------------------------------------------- */

/* The sizes of what is written, from the superblock's features. */
static void
set_format(struct journal *j)
{
	uint32_t bytes = j->cache->block_bytes;
	bool wide = has_incompat(j, JBD2_FEATURE_INCOMPAT_64BIT);
	uint32_t ring = j->end - j->first;
	size_t share = page_total_count() / MEMORY_SHARE;

	j->csum_v2 = has_incompat(j, JBD2_FEATURE_INCOMPAT_CSUM_V2);
	j->csum_v3 = has_incompat(j, JBD2_FEATURE_INCOMPAT_CSUM_V3);
	j->csum_seed = crc32c(UINT32_MAX, j->super->s_uuid, JBD2_UUID_BYTES);
	j->tail_bytes = j->csum_v2 || j->csum_v3 ? sizeof(struct jbd2_tail) : 0;
	j->tag_bytes = sizeof(struct jbd2_tag);
	if (!wide)
		j->tag_bytes -= sizeof(be32_t);
	if (j->csum_v2)
		j->tag_bytes += sizeof(be16_t); /* so has history made it */
	if (j->csum_v3)
		j->tag_bytes = sizeof(struct jbd2_tag3);
	j->tags_per_block = (bytes - sizeof(struct jbd2_header) -
	    JBD2_UUID_BYTES - j->tail_bytes) / j->tag_bytes;
	j->revoke_bytes = wide ? sizeof(be64_t) : sizeof(be32_t);
	j->revokes_per_block = (bytes - sizeof(struct jbd2_revoke) -
	    j->tail_bytes) / j->revoke_bytes;
	j->max_planned = MAX(PLANNED_MIN, MIN(ring / 4, share));
}

/* The log is empty: switch on what we need, and off what we do not write. */
static void
choose_features(struct journal *j)
{
	struct jbd2_super *s = j->super;
	uint32_t incompat = swap32(s->s_feature_incompat);
	uint32_t compat = swap32(s->s_feature_compat);

	incompat |= JBD2_FEATURE_INCOMPAT_REVOKE;
	incompat &= ~(uint32_t)JBD2_FEATURE_INCOMPAT_ASYNC_COMMIT;
	if (j->cache->block_count > UINT32_MAX)
		incompat |= JBD2_FEATURE_INCOMPAT_64BIT;
	compat &= ~(uint32_t)JBD2_FEATURE_COMPAT_CHECKSUM;
	s->s_header.h_blocktype = swap32(JBD2_SUPERBLOCK_V2);
	s->s_feature_incompat = swap32(incompat);
	s->s_feature_compat = swap32(compat);
	if (s->s_errno != 0)
		pr_warn("journal: given up at its last use (error %d)",
		    (int)swap32(s->s_errno));
	s->s_errno = 0;
	set_format(j);
}

static void
free_journal(struct journal *j)
{
	for (unsigned i = 0; i < CONTROL_BLOCKS; i++)
		journal_page_free(j->control[i]);
	journal_page_free(j->descriptor);
	journal_page_free((char *)j->super);
	kfree(j->extents);
	if (j->batch.reserve != NULL)
		write_batch_fini(&j->batch);
	kfree(j);
}

static struct journal *
alloc_journal(struct buffer_cache *cache)
{
	struct journal *j = kzalloc(sizeof(*j));
	bool missing = false;

	if (j == NULL)
		return NULL;
	j->cache = cache;
	j->dev = cache->bdev->dev;
	j->interval_ns = INTERVAL_SEC * NS_PER_SEC;
	spin_init(&j->lock, "journal", RANK_JOURNAL);
	mutex_init(&j->commit_lock, "journal commit", RANK_JOURNAL_COMMIT);
	waitq_init(&j->barrier_gone, "journal barrier");
	waitq_init(&j->handles_gone, "journal handles");
	waitq_init(&j->inode_idle, "journal inode");
	list_init(&j->committed);
	j->super = (void *)journal_page_alloc();
	j->descriptor = journal_page_alloc();
	for (unsigned i = 0; i < CONTROL_BLOCKS; i++) {
		j->control[i] = journal_page_alloc();
		missing |= j->control[i] == NULL;
	}
	if (missing || j->super == NULL || j->descriptor == NULL ||
	    write_batch_init(&j->batch, j->dev) != 0) {
		free_journal(j);
		return NULL;
	}
	return j;
}

/* Read the superblock and what it says; replay. */
static int
load(struct journal *j, const struct journal_place *place, unsigned *replayed)
{
	uint64_t block = place->block(place->arg, 0);
	uint32_t next_tid;
	int err;

	if (block == 0 || block >= j->cache->block_count) {
		pr_err("journal: its first block is missing");
		return -EIO;
	}
	err = block_transfer(j->dev, BLOCK_READ, buffer_sector(j->cache, block),
	    j->super, j->cache->block_bytes, 0);
	if (err == 0)
		err = check_super(j, place);
	if (err == 0)
		err = map_log(j, place);
	if (err != 0)
		return err;
	set_format(j);
	next_tid = swap32(j->super->s_sequence);
	j->read_only = place->device_read_only;
	if (j->super->s_start != 0) {
		if (j->read_only) {
			pr_err("journal: to be replayed, but read-only");
			return -EROFS;
		}
		err = journal_recover(j, &next_tid, replayed);
	}
	j->next_tid = next_tid;
	j->committed_tid = next_tid - 1;
	j->head = j->first;
	j->free_blocks = j->end - j->first;
	if (err != 0 || j->read_only)
		return err;
	/* What was replayed is home before the log says that it is empty. */
	err = *replayed > 0 ? block_flush(j->dev) : 0;
	if (err != 0)
		return err;
	choose_features(j);
	return journal_write_super(j, 0, next_tid, true);
}

int
journal_open(const struct journal_place *place, const struct journal_ops *ops,
    void *fs, struct journal **out, unsigned *replayed)
{
	struct journal *j = alloc_journal(place->cache);
	int err;

	*replayed = 0;
	if (j == NULL)
		return -ENOMEM;
	j->ops = ops;
	j->fs = fs;
	err = load(j, place, replayed);
	if (err != 0) {
		free_journal(j);
		return err;
	}
	*out = j;
	return 0;
}

/* ---- Close ------------------------------------------------------------ */

/* The buffers of a transaction are nobody's any more. */
static void
release_buffers(struct transaction *t)
{
	struct buffer *buf;

	while ((buf = list_first(&t->buffers, struct buffer, running_link)) !=
	    NULL) {
		list_remove(&buf->running_link);
		buf->running = NULL;
		atomic_and(&buf->flags, ~BUFFER_FORGET);
		buffer_put(buf);
	}
	while ((buf = list_first(&t->checkpoint, struct buffer,
	    checkpoint_link)) != NULL) {
		transaction_unlink_home(buf);
		buffer_put(buf);
	}
	while (!list_empty(&t->inodes))
		list_remove(t->inodes.next);
	transaction_free(t);
}

int
journal_close(struct journal *j)
{
	struct transaction *t;
	int err;

	if (j == NULL)
		return 0;
	kassert(journal_current() == NULL);
	err = journal_flush(j);
	if (j->running != NULL)
		release_buffers(j->running);
	while ((t = list_first(&j->committed, struct transaction, link)) !=
	    NULL) {
		list_remove(&t->link);
		release_buffers(t);
	}
	free_journal(j);
	return err == 0 ? 0 : -EIO;
}

int
journal_flush_device(struct journal *j)
{
	int err;

	atomic_add(&j->flushes, 1);
	err = block_flush(j->dev);
	if (err == 0)
		atomic_store(&j->flushes_done, j->flushes);
	return err;
}

int
journal_abort(struct journal *j, int err, const char *what)
{
	bool first;

	spin_lock(&j->lock);
	first = j->error == 0;
	if (first)
		atomic_store(&j->error, -EIO);
	journal_limits_changed(j);
	spin_unlock(&j->lock);
	if (first) {
		pr_err("journal of %s: %s (error %d), given up", j->dev->name,
		    what, err);
		if (j->ops->aborted != NULL)
			j->ops->aborted(j->fs, -EIO);
	}
	return -EIO;
}

int
journal_error(const struct journal *j)
{
	return j == NULL ? 0 : atomic_load(&j->error);
}

void
journal_set_interval(struct journal *j, unsigned seconds)
{
	if (j != NULL)
		atomic_store(&j->interval_ns, MAX(seconds, 1u) * NS_PER_SEC);
}

unsigned
journal_max_credits(const struct journal *j)
{
	return j == NULL ? UINT32_MAX : j->max_planned;
}

uint32_t
journal_running_tid(struct journal *j)
{
	uint32_t tid;

	if (j == NULL)
		return 0;
	spin_lock(&j->lock);
	tid = j->running != NULL ? j->running->tid : j->next_tid;
	spin_unlock(&j->lock);
	return tid;
}
