/* transaction.c - handles, and what they bring into a transaction.
 *
 * Layer: fs/journal   Called by: ext2
 *
 * A handle's credits are planned in its transaction when it begins, so that the
 * transaction, as large as it may become, always fits into what is free of the
 * log.  A buffer that joins turns a credit into itself; what is left of the
 * credits is given back at the end.
 *
 *	planned   |buffers|credits of open handles|
 *	limit     ----------------------------------------|   for new handles
 *	room      ------------------------------------------------|  in the log
 *
 * The usual begin and end are one comparison and a few additions under
 * j->lock; journal_access() of a buffer that is there already takes no lock:
 * buf->running cannot change while a handle of that transaction is open.
 * SPDX-License-Identifier: MIT */
#include "abi/errno.h"
#include "debug/assert.h"
#include "debug/printk.h"
#include "fs/journal/internal.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/slab.h"
#include "sched/clock.h"

#define SPARE_SHARE 8 /* of the room is for handles that need more */

unsigned
journal_fitting(const struct journal *j, uint32_t free_blocks)
{
	/* A descriptor, a commit block and a descriptor's or revoke block's
	 * unused part are besides the copies and their descriptors. */
	if (free_blocks <= 3)
		return 0;
	return (uint64_t)(free_blocks - 3) * j->tags_per_block /
	    (j->tags_per_block + 1);
}

/* What may be planned if the log has so much room. */
static unsigned
limit_of(const struct journal *j, unsigned room)
{
	return MIN(j->max_planned, room - room / SPARE_SHARE);
}

/* Locks: j->lock held. */
static void
set_limits(struct journal *j, struct transaction *t)
{
	t->room = journal_fitting(j, j->free_blocks);
	t->limit = j->barrier || j->error != 0 ? 0 : limit_of(j, t->room);
}

void
journal_limits_changed(struct journal *j)
{
	kassert(spin_held(&j->lock));
	if (j->running != NULL)
		set_limits(j, j->running);
}

static struct transaction *
transaction_alloc(void)
{
	struct transaction *t = kzalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	list_init(&t->buffers);
	list_init(&t->inodes);
	list_init(&t->checkpoint);
	list_init(&t->link);
	t->started_ns = clock_ns();
	return t;
}

void
transaction_free(struct transaction *t)
{
	kassert(list_empty(&t->buffers) && list_empty(&t->inodes));
	kassert(list_empty(&t->checkpoint));
	revoke_free(t);
	kfree(t);
}

void
transaction_unlink_home(struct buffer *buf)
{
	buf->checkpoint = NULL;
	list_remove(&buf->checkpoint_link);
}

/* ---- Begin and end ---------------------------------------------------- */

/* Join the running transaction if there is room.  Locks: j->lock held. */
static inline bool
start_locked(struct journal *j, struct journal_handle *h, unsigned credits)
{
	struct transaction *t = j->running;

	if (unlikely(t == NULL || t->planned + credits > t->limit))
		return false;
	t->planned += credits;
	t->handles++;
	h->transaction = t;
	h->credits = credits;
	h->tid = t->tid;
	return true;
}

/* Would a handle of so many credits find room?  *large: the running transaction
 * is as large as it may be.  Locks: takes j->lock. */
static bool
has_room(struct journal *j, unsigned credits, bool *large)
{
	struct transaction *t;
	bool fits;

	spin_lock(&j->lock);
	t = j->running;
	*large = t != NULL && t->planned + credits > j->max_planned;
	fits = t != NULL ? t->planned + credits <= t->limit :
	    credits <= limit_of(j, journal_fitting(j, j->free_blocks));
	spin_unlock(&j->lock);
	return fits;
}

/* The running transaction is full, or the log is: commit, or write home what
 * has committed.  A checkpoint alone does not help if the oldest transaction's
 * buffers are in the running one: commit that, and they can go.
 * Locks: takes commit_lock. */
