/* pagecache.c - the pages of a file in memory.
 *
 * Layer: mm   Called by: fs, and fault through vm_object
 *
 * The table of pages is protected by a spinlock that is held for a lookup only;
 * who uses a page has a reference.  A page that is being read from the store is
 * in the table already, marked PAGE_FILLING: whoever else wants it waits, so it
 * is read once.
 *
 * Invariants: see pagecache.h.
 * SPDX-License-Identifier: MIT */

#include "mm/pagecache.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/init.h"
#include "mm/slab.h"
#include "sched/sched.h"

static struct slab_cache node_cache;
static size_t total_pages; /* [a] */
static size_t dirty_pages; /* [a] */

static struct radix_node *
node_alloc(void)
{
	struct radix_node *node = slab_alloc(&node_cache);

	if (node != NULL)
		memset(node, 0, sizeof(*node));
	return node;
}

static void
node_free(struct radix_node *node)
{
	slab_free(&node_cache, node);
}

static bool
is_ram_file(const struct pagecache *pc)
{
	return pc->ops->fill == NULL;
}

/* Pages that a file of so many bytes has. */
static uint64_t
pages_of(uint64_t bytes)
{
	return (bytes + PAGE_MASK) >> PAGE_SHIFT;
}

/* Put a page that only the caller knows into the cache.  It gets a reference
 * for the cache (1), and page_flags.
 * Returns 0; -EEXIST: another was faster; -ENOMEM; -EFAULT: the file has become
 * shorter meanwhile, and is not to be made longer again. */
static int
enter_new(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page *page, uint16_t page_flags)
{
	int err;

	page->cache = pc;
	page->index = index;
	page->flags = page_flags;
	page->refs = 2;
	spin_lock(&pc->lock);
	if ((flags & PAGECACHE_CREATE) == 0 && index >= pages_of(pc->bytes))
		err = -EFAULT;
	else
		err = radix_insert(&pc->pages, index, page);
	if (err == 0)
		pc->page_count++;
	spin_unlock(&pc->lock);
	if (err == 0) {
		atomic_add(&total_pages, 1);
	} else {
		page->refs = 1;
		page->cache = NULL;
	}
	return err;
}

/* Take a page out of the table, and give up the cache's reference.
 * Locks: pc->lock held. */
static void
remove_locked(struct pagecache *pc, struct page *page)
{
	kassert(page->cache == pc);
	radix_remove(&pc->pages, page->index);
	pc->page_count--;
	atomic_sub(&total_pages, 1);
	if ((page->flags & PAGE_DIRTY) != 0)
		atomic_sub(&dirty_pages, 1);
	page_put(page);
}

/* Read the page from the store, and let those who wait for it go on.  On error
 * it leaves the cache; the caller's reference stays. */
static int
fill(struct pagecache *pc, uint64_t index, struct page *page)
{
	int err = pc->ops->fill(pc, index, page);

	spin_lock(&pc->lock);
	atomic_and(&page->flags, (uint16_t)~PAGE_FILLING);
	if (err == 0)
		atomic_or(&page->flags, PAGE_UPTODATE);
	else if (radix_get(&pc->pages, index) == page)
		remove_locked(pc, page);
	spin_unlock(&pc->lock);
	waitq_wake_all(&pc->filled);
	return err;
}

/* Make the page that the cache lacks.  Returns 0 and the page with a reference;
 * -EEXIST: look again; other errors. */
static int
make_page(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	bool ram = is_ram_file(pc);
	struct page *page =
	    page_alloc(0, PAGE_USER | (ram ? PAGE_ZERO : 0));
	int err;

	if (page == NULL)
		return -ENOMEM;
	err = enter_new(pc, index, flags, page,
	    ram ? PAGE_UPTODATE : PAGE_FILLING);
	if (err == 0 && !ram)
		err = fill(pc, index, page);
	if (err != 0)
		page_put(page);
	else
		*out = page;
	return err;
}

/* The page, if the cache has it, with a reference. */
static inline struct page *
find(struct pagecache *pc, uint64_t index)
{
	struct page *page;

	spin_lock(&pc->lock);
	page = radix_get(&pc->pages, index);
	if (page != NULL)
		page_get(page);
	spin_unlock(&pc->lock);
	return page;
}

static inline bool
is_ready(const struct page *page)
{
	return page != NULL && (page->flags & PAGE_FILLING) == 0;
}

/* pagecache_get() after find() gave *out, which is missing or not yet ready. */
static NOINLINE int
get_slow(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	bool create = (flags & PAGECACHE_CREATE) != 0;

	for (;;) {
		if (*out == NULL) {
			int err;

			if (!create && (is_ram_file(pc) ||
			    index >= pages_of(pagecache_bytes(pc))))
				return 0; /* a hole */
			err = make_page(pc, index, flags, out);
			if (err != -EEXIST)
				return err;
		} else {
			wait_event(&pc->filled, is_ready(*out));
			page_put(*out); /* if it failed, we try ourselves */
		}
		*out = find(pc, index);
		if (is_ready(*out))
			return 0;
	}
}

