/* transfer.c - pages of files to and from the disk.
 *
 * Layer: fs/ext2   Called by: mm/pagecache, through ext2_cache_ops
 *
 * A run of pages becomes as few requests as the places of its blocks allow: one
 * if they are neighbours.  A page may be in several requests, and a request has
 * many pages; each page counts what it still waits for.
 *
 *	pages      |   0   |   1   |   2   |   3   |
 *	blocks     | 70 71 | 72 73 | 99  - | 10 11 |    - is a hole: zeroes
 *	requests   |------1------->|-2>    |---3-->|
 *
 * With data=journal a page that is written goes to the log instead, and one
 * that is read may have newer bytes there than in its place.
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "fs/bdev.h"
#include "lib/string.h"
#include "mm/slab.h"

/* A file's data goes through the journal. */
bool
ext2_logs_data(const struct inode *inode)
{
	const struct ext2_inode *ei = ext2_inode(inode);

	return ei->fs->journal != NULL && S_ISREG(inode->mode) &&
	    (ei->fs->data_mode == EXT2_JOURNAL ||
	    (ei->flags & EXT2_FL_JOURNAL) != 0);
}

/* ---- Pages to requests ------------------------------------------------ */

struct transfer;

/* A page on its way. */
struct moving {
	struct page *page;  /* [I] */
	uint32_t waits;     /* [a] requests, and 1 until all are known */
	int err;            /* [a] */
};

/* What a request has to know when it is done. */
struct piece {
	struct transfer *transfer;
	unsigned first;     /* pages [first, last] */
	unsigned last;
};

/* The pages of one call. [I] but where noted; [t] the thread that submits. */
struct transfer {
	struct pagecache *cache;
	struct block_device *dev;
	enum block_op op;
	struct journal *log;         /* that may have newer bytes, or NULL */
	uint64_t bytes;              /* the file's size */
	unsigned count;              /* pages */
	unsigned piece_count;        /* [t] */
	struct block_request *req;   /* [t] being filled, or NULL */
	uint64_t next_block;         /* [t] that would continue it, */
	const char *next_va;         /* [t] and where, in the same page */
	uint32_t refs;               /* [a] requests, and the thread */
	struct piece *pieces;
	struct moving pages[];
};

/* A page has one thing less to wait for.  Any context. */
static void
page_arrived(struct transfer *t, struct moving *m)
{
	struct page *page = m->page;
	uint64_t tail;

	if (atomic_sub(&m->waits, 1) > 0)
		return;
	if (t->op == BLOCK_WRITE) {
		pagecache_write_done(page, atomic_load(&m->err));
		return;
	}
	/* What the disk has behind the file's end is of no meaning. */
	tail = t->bytes - (page->index << PAGE_SHIFT);
	if (page->index == t->bytes >> PAGE_SHIFT)
		memset((char *)page_va(page) + tail, 0, PAGE_SIZE - tail);
	pagecache_read_done(page, atomic_load(&m->err));
}

static void
transfer_put(struct transfer *t)
{
	if (atomic_sub(&t->refs, 1) == 0)
		kfree(t);
}

/* done() of a request.  Any context. */
static void
request_done(struct block_request *req, int err)
{
	struct piece *piece = req->priv;
	struct transfer *t = piece->transfer;

	for (unsigned i = piece->first; i <= piece->last; i++) {
		if (err != 0)
			atomic_store(&t->pages[i].err, err);
		page_arrived(t, &t->pages[i]);
	}
	block_request_free(req);
	transfer_put(t);
}

static void
submit(struct transfer *t)
{
	struct block_request *req = t->req;

	t->req = NULL;
	if (req != NULL)
		block_submit(req);
}

/* Does a block continue the request?  Behind a hole in a page, no: a request
 * has
 * room for one segment a page. */
static bool
continues(const struct transfer *t, unsigned i, const char *va, uint64_t block)
{
	return t->req != NULL && block == t->next_block &&
	    (t->pieces[t->piece_count - 1].last != i || va == t->next_va);
}

/* Add the block of page i at va to the request that it continues, or to a new
 * one.  Returns 0 or -ENOMEM. */
static int
add_block(struct transfer *t, unsigned i, char *va, uint64_t block,
    const struct ext2_fs *fs)
{
	struct piece *piece = &t->pieces[t->piece_count - 1];

	if (!continues(t, i, va, block)) {
		submit(t);
		t->req = block_request_alloc(t->dev, t->op,
		    block << (fs->block_shift - SECTOR_SHIFT), t->count - i);
		if (t->req == NULL)
			return -ENOMEM;
		piece = &t->pieces[t->piece_count++];
		*piece = (struct piece){t, i, i};
		t->req->priv = piece;
		t->req->done = request_done;
		atomic_add(&t->refs, 1);
		atomic_add(&t->pages[i].waits, 1);
	} else if (piece->last != i) {
		piece->last = i;
		atomic_add(&t->pages[i].waits, 1);
	}
	block_request_add(t->req, va_to_pa(va), fs->block_bytes);
	t->next_block = block + 1;
	t->next_va = va + fs->block_bytes;
	return 0;
}

