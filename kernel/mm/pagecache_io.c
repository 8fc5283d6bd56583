/* pagecache_io.c - reading and writing the bytes of a file.
 *
 * Layer: mm   Called by: fs (read(2), write(2))
 *
 * A write to a file with a store goes in rounds of a few pages:
 *
 *	iobuf_fault_in   the caller's bytes are brought into memory; may wait
 *	                 for anything, so nothing is held
 *	ops->begin       the store gets ready: a handle of its journal, say
 *	  each page      ops->page finds a place, the bytes are copied without
 *	                 page faults, the page becomes dirty
 *	ops->end         size and times
 *
 * If the caller's page went away between the two copies the round is short, and
 * the next one brings it again.
 * SPDX-License-Identifier: MIT */

#include "mm/pagecache.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/pagecache_internal.h"

#define ROUND_PAGES 16

/* Rounds without a byte, one after the other, before we give up. */
#define EMPTY_ROUNDS_MAX 50

/* ---- Reading ----------------------------------------------------------- */

#define PAGE_USUAL (PAGE_UPTODATE | PAGE_REFERENCED)

/* The page *out is missing, or not ready, or nobody has used it yet: it may be
 * the one that tells to read on.  Get it.  *out == NULL with result 0: a hole. */
static NOINLINE int
read_unusual(struct pagecache *pc, uint64_t index, size_t bytes_left,
    struct readahead *ra, struct page **out)
{
	if (index == ra->trigger && *out != NULL)
		readahead_go_on(pc, ra);
	if (page_is_ready(*out)) {
		page_referenced(*out);
		return 0;
	}
	if (*out == NULL && !cache_is_ram(pc)) {
		unsigned count = readahead_miss(ra, index,
		    pages_of(bytes_left));
		int err = cache_start_reads(pc, index, count, 0, true);

		if (err == -ENOMEM)
			return err;
		*out = cache_find(pc, index);
	}
	return cache_get_slow(pc, index, 0, out);
}

ssize_t
pagecache_read_ahead(struct pagecache *pc, struct iobuf *io, uint64_t pos,
    struct readahead *ra)
{
	uint64_t bytes = pagecache_bytes(pc);
	ssize_t total = 0;
	ssize_t moved = 0;

	while (io->left > 0 && pos < bytes) {
		size_t offset = pos & PAGE_MASK;
		size_t n = MIN(MIN(PAGE_SIZE - offset, io->left), bytes - pos);
		uint64_t index = pos >> PAGE_SHIFT;
		struct page *page;

		spin_lock(&pc->lock);
		page = radix_get(&pc->pages, index);
		if (likely(page != NULL))
			page_get(page);
		spin_unlock(&pc->lock);
		if (unlikely(page == NULL ||
		    (page->flags & PAGE_USUAL) != PAGE_USUAL)) {
			int err = read_unusual(pc, index, offset + io->left,
			    ra, &page);

			if (err != 0) {
				if (total == 0)
					total = err;
				break;
			}
		}
		if (unlikely(page == NULL)) {
			moved = iobuf_clear(io, n);
		} else {
			moved = iobuf_write(io,
			    (char *)page_va(page) + offset, n);
			page_put(page);
		}
		if (unlikely(moved < 0)) {
			if (total == 0)
				total = moved;
			break;
		}
		total += moved;
		pos += moved;
		if ((size_t)moved < n)
			break;
	}
	ra->next = pages_of(pos);
	return total;
}

ssize_t
pagecache_read(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	struct readahead ra = {.next = UINT64_MAX};

	return pagecache_read_ahead(pc, io, pos, &ra);
}

/* ---- Writing to a RAM file --------------------------------------------- */

/* RAM files may fill half of the memory. */
static bool
ram_files_may_grow(void)
{
	return atomic_load(&pagecache_stats.ram) < page_total_count() / 2;
}

/* Write n bytes at pos, in a page that a RAM file does not have yet.  The page
 * is entered when it is complete, so no time is spent on zeroes that are
 * overwritten. Returns the bytes written or an error. */
static NOINLINE ssize_t
write_new_page(struct pagecache *pc, struct iobuf *io, uint64_t pos, size_t n)
{
	size_t offset = pos & PAGE_MASK;
	struct page *page = page_alloc(0, PAGE_USER);
	struct page *other;
	ssize_t moved;
	size_t end;
	char *bytes;
	int err;

	if (page == NULL)
		return -ENOSPC;
	bytes = page_va(page);
	moved = iobuf_read(io, bytes + offset, n);
	end = offset + MAX(moved, 0);
	memset(bytes, 0, offset);
	memset(bytes + end, 0, PAGE_SIZE - end);
	err = moved < 0 ? (int)moved : cache_enter(pc, pos >> PAGE_SHIFT,
	    PAGECACHE_CREATE, page, PAGE_UPTODATE | PAGE_REFERENCED);
	if (err == -EEXIST) {
		/* The copy slept, and a mapping brought the page meanwhile. */
		err = pagecache_get(pc, pos >> PAGE_SHIFT, PAGECACHE_CREATE,
		    &other);
		if (err == 0) {
			memcpy((char *)page_va(other) + offset,
			    bytes + offset, moved);
			page_put(other);
		}
	}
	page_put(page);
	if (err == -ENOMEM)
		return -ENOSPC;
	return err != 0 ? err : moved;
}

