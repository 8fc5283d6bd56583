/* data.c - the bytes of files: between the page cache and the disk.
 *
 * Layer: fs/ext2   Called by: mm/pagecache (its operations), syscall (fsync)
 *
 * A run of pages becomes as few requests as the places of its blocks allow: one
 * if they are neighbours.  A page may be in several requests, and a request has
 * many pages; each page counts what it still waits for.
 *
 *	pages      |   0   |   1   |   2   |   3   |
 *	blocks     | 70 71 | 72 73 | 99  - | 10 11 |    - is a hole: zeroes
 *	requests   |------1------->|-2>    |---3-->|
 *
 * Blocks get their places when they are written to, not when they are written
 * back.  write(2) opens a handle if the file grows or has holes there; data of
 * new blocks goes to the disk before the handle's transaction commits, so a
 * crash never shows what the blocks held before (ordered), or goes through the
 * journal itself (data=journal).
 *
 * SPDX-License-Identifier: MIT */
#include "fs/ext2/alloc.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "debug/assert.h"
#include "fs/bdev.h"
#include "fs/file.h"
#include "lib/string.h"
#include "mm/slab.h"

#define SECTOR_BITS 9

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

/* Does a block continue the request?  Behind a hole in a page, no: a request has
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
		    block << (fs->block_shift - SECTOR_BITS), t->count - i);
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
		c->left = c->ahead;
		int err = ext2_map(c->inode, index, &c->block, &c->left);

		if (err != 0) {
			c->left = 0;
			return err;
		}
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

static void
read_pages(struct pagecache *pc, struct page **pages, unsigned count)
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

static void
write_pages(struct pagecache *pc, struct page **pages, unsigned count,
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

/* ---- write(2) --------------------------------------------------------- */

/* Have all of the blocks [first, end) of the file a place? */
static int
all_mapped(struct inode *inode, uint64_t first, uint64_t end)
{
	while (first < end) {
		unsigned run = (unsigned)(end - first);
		uint64_t block;
		int err = ext2_map(inode, first, &block, &run);

		if (err != 0)
			return err;
		if (block == 0)
			return 0;
		first += run;
	}
	return 1;
}

static uint64_t
blocks_of(const struct ext2_fs *fs, uint64_t bytes)
{
	return (bytes + fs->block_bytes - 1) >> fs->block_shift;
}

/* Buffers that a write of so many blocks may change: of the file, the list of
 * orphans, and the data if it is logged. */
static unsigned
write_credits(const struct inode *inode, unsigned blocks)
{
	return ext2_map_credits(ext2_fs(inode), blocks) +
	    EXT2_CREDITS_INODE + 2 + (ext2_logs_data(inode) ? blocks : 0);
}

/* A part of a write that fits in a transaction. */
static size_t
limit_bytes(const struct inode *inode, uint64_t pos, size_t bytes)
{
	struct ext2_fs *fs = ext2_fs(inode);

	while (fs->journal != NULL && bytes > fs->block_bytes &&
	    write_credits(inode, (unsigned)(blocks_of(fs, pos + bytes) -
	    (pos >> fs->block_shift))) > journal_max_credits(fs->journal))
		bytes /= 2;
	return bytes;
}

/* Give the blocks [first, end) behind the file's end their places, as many as
 * there is room for.  Returns 0, or the error that stopped it; then *got is the
 * end of what has a place. */
static int
prepare_blocks(struct inode *inode, uint64_t first, uint64_t end,
    uint64_t *got)
{
	struct ext2_inode *ei = ext2_inode(inode);
	int err = 0;

	*got = first;
	while (*got < end && err == 0) {
		unsigned run = (unsigned)(end - *got);
		uint64_t block;
		bool fresh;

		err = ext2_map_create(&ei->write.handle, inode, *got, &block,
		    &run, &fresh);
		if (err == 0)
			*got += run;
	}
	ei->write.fresh = first;
	ei->write.fresh_end = *got;
	return err;
}

/* Begin a handle and get blocks for bytes [pos, pos + *bytes). */
static int
begin_handle(struct inode *inode, uint64_t pos, size_t *bytes)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	struct ext2_write *w = &ei->write;
	uint64_t old_end = blocks_of(fs, pagecache_bytes(&inode->cache));
	uint64_t first = pos >> fs->block_shift;
	uint64_t end = blocks_of(fs, pos + *bytes);
	uint64_t got = end;
	bool tried = false;
	int err;

	do {
		err = ext2_begin(fs, &w->handle,
		    write_credits(inode, (unsigned)(end - first)));
		if (err != 0)
			return err;
		if (end > old_end)
			err = prepare_blocks(inode, MAX(first, old_end), end,
			    &got);
		if (err == 0 && fs->free_blocks < end - first + DEPTH_BLOCKS &&
		    first < old_end && fs->pinned_blocks > 0 && !tried)
			err = -ENOSPC; /* holes might find nothing */
		if (err == -ENOSPC && got > first && got > old_end)
			err = 0; /* a part of it */
		w->open = err == 0;
		if (err != 0)
			journal_end(&w->handle);
	} while (err == -ENOSPC && ext2_retry_space(fs, &tried));
	if (err == 0 && got < end)
		*bytes = (got << fs->block_shift) - pos;
	if (err == 0 && w->fresh < w->fresh_end && !ext2_logs_data(inode))
		journal_order(&w->handle, &ei->ordered);
	return err;
}

