/* pagecache.c - the pages of a file in memory: finding, making, dropping them.
 *
 * Layer: mm   Called by: fs, and fault through vm_object
 *
 * The table of pages is protected by a spinlock that is held for a lookup only;
 * who uses a page has a reference.  A page that is being read from the store is
 * in the table already, marked PAGE_FILLING: whoever else wants it waits, so it
 * is read once.
 *
 * Reads and writes end in interrupts, where pc->lock may not be taken: they
 * only change flags of the page, and wake.  Whoever waits for a page does so at
 * one of a few queues that all pages share, as the cache itself may be gone when
 * the last flag falls.  A page that could not be read stays in the table,
 * neither filling nor up to date, until the next who wants it takes it out.
 *
 * Invariants: see pagecache.h.
 * SPDX-License-Identifier: MIT */

#include "mm/pagecache.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/init.h"
#include "mm/pagecache_internal.h"
#include "mm/reclaim.h"
#include "mm/slab.h"

#define QUEUES 32

static struct slab_cache node_cache;
static struct waitq page_queues[QUEUES];
struct pagecache_stats pagecache_stats;

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

/* ---- Waiting for a page ------------------------------------------------ */

static struct waitq *
queue_of(const struct page *page)
{
	return &page_queues[(uintptr_t)page / sizeof(*page) % QUEUES];
}

void
page_wait(struct page *page, uint16_t flags)
{
	wait_event(queue_of(page), (atomic_load(&page->flags) & flags) == 0);
}

void
page_wake(struct page *page)
{
	waitq_wake_all(queue_of(page));
}

void
pagecache_read_done(struct page *page, int err)
{
	kassert((page->flags & PAGE_FILLING) != 0);
	if (err == 0)
		atomic_or(&page->flags, PAGE_UPTODATE);
	else if (err == -ENOMEM)
		atomic_or(&page->flags, PAGE_NOMEM);
	atomic_and(&page->flags, (uint16_t)~PAGE_FILLING);
	page_wake(page);
	page_put(page);
}

/* ---- The table --------------------------------------------------------- */

struct page *
cache_page_alloc(bool patient)
{
	struct page *page = page_alloc(0, PAGE_USER);

	/* Who changes metadata cannot be stopped halfway: from the reserve. */
	if (page == NULL && thread_current()->journal_handle != NULL)
		page = page_alloc(0, 0);
	for (unsigned n = 0; page == NULL && patient && reclaim_wait(n); n++)
		page = page_alloc(0, PAGE_USER);
	return page;
}

/* The counter of the cache's kind of pages. */
static size_t *
pages_counter(const struct pagecache *pc)
{
	if (cache_is_ram(pc))
		return &pagecache_stats.ram;
	return pc->ops->device ? &pagecache_stats.device
			       : &pagecache_stats.file;
}

int
cache_enter(struct pagecache *pc, uint64_t index, unsigned flags,
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
		atomic_add(pages_counter(pc), 1);
		if (!cache_is_ram(pc) && (page_flags & PAGE_REFERENCED) != 0)
			atomic_add(&pagecache_stats.active, 1);
		if (!cache_is_ram(pc) && !atomic_load(&pc->listed))
			cache_list(pc);
	} else {
		page->refs = 1;
		page->flags = 0;
		page->cache = NULL;
	}
	return err;
}

void
cache_remove_locked(struct pagecache *pc, struct page *page)
{
	kassert(page->cache == pc);
	radix_remove(&pc->pages, page->index);
	pc->page_count--;
	atomic_sub(pages_counter(pc), 1);
	if (!cache_is_ram(pc) && (page->flags & PAGE_REFERENCED) != 0)
		atomic_sub(&pagecache_stats.active, 1);
	if ((page->flags & PAGE_DIRTY) != 0) {
		atomic_sub(&pagecache_stats.dirty, 1);
		atomic_sub(&pc->dirty_pages, 1);
	}
	page_put(page);
}

void
cache_forget(struct pagecache *pc, struct page *page)
{
	spin_lock(&pc->lock);
	if (radix_get(&pc->pages, page->index) == page)
		cache_remove_locked(pc, page);
	spin_unlock(&pc->lock);
}