int
pagecache_get(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	int err = 0;

	*out = find(pc, index);
	if (unlikely(!is_ready(*out)))
		err = get_slow(pc, index, flags, out);
	if (err == 0 && (flags & PAGECACHE_DIRTY) != 0 && *out != NULL &&
	    pc->ops->dirty != NULL && ((*out)->flags & PAGE_DIRTY) == 0) {
		err = pc->ops->dirty(pc, index);
		if (err != 0)
			page_put(*out);
	}
	return err;
}

/* vm_object_ops.get_page, for page faults. */
static int
object_get_page(struct vm_object *obj, uint64_t index, bool write,
    struct page **out)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);
	unsigned flags = write ? PAGECACHE_DIRTY : 0;
	int err;

	if (index >= pages_of(pagecache_bytes(pc)))
		return -EFAULT;
	/* A hole must become a page, or a later writer would not be seen here.
	 * The size cannot shrink below us: see object.c. */
	err = pagecache_get(pc, index, flags | PAGECACHE_CREATE, out);
	if (err == 0 && write)
		pagecache_dirty(*out);
	return err;
}

static void
object_release(struct vm_object *obj)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);

	pagecache_fini(pc);
	if (pc->ops->release != NULL)
		pc->ops->release(pc);
}

static void
object_name(struct vm_object *obj, char *buf, size_t size)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);

	buf[0] = '\0';
	if (pc->ops->name != NULL)
		pc->ops->name(obj, buf, size);
}

/* A file with a store wants to know of each page that becomes dirty. */
static const struct vm_object_ops ram_object_ops = {
	.get_page = object_get_page,
	.release = object_release,
	.name = object_name,
};
static const struct vm_object_ops store_object_ops = {
	.get_page = object_get_page,
	.release = object_release,
	.name = object_name,
	.write_notify = true,
};

void
pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops)
{
	pc->ops = ops;
	object_init(&pc->object,
	    is_ram_file(pc) ? &ram_object_ops : &store_object_ops);
	spin_init(&pc->lock, "pagecache", RANK_PAGECACHE);
	radix_init(&pc->pages, node_alloc, node_free);
	pc->page_count = 0;
	pc->bytes = 0;
	waitq_init(&pc->filled, "page");
}

/* Free pages from first on.  In portions: others may want the lock. */
static void
drop_pages(struct pagecache *pc, uint64_t first)
{
	struct page *page;

	do {
		uint64_t index = first;

		spin_lock(&pc->lock);
		for (unsigned n = 0; n < 64; n++) {
			page = radix_next(&pc->pages, &index);
			if (page == NULL)
				break;
			remove_locked(pc, page);
		}
		spin_unlock(&pc->lock);
	} while (page != NULL);
}

void
pagecache_fini(struct pagecache *pc)
{
	drop_pages(pc, 0);
	kassert(pc->page_count == 0 && radix_empty(&pc->pages));
}

/* Make the bytes of the page at byte pos from there to its end zero (2). */
static void
clear_tail(struct pagecache *pc, uint64_t pos)
{
	struct page *page = NULL;

	if ((pos & PAGE_MASK) != 0)
		page = find(pc, pos >> PAGE_SHIFT);
	if (page == NULL)
		return;
	memset((char *)page_va(page) + (pos & PAGE_MASK), 0,
	    PAGE_SIZE - (pos & PAGE_MASK));
	pagecache_dirty(page);
	page_put(page);
}

/* Make the file shorter: nobody enters a page behind its end from now on. */
static void
shrink_bytes(struct pagecache *pc, uint64_t bytes)
{
	spin_lock(&pc->lock);
	atomic_store(&pc->bytes, bytes);
	spin_unlock(&pc->lock);
}

void
pagecache_truncate(struct pagecache *pc, uint64_t bytes)
{
	uint64_t old = pagecache_bytes(pc);

	if (bytes >= old) {
		clear_tail(pc, old);
		atomic_store(&pc->bytes, bytes);
		return;
	}
	shrink_bytes(pc, bytes);
	if (pages_of(bytes) < pages_of(old) || pc->page_count > 0)
		object_unmap(&pc->object, pages_of(bytes), UINT64_MAX >> 1);
	drop_pages(pc, pages_of(bytes));
	clear_tail(pc, bytes);
}

ssize_t
pagecache_read(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	uint64_t bytes = pagecache_bytes(pc);
	ssize_t total = 0;
	ssize_t moved = 0;

	while (io->left > 0 && pos < bytes) {
		size_t offset = pos & PAGE_MASK;
		size_t n = MIN(MIN(PAGE_SIZE - offset, io->left), bytes - pos);
		struct page *page = find(pc, pos >> PAGE_SHIFT);

		if (unlikely(!is_ready(page))) {
			int err = get_slow(pc, pos >> PAGE_SHIFT, 0, &page);

			if (err != 0)
				return total > 0 ? total : err;
		}
		if (unlikely(page == NULL)) {
			moved = iobuf_clear(io, n);
		} else {
			moved = iobuf_write(io,
			    (char *)page_va(page) + offset, n);
			page_put(page);
		}
		if (unlikely(moved < 0))
			return total > 0 ? total : moved;
		total += moved;
		pos += moved;
		if ((size_t)moved < n)
			break;
	}
	return total;
}