static int
make_room(struct journal *j, unsigned credits)
{
	uint32_t half = (j->end - j->first) / 2;
	bool large;
	int err = 0;

	mutex_lock(&j->commit_lock);
	if (!has_room(j, credits, &large) && large)
		err = journal_commit_running(j);
	if (err == 0 && !has_room(j, credits, &large))
		err = journal_checkpoint(j, half);
	if (err == 0 && !has_room(j, credits, &large)) {
		err = journal_commit_running(j);
		if (err == 0)
			err = journal_checkpoint(j, half);
	}
	mutex_unlock(&j->commit_lock);
	return err;
}

/* A handle for which the running transaction is not there, closed or full. */
static NOINLINE int
start_slow(struct journal *j, struct journal_handle *h, unsigned credits)
{
	struct transaction *fresh = NULL;
	bool barrier, missing;
	int err = 0;

	kassert(credits <= j->max_planned);
	for (;;) {
		spin_lock(&j->lock);
		barrier = j->barrier;
		if (j->running == NULL && fresh != NULL && !barrier) {
			fresh->tid = j->next_tid++;
			set_limits(j, fresh);
			j->running = fresh;
			fresh = NULL;
		}
		missing = j->running == NULL;
		if (j->error != 0 || j->read_only)
			err = -EROFS;
		else if (start_locked(j, h, credits))
			break;
		spin_unlock(&j->lock);
		if (err == 0 && barrier)
			wait_event(&j->barrier_gone, !atomic_load(&j->barrier));
		else if (err == 0 && missing && fresh == NULL) {
			fresh = transaction_alloc();
			err = fresh == NULL ? -ENOMEM : 0;
		} else if (err == 0 && !missing && make_room(j, credits) != 0) {
			err = -EROFS;
		}
		if (err != 0) {
			kfree(fresh);
			return err;
		}
	}
	spin_unlock(&j->lock);
	kfree(fresh);
	return 0;
}

static inline int
start(struct journal *j, struct journal_handle *h, unsigned credits)
{
	bool started;

	spin_lock(&j->lock);
	started = start_locked(j, h, credits);
	spin_unlock(&j->lock);
	return likely(started) ? 0 : start_slow(j, h, credits);
}

/* Let the root handle have credits more, if no more than max are planned then.
 * Locks: takes j->lock. */
static int
grow(struct journal *j, struct journal_handle *root, unsigned credits,
    unsigned max)
{
	struct transaction *t = root->transaction;
	int err = 0;

	spin_lock(&j->lock);
	if (j->error != 0) {
		err = -EROFS;
	} else if (t->planned + credits <= MIN(t->room, max)) {
		t->planned += credits;
		root->credits += credits;
	} else {
		err = -ENOSPC;
	}
	spin_unlock(&j->lock);
	return err;
}

/* Leave the transaction.  Locks: takes j->lock. */
static inline void
leave(struct journal *j, struct journal_handle *h)
{
	struct transaction *t = h->transaction;
	bool last;

	spin_lock(&j->lock);
	t->planned -= h->credits;
	last = --t->handles == 0 && j->barrier;
	spin_unlock(&j->lock);
	h->transaction = NULL;
	h->credits = 0;
	if (unlikely(last))
		waitq_wake_all(&j->handles_gone);
}

struct journal_handle *
journal_current(void)
{
	return thread_current()->journal_handle;
}

int
journal_begin(struct journal *j, struct journal_handle *h, unsigned credits)
{
	struct thread *self = thread_current();
	struct journal_handle *outer = self->journal_handle;
	int err = 0;

	*h = (struct journal_handle){.journal = j, .outer = outer, .root = h};
	if (outer != NULL) {
		kassert(outer->journal == j);
		h->root = outer->root;
		h->transaction = h->root->transaction;
		h->tid = h->root->tid;
		if (j != NULL && h->transaction == NULL)
			err = -EROFS; /* its journal_extend() has failed */
		else if (j != NULL)
			err = grow(j, h->root, credits, UINT32_MAX);
	} else if (likely(j != NULL)) {
		err = start(j, h, credits);
	}
	if (likely(err == 0))
		self->journal_handle = h;
	return err;
}