/* Make the page that a RAM file lacks, or PAGECACHE_NEW wants.  Returns 0 and
 * the page with a reference; -EEXIST: look again; -ENOMEM. */
static int
make_ram_page(struct pagecache *pc, uint64_t index, struct page **out)
{
	struct page *page = page_alloc(0, PAGE_USER | PAGE_ZERO);
	int err;

	if (page == NULL)
		return -ENOMEM;
	err = cache_enter(pc, index, PAGECACHE_CREATE, page,
	    PAGE_UPTODATE | PAGE_REFERENCED);
	if (err != 0)
		page_put(page);
	else
		*out = page;
	return err;
}

/* Why the page, which is not being read any more, is not there: -EIO, -ENOMEM;
 * 0: it is. */
static int
read_error(const struct page *page)
{
	uint16_t flags = atomic_load(&page->flags);

	if ((flags & PAGE_UPTODATE) != 0)
		return 0;
	return (flags & PAGE_NOMEM) != 0 ? -ENOMEM : -EIO;
}

static bool
has_failed(const struct page *page)
{
	return (atomic_load(&page->flags) &
	    (PAGE_UPTODATE | PAGE_FILLING)) == 0;
}

int
cache_get_slow(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	bool create = (flags & PAGECACHE_CREATE) != 0;
	bool mine = false;
	unsigned tries = 0;

	for (;; *out = cache_find(pc, index)) {
		int err;

		if (*out != NULL) {
			page_wait(*out, PAGE_FILLING);
			if (page_is_ready(*out))
				return 0;
			/* If another's attempt failed, we try ourselves. */
			err = read_error(*out);
			cache_forget(pc, *out);
			page_put(*out);
			*out = NULL;
			if (mine && (err == -EIO || !reclaim_wait(tries++)))
				return err;
		}
		if (!create && (cache_is_ram(pc) ||
		    index >= pages_of(pagecache_bytes(pc))))
			return 0; /* a hole */
		if (cache_is_ram(pc) || (flags & PAGECACHE_NEW) != 0) {
			err = make_ram_page(pc, index, out);
			if (err == 0)
				return 0;
		} else {
			err = cache_start_reads(pc, index, 1, flags, true);
			mine = err == 0;
		}
		if (err == -ENOMEM)
			return err;
	}
}

/* Tell the store that the page will be written to by those who are not between
 * begin and end.  Also one that is dirty: write(2) gave places only to the blocks
 * that it wrote.  Returns 0 or the error of ops->dirty. */
static int
before_dirty(struct pagecache *pc, struct page *page)
{
	return pc->ops->dirty != NULL ? pc->ops->dirty(pc, page) : 0;
}

int
pagecache_get(struct pagecache *pc, uint64_t index, unsigned flags,
    struct page **out)
{
	int err = 0;

	*out = cache_find(pc, index);
	if (unlikely(!page_is_ready(*out)))
		err = cache_get_slow(pc, index, flags, out);
	if (err == 0 && (flags & PAGECACHE_DIRTY) != 0 && *out != NULL) {
		err = before_dirty(pc, *out);
		if (err != 0)
			page_put(*out);
	}
	return err;
}

int
pagecache_wait(struct page *page)
{
	int err;

	page_wait(page, PAGE_FILLING);
	err = read_error(page);
	page_put(page);
	return err;
}

/* ---- As an object that is mapped --------------------------------------- */

/* Pages that a fault brings along, around the one that it needs. */
#define FAULT_AROUND 16

/* Start to read a page that a mapping needs, and those around it; behind the
 * page before, those that follow it.  Returns 0 or -ENOMEM. */
static int
start_around(struct pagecache *pc, uint64_t index)
{
	uint64_t first = ALIGN_DOWN(index, FAULT_AROUND);
	struct page *before = index > 0 ? cache_find(pc, index - 1) : NULL;
	int err;

	if (before != NULL) {
		page_put(before);
		first = index;
	}
	pagecache_will_need(pc, first, 2 * FAULT_AROUND);
	err = cache_start_reads(pc, index, 1, PAGECACHE_CREATE, false);
	return err == -EEXIST ? 0 : err;
}