/* RAM files may fill half of the memory. */
static bool
ram_files_may_grow(void)
{
	return atomic_load(&total_pages) < page_total_count() / 2;
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
	err = moved < 0 ? (int)moved : enter_new(pc, pos >> PAGE_SHIFT,
	    PAGECACHE_CREATE, page, PAGE_UPTODATE);
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
write_page(struct pagecache *pc, struct iobuf *io, uint64_t pos, size_t n)
{
	struct page *page = NULL;
	ssize_t moved;
	int err;

	if (is_ram_file(pc)) {
		page = find(pc, pos >> PAGE_SHIFT);
		if (page == NULL)
			return ram_files_may_grow()
			    ? write_new_page(pc, io, pos, n) : -ENOSPC;
	} else {
		err = pagecache_get(pc, pos >> PAGE_SHIFT,
		    PAGECACHE_DIRTY | PAGECACHE_CREATE, &page);
		if (err != 0)
			return err == -ENOMEM ? -ENOSPC : err;
	}
	moved = iobuf_read(io, (char *)page_va(page) + (pos & PAGE_MASK), n);
	if (moved > 0)
		pagecache_dirty(page);
	page_put(page);
	return moved;
}

ssize_t
pagecache_write(struct pagecache *pc, struct iobuf *io, uint64_t pos)
{
	ssize_t total = 0;

	if (pos > pagecache_bytes(pc))
		clear_tail(pc, pagecache_bytes(pc));
	while (io->left > 0) {
		size_t n = MIN(PAGE_SIZE - (pos & PAGE_MASK), io->left);
		ssize_t moved = write_page(pc, io, pos, n);

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

void
pagecache_dirty(struct page *page)
{
	struct pagecache *pc = page->cache;

	if (pc->ops->writeback == NULL || (page->flags & PAGE_DIRTY) != 0)
		return;
	spin_lock(&pc->lock);
	if (radix_get(&pc->pages, page->index) == page &&
	    (page->flags & PAGE_DIRTY) == 0) {
		atomic_or(&page->flags, PAGE_DIRTY);
		radix_mark(&pc->pages, page->index, true); /* (3) */
		atomic_add(&dirty_pages, 1);
	}
	spin_unlock(&pc->lock);
}

/* The next dirty page from *index on, marked clean and with a reference. */
static struct page *
take_dirty(struct pagecache *pc, uint64_t *index)
{
	struct page *page;

	spin_lock(&pc->lock);
	page = radix_next_marked(&pc->pages, index);
	if (page != NULL) {
		page_get(page);
		radix_mark(&pc->pages, *index, false);
		atomic_and(&page->flags, (uint16_t)~PAGE_DIRTY);
		atomic_sub(&dirty_pages, 1);
	}
	spin_unlock(&pc->lock);
	return page;
}

int
pagecache_sync(struct pagecache *pc)
{
	uint64_t index = 0;
	struct page *page;
	int first_error = 0;

	for (; (page = take_dirty(pc, &index)) != NULL; index++) {
		int err;

		/* Clean first, then written: a write that comes meanwhile makes
		 * it dirty again, and is not lost. */
		object_write_protect(&pc->object, index, index + 1);
		err = pc->ops->writeback(pc, index, page);
		if (err != 0)
			pagecache_dirty(page);
		if (first_error == 0)
			first_error = err;
		page_put(page);
		sched_cond_yield();
	}
	return first_error;
}

size_t
pagecache_total_pages(void)
{
	return atomic_load(&total_pages);
}

size_t
pagecache_dirty_pages(void)
{
	return atomic_load(&dirty_pages);
}

/* The object of MAP_SHARED | MAP_ANONYMOUS: a RAM file without a name. */
static void
shared_release(struct pagecache *pc)
{
	kfree(pc);
}

static void
shared_name(struct vm_object *obj, char *buf, size_t size)
{
	(void)obj;
	strlcpy(buf, "/dev/zero (deleted)", size);
}

static const struct pagecache_ops shared_ops = {
	.name = shared_name,
	.release = shared_release,
};

struct vm_object *
shared_object_create(uint64_t bytes)
{
	struct pagecache *pc = kmalloc(sizeof(*pc));

	if (pc == NULL)
		return NULL;
	pagecache_init(pc, &shared_ops);
	pc->bytes = bytes;
	return &pc->object;
}

void
pagecache_init_all(void)
{
	slab_cache_init(&node_cache, "radix_node", sizeof(struct radix_node),
	    0);
}