int
journal_end(struct journal_handle *h)
{
	struct thread *self = thread_current();
	struct journal *j = h->journal;
	int err;

	kassert(self->journal_handle == h);
	self->journal_handle = h->outer;
	if (j == NULL)
		return 0;
	if (h->outer != NULL) {
		h->root->sync |= h->sync;
		return atomic_load(&j->error);
	}
	if (likely(h->transaction != NULL))
		leave(j, h);
	err = atomic_load(&j->error);
	if (unlikely(h->sync) && err == 0)
		err = journal_commit(j, h->tid);
	return err;
}

int
journal_extend(struct journal_handle *h, unsigned credits)
{
	struct journal *j = h->journal;
	struct journal_handle *root = h->root;
	int err;

	if (j == NULL || root->credits >= credits)
		return 0;
	if (root->transaction == NULL)
		return -EROFS;
	err = grow(j, root, credits - root->credits,
	    h == root ? j->max_planned : UINT32_MAX);
	if (err != -ENOSPC || h != root)
		return err;
	/* Between two transactions there is no handle: others may commit, and
	 * so may we. */
	leave(j, h);
	thread_current()->journal_handle = NULL;
	err = start(j, h, credits);
	thread_current()->journal_handle = h;
	return err;
}

/* ---- Buffers ---------------------------------------------------------- */

/* A credit becomes a buffer, or a revoke block.  A handle that asked for too
 * few may take from the room that is spared for that.
 * Locks: j->lock held. */
static int
use_credit(struct journal *j, struct journal_handle *h)
{
	struct journal_handle *root = h->root;
	struct transaction *t = h->transaction;

	kassert(spin_held(&j->lock));
	if (j->error != 0)
		return -EROFS;
	if (likely(root->credits > 0)) {
		root->credits--;
		return 0;
	}
	if (t->planned >= t->room)
		return -ENOSPC;
	t->planned++;
	return 0;
}

int
journal_use_credits(struct journal *j, struct journal_handle *h, unsigned count)
{
	struct transaction *t = h->transaction;

	if (count > h->root->credits && t->planned + count > t->room)
		return -ENOSPC;
	while (count-- > 0) {
		int err = use_credit(j, h);

		if (err != 0)
			return err;
	}
	return 0;
}

/* Take buf into h's transaction, which it is not in. */
static NOINLINE int
join_buffer(struct journal_handle *h, struct buffer *buf)
{
	struct journal *j = h->journal;
	struct transaction *t = h->transaction;
	int err;

	spin_lock(&j->lock);
	while ((atomic_load(&buf->flags) & BUFFER_WRITING) != 0) {
		spin_unlock(&j->lock);
		wait_event(&buf->cache->written,
		    (atomic_load(&buf->flags) & BUFFER_WRITING) == 0);
		spin_lock(&j->lock);
	}
	kassert(buf->running == NULL || buf->running == t); /* (3) */
	/* Freed blocks are not used again before the commit; but on a damaged
	 * disk two may have the block, and one has freed it. */
	if ((buf->flags & BUFFER_FORGET) != 0)
		err = -EIO;
	else
		err = buf->running == t ? 0 : use_credit(j, h);
	if (err == 0 && buf->running == NULL) {
		buf->running = t;
		list_add_tail(&t->buffers, &buf->running_link);
		t->buffer_count++;
		buffer_get(buf);
	}
	spin_unlock(&j->lock);
	return err;
}

int
journal_access(struct journal_handle *h, struct buffer *buf)
{
	if (h->journal == NULL)
		return 0;
	if (unlikely(h->transaction == NULL))
		return -EROFS; /* its journal_extend() has failed */
	if (likely(atomic_load(&buf->running) == h->transaction &&
	    (atomic_load(&buf->flags) & BUFFER_FORGET) == 0))
		return 0;
	return join_buffer(h, buf);
}