/* Find the page of a file with a store.  Returns 0; -EAGAIN, see object.h: also
 * when the page has failed just now, which the caller finds out; -ENOMEM. */
static int
store_page(struct pagecache *pc, uint64_t index, struct page **out)
{
	*out = cache_find(pc, index);
	if (*out != NULL && has_failed(*out)) {
		/* Somebody's attempt in the past. */
		cache_forget(pc, *out);
		page_put(*out);
		*out = NULL;
	}
	while (*out == NULL) {
		int err = start_around(pc, index);

		if (err != 0)
			return err;
		*out = cache_find(pc, index);
	}
	return page_is_ready(*out) ? 0 : -EAGAIN;
}

/* vm_object_ops.get_page, for page faults.  The faulting thread has its
 * aspace->lock, without which nothing that it maps can be dropped: so it waits
 * neither for memory nor for the disk here, but when it has let go of it. */
static int
object_get_page(struct vm_object *obj, uint64_t index, bool write,
    struct page **out)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);
	int err;

	if (index >= pages_of(pagecache_bytes(pc)))
		return -EFAULT;
	/* A hole must become a page, or a later writer would not be seen here.
	 * The size cannot shrink below us: see object.c. */
	if (cache_is_ram(pc))
		return pagecache_get(pc, index, PAGECACHE_CREATE, out);
	err = store_page(pc, index, out);
	if (err == 0 && write) {
		err = before_dirty(pc, *out);
		if (err == 0)
			pagecache_dirty_mapped(*out);
		else
			page_put(*out);
	}
	return err;
}

/* vm_object_ops.is_present, sync and will_need. */
static bool
object_is_present(struct vm_object *obj, uint64_t index)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);
	bool present;

	spin_lock(&pc->lock);
	present = page_is_ready(radix_get(&pc->pages, index));
	spin_unlock(&pc->lock);
	return present;
}

static int
object_sync(struct vm_object *obj, uint64_t first, uint64_t end)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);

	if (pc->ops->sync != NULL)
		return pc->ops->sync(pc);
	return pagecache_sync_range(pc, first, end, true);
}

static void
object_will_need(struct vm_object *obj, uint64_t first, uint64_t end)
{
	pagecache_will_need(container_of(obj, struct pagecache, object), first,
	    end - first);
}

static void
object_release(struct vm_object *obj)
{
	struct pagecache *pc = container_of(obj, struct pagecache, object);

	if (atomic_load(&pc->dirty_pages) > 0 &&
	    (pc->ops->unlinked == NULL || !pc->ops->unlinked(pc)))
		pagecache_sync(pc);
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
	.is_present = object_is_present,
	.release = object_release,
	.name = object_name,
};
static const struct vm_object_ops store_object_ops = {
	.get_page = object_get_page,
	.is_present = object_is_present,
	.sync = object_sync,
	.will_need = object_will_need,
	.release = object_release,
	.name = object_name,
	.write_notify = true,
};

void
pagecache_init(struct pagecache *pc, const struct pagecache_ops *ops)
{
	pc->ops = ops;
	object_init(&pc->object,
	    cache_is_ram(pc) ? &ram_object_ops : &store_object_ops);
	spin_init(&pc->lock, "pagecache", RANK_PAGECACHE);
	radix_init(&pc->pages, node_alloc, node_free);
	pc->page_count = 0;
	pc->bytes = 0;
	pc->writing_end = 0;
	pc->hand = 0;
	pc->unmap_hand = 0;
	pc->dirty_pages = 0;
	pc->mapped_writes = 0;
	pc->error = 0;
	pc->error_count = 0;
	pc->error_told = 0;
	pc->no_memory = 0;
	pc->listed = false;
	pc->dirty_listed = false;
}

/* Free pages from first on; those on their way to or from the store are waited
 * for.  In portions: others may want the lock. */