static int
write_begin(struct pagecache *pc, uint64_t pos, size_t *bytes, void **cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	int err = ext2_check_writable(fs);

	*cookie = NULL;
	if (err != 0)
		return err;
	if (pos >= fs->max_file_bytes)
		return -EFBIG;
	*bytes = limit_bytes(inode, pos, MIN(*bytes,
	    fs->max_file_bytes - pos));
	ei->write.open = false;
	ei->write.fresh = 0;
	ei->write.fresh_end = 0;
	if (pos + *bytes <= pagecache_bytes(pc)) {
		err = all_mapped(inode, pos >> fs->block_shift,
		    blocks_of(fs, pos + *bytes));
		if (err != 0)
			return MIN(err, 0);
	}
	return begin_handle(inode, pos, bytes);
}

/* A block of the file that is written to: has it a place, and is that new? */
static int
place_block(struct inode *inode, uint64_t index, uint64_t *block, bool *fresh)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_write *w = &ei->write;
	unsigned run = 1;
	int err;

	*fresh = false;
	if (!w->open)
		return 0;
	if (index >= w->fresh && index < w->fresh_end) {
		w->fresh = index + 1;
		*fresh = true;
		return ext2_map(inode, index, block, &run);
	}
	err = ext2_map_create(&w->handle, inode, index, block, &run, fresh);
	if (err == 0 && *fresh && !ext2_logs_data(inode))
		journal_order(&w->handle, &ei->ordered);
	return err;
}

static int
write_page(struct pagecache *pc, struct page *page, unsigned from, unsigned to,
    void *cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	const struct ext2_fs *fs = ei->fs;
	char *va = page_va(page);

	(void)cookie;
	for (unsigned at = ALIGN_DOWN(from, fs->block_bytes); at < to;
	    at += fs->block_bytes) {
		unsigned end = at + fs->block_bytes;
		uint64_t block = 0;
		bool fresh;
		int err = place_block(inode, ((page->index << PAGE_SHIFT) + at)
		    >> fs->block_shift, &block, &fresh);

		if (err != 0)
			return err;
		if (!fresh)
			continue;
		if (from > at)
			memset(va + at, 0, from - at);
		if (to < end)
			memset(va + to, 0, end - to);
		if (ext2_logs_data(inode))
			err = journal_data(&ei->write.handle, block, page, at);
		if (err != 0)
			return err;
	}
	return 0;
}

static int
write_end(struct pagecache *pc, uint64_t end, void *cookie)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_write *w = &ei->write;
	uint64_t bytes = pagecache_bytes(pc);
	/* Places that were got, and then not needed. */
	bool unused = w->open && w->fresh_end > blocks_of(ei->fs, bytes);
	int end_err;
	int err = 0;

	(void)end;
	(void)cookie;
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	if (!w->open)
		return 0;
	if (unused)
		err = ext2_orphan_add(&w->handle, inode);
	if (err == 0) {
		if (bytes > ei->disk_bytes && !ext2_logs_data(inode))
			journal_order(&w->handle, &ei->ordered);
		ei->disk_bytes = MAX(ei->disk_bytes, bytes);
		err = ext2_inode_store(&w->handle, inode);
	}
	end_err = journal_end(&w->handle);
	w->open = false;
	if (unused && err == 0)
		err = ext2_truncate_blocks(inode, bytes);
	return err != 0 ? err : end_err;
}

/* ---- Mappings --------------------------------------------------------- */

/* Give places to what of the page is in the file.  Returns 0 or an error. */
static int
fill_page(struct journal_handle *h, struct inode *inode, struct page *page)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	uint64_t index = page->index << (PAGE_SHIFT - fs->block_shift);
	bool changed = false;
	int store_err;
	int err = 0;

	for (unsigned i = 0; i < fs->blocks_per_page && err == 0; i++) {
		unsigned run = 1;
		uint64_t block;
		bool fresh = false;

		err = ext2_map_create_below(h, inode, index + i, &block, &run,
		    &fresh);
		if (err != 0 || !fresh)
			continue;
		changed = true;
		if (ext2_logs_data(inode))
			err = journal_data(h, block, page,
			    i << fs->block_shift);
	}
	if (err == -EFAULT)
		err = 0; /* the rest is behind the end */
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	if (!changed)
		return err;
	/* What has got a place must be written, whatever follows. */
	pagecache_dirty(page);
	if (!ext2_logs_data(inode))
		journal_order(h, &ei->ordered);
	store_err = ext2_inode_store(h, inode);
	return err != 0 ? err : store_err;
}