/* Where one block after the other is; asks ext2_map() once for a run. */
struct cursor {
	struct inode *inode;
	uint64_t block; /* of the next one; 0: a hole */
	unsigned left;  /* of the run */
	unsigned ahead; /* blocks that will be asked for */
};

static int
cursor_next(struct cursor *c, uint64_t index, uint64_t *block)
{
	if (c->left == 0) {
		unsigned run = c->ahead;
		int err = ext2_map(c->inode, index, &c->block, &run);

		if (err != 0)
			return err;
		c->left = run;
	}
	*block = c->block;
	if (c->block != 0)
		c->block++;
	c->left--;
	c->ahead--;
	return 0;
}

/* The blocks of page i. */
static void
move_page(struct transfer *t, unsigned i, struct cursor *c,
    const struct ext2_fs *fs)
{
	struct moving *m = &t->pages[i];
	char *va = page_va(m->page);
	uint64_t pos = m->page->index << PAGE_SHIFT;
	int err = 0;

	for (unsigned at = 0; at < PAGE_SIZE; at += fs->block_bytes) {
		uint64_t block = 0;

		if (pos + at < t->bytes && err == 0)
			err = cursor_next(c, (pos + at) >> fs->block_shift,
			    &block);
		if (block != 0 && err == 0 && t->log != NULL &&
		    journal_copy_data(t->log, block, va + at))
			continue;
		if (block != 0 && err == 0)
			err = add_block(t, i, va + at, block, fs);
		else if (t->op == BLOCK_READ)
			memset(va + at, 0, fs->block_bytes);
	}
	if (err != 0)
		atomic_store(&m->err, err);
	page_arrived(t, m);
}

static void
move_pages(struct pagecache *pc, enum block_op op, struct page **pages,
    unsigned count)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	const struct ext2_fs *fs = ext2_fs(inode);
	unsigned blocks = count * fs->blocks_per_page;
	struct cursor c = {.inode = inode, .ahead = blocks};
	struct transfer *t = kmalloc(sizeof(*t) + count * sizeof(t->pages[0]) +
	    blocks * sizeof(t->pieces[0]));

	/* One page at a time needs little memory. */
	if (t == NULL && count > 1) {
		for (unsigned i = 0; i < count; i++)
			move_pages(pc, op, &pages[i], 1);
		return;
	}
	if (t == NULL) {
		for (unsigned i = 0; i < count && op == BLOCK_READ; i++)
			pagecache_read_done(pages[i], -ENOMEM);
		for (unsigned i = 0; i < count && op == BLOCK_WRITE; i++)
			pagecache_write_done(pages[i], -ENOMEM);
		return;
	}
	*t = (struct transfer){.cache = pc, .dev = fs->bdev->dev, .op = op,
	    .bytes = pagecache_bytes(pc), .count = count, .refs = 1,
	    .pieces = (struct piece *)&t->pages[count]};
	if (op == BLOCK_READ && ext2_logs_data(inode))
		t->log = fs->journal;
	for (unsigned i = 0; i < count; i++)
		t->pages[i] = (struct moving){pages[i], 1, 0};
	for (unsigned i = 0; i < count; i++)
		move_page(t, i, &c, fs);
	submit(t);
	block_kick(t->dev);
	transfer_put(t);
}

void
ext2_read_pages(struct pagecache *pc, struct page **pages, unsigned count)
{
	move_pages(pc, BLOCK_READ, pages, count);
}

/* data=journal: put a page into the log. */
static int
log_page(struct inode *inode, struct page *page)
{
	struct ext2_fs *fs = ext2_fs(inode);
	uint64_t pos = page->index << PAGE_SHIFT;
	uint64_t bytes = pagecache_bytes(&inode->cache);
	struct journal_handle h;
	int err = journal_begin(fs->journal, &h, fs->blocks_per_page);

	if (err != 0)
		return err;
	for (unsigned at = 0; at < PAGE_SIZE && pos + at < bytes && err == 0;
	    at += fs->block_bytes) {
		unsigned run = 1;
		uint64_t block;

		err = ext2_map(inode, (pos + at) >> fs->block_shift, &block,
		    &run);
		if (err == 0 && block != 0)
			err = journal_data(&h, block, page, at);
	}
	ext2_inode_note_tid(&h, inode, false);
	return journal_end(&h) != 0 ? -EIO : err;
}

void
ext2_write_pages(struct pagecache *pc, struct page **pages, unsigned count,
    bool ordered)
{
	struct inode *inode = container_of(pc, struct inode, cache);

	atomic_store(&ext2_inode(inode)->wrote, true);
	if (ordered || !ext2_logs_data(inode)) {
		move_pages(pc, BLOCK_WRITE, pages, count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		pagecache_write_done(pages[i], log_page(inode, pages[i]));
}
