/* buffer.c - blocks of metadata: views into the pages of a block device.
 *
 * Layer: fs   Called by: ext2, journal
 *
 * The table of a cache finds a buffer by its block.  A reference is taken with
 * the cache's lock held and dropped without it: a buffer whose count is zero is
 * left where it is, and freed by buffer_shrink() when it has not been used for
 * a round.  So the usual get and put are a look into the table and an atomic
 * subtraction.
 *
 *	lru: oldest -> [used] [dirty] [unused] ... -> newest
 *	       buffer_shrink: to the end^  ^freed
 *
 * The mark of the table (radix.h) is the set of dirty buffers, in the order of
 * the disk: buffer_sync() writes neighbours as one request.
 * SPDX-License-Identifier: MIT */
#include "fs/buffer.h"

#include "abi/errno.h"
#include "debug/assert.h"
#include "fs/bdev.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"

#define LIMIT_MIN   256 /* buffers that a cache may always keep */
#define LIMIT_SHARE 16  /* ... and pages of memory for each more */
#define SHRINK_STEP 16
#define SYNC_CHUNK  64  /* buffers that are written together */

/* All caches, for buffer_shrink_all(). */
static struct spinlock caches_lock =
    SPINLOCK_INIT("buffer caches", RANK_BUFFER_CACHES);
static struct list caches = LIST_INIT(caches);

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

int
buffer_cache_init(struct buffer_cache *bc, struct bdev *bdev,
    uint32_t block_bytes, uint64_t block_count)
{
	kassert(block_bytes >= 1024 && block_bytes <= PAGE_SIZE);
	*bc = (struct buffer_cache){
	    .bdev = bdev,
	    .block_bytes = block_bytes,
	    .block_shift = __builtin_ctz(block_bytes),
	    .block_count = block_count,
	    .limit = MAX(LIMIT_MIN, page_total_count() / LIMIT_SHARE),
	};
	if (write_batch_init(&bc->batch, bdev->dev) != 0)
		return -ENOMEM;
	spin_init(&bc->lock, "buffers", RANK_BUFFER);
	radix_init(&bc->buffers, node_alloc, node_free);
	list_init(&bc->lru);
	waitq_init(&bc->written, "buffer");
	mutex_init(&bc->sync_lock, "buffer sync", RANK_BUFFER_SYNC);
	spin_lock(&caches_lock);
	list_add_tail(&caches, &bc->caches);
	spin_unlock(&caches_lock);
	return 0;
}

/* Take a buffer that nobody uses out of the table, and free it.
 * Locks: cache->lock held. */
static void
drop_locked(struct buffer *buf)
{
	struct buffer_cache *bc = buf->cache;

	kassert(spin_held(&bc->lock));
	kassert(buf->running == NULL && buf->checkpoint == NULL);
	radix_remove(&bc->buffers, buf->block);
	list_remove(&buf->lru);
	bc->count--;
	page_put(buf->page);
	kfree(buf);
}

void
buffer_cache_fini(struct buffer_cache *bc)
{
	struct buffer *buf;

	spin_lock(&caches_lock);
	list_remove(&bc->caches);
	spin_unlock(&caches_lock);
	spin_lock(&bc->lock);
	while ((buf = list_first(&bc->lru, struct buffer, lru)) != NULL) {
		kassert(buf->refs == 0);
		drop_locked(buf);
	}
	spin_unlock(&bc->lock);
	write_batch_fini(&bc->batch);
}

/* What the table gave, with a reference.  Locks: cache->lock held. */
static inline struct buffer *
found(struct buffer *buf)
{
	if (buf != NULL) {
		atomic_add(&buf->refs, 1);
		if (unlikely((buf->flags & BUFFER_USED) == 0))
			atomic_or(&buf->flags, BUFFER_USED);
	}
	return buf;
}

struct buffer *
buffer_find(struct buffer_cache *bc, uint64_t block)
{
	struct buffer *buf;

	spin_lock(&bc->lock);
	buf = found(radix_get(&bc->buffers, block));
	spin_unlock(&bc->lock);
	return buf;
}

struct buffer *
buffer_find_next(struct buffer_cache *bc, uint64_t *block, uint64_t end)
{
	struct buffer *buf;

	spin_lock(&bc->lock);
	buf = radix_next(&bc->buffers, block);
	buf = buf == NULL || *block >= end ? NULL : found(buf);
	spin_unlock(&bc->lock);
	return buf;
}