/* Write n bytes, all in one page.  Returns the bytes written or an error. */
static inline ssize_t
write_ram_page(struct pagecache *pc, struct iobuf *io, uint64_t pos, size_t n)
{
	struct page *page = cache_find(pc, pos >> PAGE_SHIFT);
	ssize_t moved;

	if (page == NULL)
		return ram_files_may_grow()
		    ? write_new_page(pc, io, pos, n) : -ENOSPC;
	moved = iobuf_read(io, (char *)page_va(page) + (pos & PAGE_MASK), n);
	page_put(page);
	return moved;
}

static ssize_t
write_ram(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	ssize_t total = 0;

	while (io->left > 0) {
		size_t n = MIN(PAGE_SIZE - (pos & PAGE_MASK), io->left);
		ssize_t moved = write_ram_page(pc, io, pos, n);

		if (unlikely(moved < 0))
			return total > 0 ? total : moved;
		total += moved;
		pos += moved;
		if (pos > pagecache_bytes(pc))
			atomic_store(&pc->bytes, pos);
		if ((size_t)moved < n)
			break;
	}
	return total;
}

/* ---- Writing to a file with a store ------------------------------------ */

/* One round of a write: bytes [pos, pos + bytes). */
struct round {
	struct pagecache *pc;
	struct iobuf *io;
	uint64_t pos;
	size_t bytes;
	void *cookie;
	bool careful; /* the last round was short: read pages before */
};

/* Will writing bytes [from, to) of page index leave nothing of what the store
 * has there? */
static bool
is_overwritten(const struct round *r, uint64_t index, size_t from, size_t to)
{
	uint64_t size = pagecache_bytes(r->pc);
	uint64_t start = index << PAGE_SHIFT;

	if (start >= size)
		return true;
	return !r->careful && from == 0 &&
	    (to == PAGE_SIZE || start + to >= size);
}

/* Copy the caller's bytes, as far as they are in memory. */
static ssize_t
copy_in(const struct round *r, char *to, size_t n)
{
	ssize_t moved = iobuf_read_nofault(r->io, to, n);

	return MAX(moved, 0);
}

/* Bytes up to end are in the cache.  The size says so before the page becomes
 * dirty: what is written back is only what the size covers. */
static void
grow_to(struct pagecache *pc, uint64_t end)
{
	if (end > pagecache_bytes(pc))
		atomic_store(&pc->bytes, end);
}

/* Write to a page that is not in the cache, and whose old bytes do not matter.
 * It is entered now, so that nobody reads it from the store meanwhile, and
 * filled by the copy; the places are asked for when that has succeeded.
 * Returns the bytes written, 0: the caller's memory was not there; -EEXIST: the
 * page has come to the cache; errors of ops->page, -ENOMEM. */
static ssize_t
write_fresh(const struct round *r, uint64_t index, size_t from, size_t to)
{
	struct pagecache *pc = r->pc;
	struct page *page = cache_page_alloc(true);
	bool behind = index << PAGE_SHIFT >= pagecache_bytes(pc);
	struct iobuf before = *r->io;
	ssize_t moved;
	char *bytes;
	int err;

	if (page == NULL)
		return -ENOMEM;
	err = cache_enter(pc, index, PAGECACHE_CREATE, page, PAGE_FILLING);
	if (err != 0) {
		page_put(page);
		return err;
	}
	bytes = page_va(page);
	moved = copy_in(r, bytes + from, to - from);
	if (moved == 0 || (from + (size_t)moved < to && !behind)) {
		err = -EAGAIN;
	} else {
		to = from + (size_t)moved;
		memset(bytes, 0, from);
		memset(bytes + to, 0, PAGE_SIZE - to);
		if (pc->ops->page != NULL)
			err = pc->ops->page(pc, page, from, to, r->cookie);
	}
	page_get(page); /* read_done() takes one */
	pagecache_read_done(page, err);
	if (err == 0) {
		grow_to(pc, (index << PAGE_SHIFT) + to);
		pagecache_dirty(page);
	} else {
		cache_forget(pc, page);
		*r->io = before;
		moved = err == -EAGAIN ? 0 : err;
	}
	page_put(page);
	return moved;
}