static void
drop_pages(struct pagecache *pc, uint64_t first)
{
	const uint16_t moving = PAGE_FILLING | PAGE_WRITEBACK;
	struct page *page;
	struct page *busy;

	do {
		uint64_t index = first;

		busy = NULL;
		spin_lock(&pc->lock);
		for (unsigned n = 0; n < 64 && busy == NULL; n++) {
			page = radix_next(&pc->pages, &index);
			if (page == NULL)
				break;
			if ((atomic_load(&page->flags) & moving) != 0) {
				page_get(page);
				busy = page;
			} else {
				cache_remove_locked(pc, page);
			}
		}
		spin_unlock(&pc->lock);
		if (busy != NULL) {
			page_wait(busy, moving);
			page_put(busy);
		}
	} while (page != NULL);
}

void
pagecache_fini(struct pagecache *pc)
{
	drop_pages(pc, 0);
	kassert(pc->page_count == 0 && radix_empty(&pc->pages));
	if (!cache_is_ram(pc))
		cache_unlist(pc);
}

/* ---- The size ---------------------------------------------------------- */

/* Are these bytes all zero? */
static bool
is_zero(const char *bytes, size_t n)
{
	for (; n > 0; n--, bytes++) {
		if (*bytes != 0)
			return false;
	}
	return true;
}

/* The page at byte pos, if that is not its first byte, and it is no hole, with a
 * reference; NULL: it need not be cleared. */
static struct page *
get_tail(struct pagecache *pc, uint64_t pos)
{
	struct page *page = NULL;

	if ((pos & PAGE_MASK) == 0 ||
	    pagecache_get(pc, pos >> PAGE_SHIFT, 0, &page) != 0)
		return NULL;
	return page;
}

/* Make the bytes of the page at byte pos from there to its end zero (2), for a
 * file that has become shorter, in the store too; it may have a hole there,
 * which must not become dirty.  A write that has begun may go to blocks behind
 * pos: when we return, they are free to be given to another file.
 * Takes over the reference to page, which may be NULL. */
static void
clear_tail(struct page *page, uint64_t pos)
{
	size_t offset = pos & PAGE_MASK;
	char *tail;

	if (page == NULL)
		return;
	page_wait(page, PAGE_WRITEBACK);
	tail = (char *)page_va(page) + offset;
	if (!is_zero(tail, PAGE_SIZE - offset)) {
		memset(tail, 0, PAGE_SIZE - offset);
		pagecache_dirty(page);
	}
	page_put(page);
}

/* The file is to grow beyond bytes: what a mapping left behind its end must not
 * be seen.  In the store it is zero already. */
void
cache_clear_end(struct pagecache *pc, uint64_t bytes)
{
	struct page *page = NULL;
	size_t offset = bytes & PAGE_MASK;

	if (offset != 0)
		page = cache_find(pc, bytes >> PAGE_SHIFT);
	if (page == NULL)
		return;
	page_wait(page, PAGE_FILLING);
	memset((char *)page_va(page) + offset, 0, PAGE_SIZE - offset);
	page_put(page);
}

/* The file has grown from old bytes.  A mapping that may write to its old last
 * page has asked for places of the bytes that there were: let it ask again. */
void
cache_grown(struct pagecache *pc, uint64_t old)
{
	uint64_t index = old >> PAGE_SHIFT;

	if ((old & PAGE_MASK) != 0 && pagecache_bytes(pc) > old &&
	    pc->ops->dirty != NULL && !list_empty(&pc->object.areas))
		object_write_protect(&pc->object, index, index + 1);
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
	struct page *last;

	if (bytes >= old) {
		cache_clear_end(pc, old);
		atomic_store(&pc->bytes, bytes);
		cache_grown(pc, old);
		return;
	}
	/* Before it is shorter: who reads the page then sees zeroes behind the
	 * end, which the store does not have. */
	last = get_tail(pc, bytes);
	shrink_bytes(pc, bytes);
	if (pages_of(bytes) < pages_of(old) || pc->page_count > 0)
		object_unmap(&pc->object, pages_of(bytes), UINT64_MAX >> 1);
	drop_pages(pc, pages_of(bytes));
	clear_tail(last, bytes);
}

/* ---- RAM objects without a name ---------------------------------------- */

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
	for (unsigned i = 0; i < QUEUES; i++)
		waitq_init(&page_queues[i], "page");
}
