/* object.h - what an area maps: something that has pages by number.
 *
 * Layer: mm   Called by: aspace, fault; made by pagecache, fs, drivers
 *
 * An object knows the areas that map it, so that a page that leaves it (a
 * truncated file) is taken out of every address space.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "sync/refcount.h"
#include "sync/spinlock.h"

struct area;
struct page;
struct pagecache;
struct vm_object;

/*
 * Operations on an object.
 *
 *   get_page - Find page number index (4 KiB units), for writing through a
 *              shared mapping if write.  *out: the page, with a reference for
 *              the caller.  *out may be mapped writable only if write was set.
 *              Returns 0; -EFAULT: behind the end (SIGBUS); -EIO: could not
 *              be read (SIGBUS); -ENOMEM; -EAGAIN: *out is on its way from
 *              the disk: pagecache_wait() without the lock, then ask again.
 *              May sleep; the caller holds aspace->lock.
 *   is_present - Is the page in memory, for mincore(2)?  NULL: always.
 *   sync     - Bring pages [first, end) to the disk and wait.  Returns 0, -EIO.
 *              NULL: there is no disk.  May sleep; no aspace->lock held.
 *   will_need - Start to read them.  NULL: there is nothing to read.
 *   release  - The last reference has gone: free what belongs to it.
 *              May sleep.
 *   name     - Put a name for /proc/PID/maps into buf[size], terminated.
 *              NULL: it has none.
 *
 * write_notify: a page that is mapped for reading may not be written before
 * get_page(write) was called for it: the object wants to know when it becomes
 * dirty.  Otherwise a page may be mapped writable on the first read.
 */
struct vm_object_ops {
	int (*get_page)(struct vm_object *obj, uint64_t index, bool write,
	    struct page **out);
	bool (*is_present)(struct vm_object *obj, uint64_t index);
	int (*sync)(struct vm_object *obj, uint64_t first, uint64_t end);
	void (*will_need)(struct vm_object *obj, uint64_t first, uint64_t end);
	void (*release)(struct vm_object *obj);
	void (*name)(struct vm_object *obj, char *buf, size_t size);
	bool write_notify;
};

/*
 * What protects the members:
 *	I	immutable after object_init()
 *	a	atomic
 *	l	lock
 */
struct vm_object {
	const struct vm_object_ops *ops; /* [I] */
	struct refcount refs;            /* [a] */
	struct spinlock lock;
	struct list areas;               /* [l] struct area, object_link */
	uint64_t unmap_round;            /* [l] see object_unmap() */
	bool walking;                    /* [l] a walk over areas is at work */
};

/* Prepare an object with one reference. */
void object_init(struct vm_object *obj, const struct vm_object_ops *ops);

static inline void
object_get(struct vm_object *obj)
{
	ref_get(&obj->refs);
}

/* Drop a reference; the last one releases the object.  May sleep. */
void object_put(struct vm_object *obj);

/* Note that an area maps obj, or no longer does.  Called by area.c. */
void object_add_area(struct vm_object *obj, struct area *area);
void object_remove_area(struct vm_object *obj, struct area *area);

/* Take pages [first, end) of obj out of every address space that maps them,
 * private copies too.  A later access faults and asks get_page() again.
 * May sleep; takes aspace->lock of each, so none may be held. */
void object_unmap(struct vm_object *obj, uint64_t first, uint64_t end);

/* Take the pages of cache in [first, end) out of the address spaces whose lock
 * can be had at once; copies that are private stay.  For reclaim.  Does not
 * wait for another walk either. */
void object_try_unmap(struct vm_object *obj, uint64_t first, uint64_t end,
    const struct pagecache *cache);

/* Make pages [first, end) read-only in every shared mapping: the next write
 * asks get_page(write).  For write-back, before a page is cleaned.
 * May sleep; takes aspace->lock of each. */
void object_write_protect(struct vm_object *obj, uint64_t first, uint64_t end);