int
journal_access_new(struct journal_handle *h, struct buffer *buf)
{
	return journal_access(h, buf);
}

void
journal_dirty(struct journal_handle *h, struct buffer *buf)
{
	if (h->journal == NULL)
		buffer_mark_dirty(buf);
	else
		kassert(atomic_load(&buf->running) == h->transaction);
}

/* Let buf have its bytes in another page.  False: somebody else looks at those
 * that it has.  Locks: takes j->lock, then cache->lock. */
static bool
move_data(struct journal *j, struct buffer *buf, struct page *page,
    unsigned offset)
{
	struct buffer_cache *bc = buf->cache;
	struct page *old = NULL;
	bool free;

	spin_lock(&j->lock);
	spin_lock(&bc->lock);
	free = (buf->flags & BUFFER_DATA) != 0 ||
	    (atomic_load(&buf->refs) == 1 && buf->running == NULL &&
	    buf->checkpoint == NULL);
	if (free) {
		if (buf->page != page) {
			old = buf->page;
			page_get(page);
			buf->page = page;
		}
		buf->data = (char *)page_va(page) + offset;
		atomic_or(&buf->flags, BUFFER_DATA);
	}
	spin_unlock(&bc->lock);
	spin_unlock(&j->lock);
	if (old != NULL)
		page_put(old);
	return free;
}

int
journal_data(struct journal_handle *h, uint64_t block, struct page *page,
    unsigned offset)
{
	struct journal *j = h->journal;
	struct buffer *buf;
	int err = buffer_get_data(j->cache, block, page, offset, &buf);

	if (err != 0)
		return err;
	/* First DATA, so that nobody takes it for metadata; then the page is
	 * ours to set once it is not on its way home. */
	if ((atomic_load(&buf->flags) & BUFFER_DATA) == 0 &&
	    !move_data(j, buf, page, offset)) {
		buffer_put(buf);
		return -EIO;
	}
	err = journal_access(h, buf);
	if (err == 0) {
		move_data(j, buf, page, offset);
		buffer_put(buf);
	} else {
		buffer_put_drop(buf);
	}
	return err;
}

bool
journal_copy_data(struct journal *j, uint64_t block, void *dst)
{
	struct buffer *buf = j == NULL ? NULL : buffer_find(j->cache, block);
	bool newer = false;

	if (buf == NULL)
		return false;
	spin_lock(&j->lock);
	if ((buf->flags & (BUFFER_DATA | BUFFER_FORGET)) == BUFFER_DATA &&
	    (buf->running != NULL || buf->checkpoint != NULL)) {
		memcpy(dst, buf->data, j->cache->block_bytes);
		newer = true;
	}
	spin_unlock(&j->lock);
	buffer_put(buf);
	return newer;
}

/* ---- Ordered data ----------------------------------------------------- */

void
journal_inode_init(struct journal_inode *ji, struct pagecache *cache)
{
	*ji = (struct journal_inode){.cache = cache};
	list_init(&ji->link);
}

void
journal_order(struct journal_handle *h, struct journal_inode *ji)
{
	struct journal *j = h->journal;
	struct transaction *t = h->transaction;

	if (j == NULL || (ji->ordered && atomic_load(&ji->tid) == t->tid))
		return;
	spin_lock(&j->lock);
	/* If an earlier commit has it on its list still, that commit passes it
	 * on: see write_ordered(). */
	if (list_empty(&ji->link))
		list_add_tail(&t->inodes, &ji->link);
	atomic_store(&ji->tid, t->tid);
	ji->ordered = true;
	spin_unlock(&j->lock);
}

void
journal_inode_release(struct journal *j, struct journal_inode *ji)
{
	if (j == NULL || !ji->ordered)
		return;
	for (;;) {
		bool busy;

		spin_lock(&j->lock);
		busy = ji->busy;
		if (!busy)
			list_remove(&ji->link);
		spin_unlock(&j->lock);
		if (!busy)
			return;
		wait_event(&j->inode_idle, !atomic_load(&ji->busy));
	}
}