/* Make the buffer of a block whose bytes are at offset of page, unless somebody
 * else was faster; takes over the reference to page.
 * Returns 0 or -ENOMEM. */
static int
enter(struct buffer_cache *bc, uint64_t block, struct page *page,
    unsigned offset, struct buffer **out)
{
	struct buffer *buf = kzalloc(sizeof(*buf));
	struct buffer *other;
	bool full;
	int err = -ENOMEM;

	if (buf == NULL) {
		page_put(page);
		return -ENOMEM;
	}
	buf->block = block;
	buf->data = (char *)page_va(page) + offset;
	buf->cache = bc;
	buf->page = page;
	buf->refs = 1;
	buf->flags = BUFFER_USED;
	list_init(&buf->running_link);
	list_init(&buf->checkpoint_link);
	spin_lock(&bc->lock);
	other = found(radix_get(&bc->buffers, block));
	if (other == NULL)
		err = radix_insert(&bc->buffers, block, buf);
	if (err == 0) {
		list_add_tail(&bc->lru, &buf->lru);
		bc->count++;
	}
	full = bc->count > bc->limit;
	spin_unlock(&bc->lock);
	if (err != 0) {
		page_put(page);
		kfree(buf);
		buf = other;
	}
	if (full)
		buffer_shrink(bc, SHRINK_STEP);
	*out = buf;
	return buf == NULL ? -ENOMEM : 0;
}

/* Get a block from its page; page_flags: PAGECACHE_*, for a page that is not
 * there. */
static int
get_block(struct buffer_cache *bc, uint64_t block, unsigned page_flags,
    struct buffer **out)
{
	unsigned shift = PAGE_SHIFT - bc->block_shift;
	unsigned offset = (block << bc->block_shift) & PAGE_MASK;
	struct page *page;
	int err;

	if (unlikely(block >= bc->block_count))
		return -EIO;
	*out = buffer_find(bc, block);
	if (likely(*out != NULL)) {
		if (likely((atomic_load(&(*out)->flags) & BUFFER_DATA) == 0))
			return 0;
		/* A damaged disk: a file has that block.  Or it had. */
		if (!buffer_put_drop(*out))
			return -EIO;
	}
	err = pagecache_get(&bc->bdev->cache, block >> shift, page_flags,
	    &page);
	if (err != 0)
		return err;
	if (page == NULL)
		return -EIO; /* behind the device's end */
	return enter(bc, block, page, offset, out);
}

int
buffer_read(struct buffer_cache *bc, uint64_t block, struct buffer **out)
{
	return get_block(bc, block, 0, out);
}

int
buffer_new(struct buffer_cache *bc, uint64_t block, struct buffer **out)
{
	/* A page that has other blocks besides is read. */
	unsigned flags = bc->block_bytes == PAGE_SIZE ? PAGECACHE_NEW : 0;
	int err = get_block(bc, block, flags, out);

	/* No memory for what nobody can use again?  Reading waits for some. */
	if (err == -ENOMEM)
		err = get_block(bc, block, 0, out);
	if (err == 0) {
		memset((*out)->data, 0, bc->block_bytes);
		atomic_and(&(*out)->flags, ~BUFFER_CHECKED);
	}
	return err;
}

int
buffer_get_data(struct buffer_cache *bc, uint64_t block, struct page *page,
    unsigned offset, struct buffer **out)
{
	if (block >= bc->block_count)
		return -EIO;
	*out = buffer_find(bc, block);
	if (*out != NULL)
		return 0;
	page_get(page);
	return enter(bc, block, page, offset, out);
}

void
buffer_readahead(struct buffer_cache *bc, uint64_t block, unsigned count)
{
	unsigned shift = PAGE_SHIFT - bc->block_shift;
	uint64_t first = block >> shift;

	if (block >= bc->block_count || count == 0)
		return;
	pagecache_will_need(&bc->bdev->cache, first,
	    ((block + count - 1) >> shift) - first + 1);
}

void
buffer_get(struct buffer *buf)
{
	uint32_t refs = atomic_add(&buf->refs, 1);

	kassert(refs > 1);
}

void
buffer_put(struct buffer *buf)
{
	uint32_t left;

	if (buf == NULL)
		return;
	left = atomic_sub(&buf->refs, 1);
	kassert((int32_t)left >= 0);
}

bool
buffer_put_drop(struct buffer *buf)
{
	struct buffer_cache *bc = buf->cache;
	bool last;

	spin_lock(&bc->lock);
	last = atomic_sub(&buf->refs, 1) == 0;
	if (last)
		drop_locked(buf);
	spin_unlock(&bc->lock);
	return last;
}