static int
mapping_dirty(struct pagecache *pc, struct page *page)
{
	struct inode *inode = container_of(pc, struct inode, cache);
	struct ext2_fs *fs = ext2_fs(inode);
	uint64_t pos = page->index << PAGE_SHIFT;
	uint64_t bytes = pagecache_bytes(pc);
	struct journal_handle h;
	bool tried = false;
	int err = ext2_check_writable(fs);

	if (err != 0 || pos >= bytes)
		return err;
	err = all_mapped(inode, pos >> fs->block_shift,
	    blocks_of(fs, MIN(bytes, pos + PAGE_SIZE)));
	if (err != 0) {
		inode_touch(inode, INODE_MTIME | INODE_CTIME);
		return MIN(err, 0);
	}
	do {
		err = ext2_begin(fs, &h,
		    write_credits(inode, fs->blocks_per_page));
		if (err != 0)
			return err;
		err = fill_page(&h, inode, page);
		if (journal_end(&h) != 0)
			err = -EIO;
	} while (err == -ENOSPC && ext2_retry_space(fs, &tried));
	return err;
}

static bool
is_unlinked(struct pagecache *pc)
{
	return container_of(pc, struct inode, cache)->nlink == 0;
}

/* ---- To the disk ------------------------------------------------------ */

static int
sync_inode(struct inode *inode, bool data_only)
{
	struct ext2_inode *ei = ext2_inode(inode);
	struct ext2_fs *fs = ei->fs;
	uint32_t tid;
	int err = 0;

	if (S_ISREG(inode->mode))
		err = pagecache_sync(&inode->cache);
	if (err == 0 && !data_only)
		err = ext2_inode_sync_times(inode);
	if (err != 0)
		return err;
	if (fs->journal == NULL) {
		err = buffer_sync(&fs->buffers);
		if (err == 0)
			err = block_flush(fs->bdev->dev);
		return err;
	}
	tid = atomic_load(data_only ? &ei->data_sync_tid : &ei->sync_tid);
	if (atomic_swap(&ei->wrote, false))
		return journal_sync(fs->journal, tid);
	if (tid != 0 && !journal_committed(fs->journal, tid))
		return journal_commit(fs->journal, tid);
	return journal_error(fs->journal);
}

/* pagecache_ops.sync: msync(2) is an fsync. */
static int
mapping_sync(struct pagecache *pc)
{
	return sync_inode(container_of(pc, struct inode, cache), false);
}

const struct pagecache_ops ext2_cache_ops = {
    .read = read_pages,
    .write = write_pages,
    .begin = write_begin,
    .page = write_page,
    .end = write_end,
    .dirty = mapping_dirty,
    .sync = mapping_sync,
    .unlinked = is_unlinked,
    .name = inode_cache_name,
    .release = inode_cache_release,
};

/* ---- An open file ----------------------------------------------------- */

int
ext2_fsync(struct file *f, bool data_only)
{
	return sync_inode(f->inode, data_only);
}

/* chattr +i: nobody writes; +a: only at the end. */
static int
file_open_checks(struct file *f)
{
	uint32_t flags = ext2_inode(f->inode)->flags;

	if ((f->access & FILE_WRITE) == 0)
		return 0;
	if (flags & EXT2_FL_IMMUTABLE)
		return -EPERM;
	if ((flags & EXT2_FL_APPEND) != 0 && (f->flags & O_APPEND) == 0)
		return -EPERM;
	return 0;
}

/* The next byte from offset on that is in a hole (or, data, is not).  The end
 * of the file is a hole. */
static off_t
seek_run(struct inode *inode, off_t offset, bool data)
{
	struct ext2_fs *fs = ext2_fs(inode);
	uint64_t bytes = pagecache_bytes(&inode->cache);
	uint64_t pos = (uint64_t)offset;

	if (offset < 0 || pos >= bytes)
		return -ENXIO;
	while (pos < bytes) {
		uint64_t index = pos >> fs->block_shift;
		unsigned run = UINT32_MAX;
		uint64_t block;
		int err = ext2_map(inode, index, &block, &run);

		if (err != 0)
			return err;
		if ((block != 0) == data)
			return (off_t)pos;
		pos = (index + run) << fs->block_shift;
	}
	return data ? -ENXIO : (off_t)bytes;
}

static off_t
file_seek(struct file *f, off_t offset, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return seek_run(f->inode, offset, whence == SEEK_DATA);
	return file_seek_plain(f, offset, whence);
}

struct file_ops ext2_file_ops;

const struct inode_ops ext2_file_inode_ops = {
    .truncate = ext2_truncate,
    .update = ext2_update,
    .stat = ext2_stat,
    .evict = ext2_evict,
};

void
ext2_data_init(void)
{
	ext2_file_ops = file_cached_ops;
	ext2_file_ops.open = file_open_checks;
	ext2_file_ops.seek = file_seek;
	ext2_file_ops.fsync = ext2_fsync;
}