/* Write bytes [from, to) of a page that is up to date.  What has got a place in
 * the store must be written, even if the copy falls short: the store has
 * nothing of meaning there.  Returns as write_fresh(). */
static ssize_t
write_ready(const struct round *r, struct page *page, size_t from, size_t to)
{
	struct pagecache *pc = r->pc;
	ssize_t moved = 0;

	if (pc->ops->page != NULL)
		moved = pc->ops->page(pc, page, from, to, r->cookie);
	if (moved == 0) {
		moved = copy_in(r, (char *)page_va(page) + from, to - from);
		if (moved > 0)
			grow_to(pc, (page->index << PAGE_SHIFT) + from +
			    (uint64_t)moved);
		pagecache_dirty(page);
	}
	return moved;
}

/* Write bytes [from, to) of page index.  Returns as write_fresh(). */
static ssize_t
write_page(const struct round *r, uint64_t index, size_t from, size_t to)
{
	struct pagecache *pc = r->pc;
	struct page *page;
	ssize_t moved;
	int err = 0;

	for (;;) {
		page = cache_find(pc, index);
		if (page != NULL || !is_overwritten(r, index, from, to))
			break;
		moved = write_fresh(r, index, from, to);
		if (moved != -EEXIST)
			return moved;
	}
	if (!page_is_ready(page))
		err = cache_get_slow(pc, index, PAGECACHE_CREATE, &page);
	if (err != 0)
		return err;
	moved = write_ready(r, page, from, to);
	page_put(page);
	return moved;
}

/* The pages of a round.  Returns the bytes written; *err: what stopped it. */
static size_t
write_pages(const struct round *r, int *err)
{
	size_t done = 0;

	*err = 0;
	while (done < r->bytes) {
		uint64_t at = r->pos + done;
		size_t from = at & PAGE_MASK;
		size_t to = MIN(from + (r->bytes - done), PAGE_SIZE);
		ssize_t moved = write_page(r, at >> PAGE_SHIFT, from, to);

		if (moved < 0)
			*err = (int)moved;
		else
			done += (size_t)moved;
		if (moved < (ssize_t)(to - from))
			break;
	}
	return done;
}

/* Write-back clears what is behind the file's end.  Until the size is set, the
 * end is where this round will come to; 0: it is over. */
static void
set_writing_end(struct pagecache *pc, uint64_t end)
{
	spin_lock(&pc->lock);
	pc->writing_end = end;
	spin_unlock(&pc->lock);
}

/* One round.  Returns the bytes written, 0: try again; or an error. */
static ssize_t
write_round(struct round *r)
{
	struct pagecache *pc = r->pc;
	const struct pagecache_ops *ops = pc->ops;
	uint64_t end;
	size_t done;
	bool grows;
	int end_err = 0;
	int err = iobuf_fault_in(r->io, r->bytes);

	if (err == 0 && ops->begin != NULL)
		err = ops->begin(pc, r->pos, &r->bytes, &r->cookie);
	if (err != 0)
		return err;
	grows = r->pos + r->bytes > pagecache_bytes(pc);
	if (grows)
		set_writing_end(pc, r->pos + r->bytes);
	done = write_pages(r, &err);
	end = done > 0 ? r->pos + done : MIN(r->pos, pagecache_bytes(pc));
	if (grows)
		set_writing_end(pc, 0);
	if (ops->end != NULL)
		end_err = ops->end(pc, end, r->cookie);
	if (end_err != 0)
		return end_err;
	return done > 0 ? (ssize_t)done : err;
}

static ssize_t
write_store(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	struct round r = {.pc = pc, .io = io};
	unsigned empty_rounds = 0;
	ssize_t total = 0;

	while (io->left > 0) {
		ssize_t moved;

		cache_throttle_writer(pc);
		r.pos = pos;
		r.bytes = MIN(io->left,
		    ROUND_PAGES * PAGE_SIZE - (pos & PAGE_MASK));
		moved = write_round(&r);
		if (moved == 0 && ++empty_rounds > EMPTY_ROUNDS_MAX)
			moved = -ENOMEM;
		if (moved < 0)
			return total > 0 ? total : moved;
		if (moved > 0)
			empty_rounds = 0;
		r.careful = (size_t)moved < r.bytes;
		total += moved;
		pos += (uint64_t)moved;
	}
	return total;
}

ssize_t
pagecache_write(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	uint64_t old = pagecache_bytes(pc);
	ssize_t written;

	if (pos > old && io->left > 0)
		cache_clear_end(pc, old);
	if (cache_is_ram(pc))
		return write_ram(pc, io, pos);
	written = write_store(pc, io, pos);
	cache_grown(pc, old);
	return written;
}