/* Drop unused buffers, at most max.  What was used since the last look gets
 * another chance; what is dirty stays. */
size_t
buffer_shrink(struct buffer_cache *bc, size_t max)
{
	size_t dropped = 0;
	size_t looks;

	spin_lock(&bc->lock);
	looks = MIN(bc->count, 4 * max);
	for (; looks > 0 && dropped < max; looks--) {
		struct buffer *buf = list_first(&bc->lru, struct buffer, lru);

		if (atomic_load(&buf->refs) == 0 &&
		    (buf->flags & (BUFFER_USED | BUFFER_DIRTY)) == 0) {
			drop_locked(buf);
			dropped++;
			continue;
		}
		atomic_and(&buf->flags, ~BUFFER_USED);
		list_remove(&buf->lru);
		list_add_tail(&bc->lru, &buf->lru);
	}
	spin_unlock(&bc->lock);
	return dropped;
}

size_t
buffer_shrink_all(size_t max)
{
	size_t dropped = 0;

	spin_lock(&caches_lock);
	list_for_each(bc, &caches, struct buffer_cache, caches) {
		dropped += buffer_shrink(bc, max - dropped);
		if (dropped >= max)
			break;
	}
	spin_unlock(&caches_lock);
	return dropped;
}

/* ---- Dirty buffers, without a journal --------------------------------- */

/* (3) holds because both change together.  Locks: cache->lock held. */
static void
set_dirty_locked(struct buffer *buf, bool dirty)
{
	if (dirty)
		atomic_or(&buf->flags, BUFFER_DIRTY);
	else
		atomic_and(&buf->flags, ~BUFFER_DIRTY);
	radix_mark(&buf->cache->buffers, buf->block, dirty);
}

void
buffer_mark_dirty(struct buffer *buf)
{
	struct buffer_cache *bc = buf->cache;

	/* The caller's bytes are in memory before we look at the flag, and
	 * buffer_sync() clears it before the bytes are read. */
	atomic_fence();
	if ((atomic_load(&buf->flags) & BUFFER_DIRTY) != 0)
		return;
	spin_lock(&bc->lock);
	set_dirty_locked(buf, true);
	spin_unlock(&bc->lock);
}

/* Write some dirty buffers from *block on, and wait; *block moves on.  Returns
 * how many, or an error; the dirty ones of a failed portion stay so.
 * Locks: sync_lock held. */
static int
sync_chunk(struct buffer_cache *bc, uint64_t *block)
{
	struct buffer *chunk[SYNC_CHUNK];
	unsigned count = 0;
	int err;

	spin_lock(&bc->lock);
	while (count < SYNC_CHUNK) {
		struct buffer *buf = radix_next_marked(&bc->buffers, block);

		if (buf == NULL)
			break;
		chunk[count++] = found(buf);
		set_dirty_locked(buf, false);
		(*block)++;
	}
	spin_unlock(&bc->lock);
	for (unsigned i = 0; i < count; i++)
		write_batch_add(&bc->batch, buffer_sector(bc, chunk[i]->block),
		    chunk[i]->data, bc->block_bytes);
	err = write_batch_wait(&bc->batch);
	for (unsigned i = 0; i < count; i++) {
		if (err != 0)
			buffer_mark_dirty(chunk[i]);
		buffer_put(chunk[i]);
	}
	return err != 0 ? err : (int)count;
}

int
buffer_sync(struct buffer_cache *bc)
{
	uint64_t block = 0;
	int first_err = 0;
	int n;

	mutex_lock(&bc->sync_lock);
	do {
		n = sync_chunk(bc, &block);
		if (n < 0 && first_err == 0)
			first_err = n;
	} while (n != 0);
	mutex_unlock(&bc->sync_lock);
	return first_err;
}

void
buffer_discard(struct buffer_cache *bc, uint64_t block, uint64_t count)
{
	uint64_t end = block + count;
	struct buffer *buf;

	/* Not while buffer_sync() has them, and may mark them again. */
	mutex_lock(&bc->sync_lock);
	spin_lock(&bc->lock);
	while ((buf = radix_next_marked(&bc->buffers, &block)) != NULL &&
	    block < end) {
		set_dirty_locked(buf, false);
		block++;
	}
	spin_unlock(&bc->lock);
	mutex_unlock(&bc->sync_lock);
}
