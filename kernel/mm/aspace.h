/* aspace.h - address spaces: what a process has mapped where.
 *
 * Layer: mm   Called by: proc (fork, exec, exit), syscall (mmap ...), fault
 *
 * An address space is a set of areas, page tables filled by faults, and the
 * set of CPUs whose TLB may remember them.
 *
 *	struct aspace
 *	  areas --- [text r-x file] [data rw- file] [heap] [mmap ...] [stack]
 *	  pt ------ the pages that were touched
 *
 * Invariants:
 * (1) Areas do not overlap, and are page aligned.
 * (2) A present entry of pt lies in an area, and gives no right that the area
 *     does not; it holds one reference to its page.
 * (3) A page that a private area maps writable has no other user.
 * (4) When as->lock is released, no TLB has an entry that pt has not, or one
 *     with more rights.
 * (5) Neighbouring areas that could be one are one.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "abi/mman.h"
#include "lib/rbtree.h"
#include "mm/object.h"
#include "mm/pagetable.h"
#include "sched/mutex.h"
#include "sync/refcount.h"

struct aspace;
struct page;

/* area->flags */
#define AREA_SHARED    BIT(0) /* writes go to the object, not to a copy */
#define AREA_GROWSDOWN BIT(1) /* a stack: a fault below it extends it */
#define AREA_BRK       BIT(2) /* the heap of brk(2) */

/* Where mappings are put: from below MMAP_TOP downwards.  Above it there is
 * room for the stack, in the same GiB, so that both share page tables. */
#define MMAP_TOP (USER_TOP - (256ULL << 20))
#define MMAP_MIN 0x10000ULL

/* A stack keeps this distance from what is mapped below it. */
#define STACK_GUARD_GAP (256 * PAGE_SIZE)

/* All [as->lock of its address space] but object_link and unmap_round, which
 * are protected by object->lock. */
struct area {
	struct rb_node node;     /* in as->areas, by start */
	vaddr_t start;
	vaddr_t end;             /* first byte behind it */
	uint32_t prot;           /* PROT_READ | PROT_WRITE | PROT_EXEC */
	uint32_t max_prot;       /* what mprotect() may give */
	uint32_t flags;          /* AREA_SHARED, ... */
	struct vm_object *object; /* NULL: zero pages (anonymous memory) */
	uint64_t offset;         /* byte of the object at start */
	struct aspace *as;
	struct list object_link; /* in object->areas */
	uint64_t unmap_round;    /* see object_unmap() */
};

/* Told before a mapping goes away or loses rights, for those who keep copies of
 * translations (virtual machines).  May not sleep; as->lock is held. */
struct aspace_notifier {
	struct list link;
	void (*invalidate)(struct aspace_notifier *n, vaddr_t start,
	    vaddr_t end);
};

/*
 * What protects the members:
 *	I	immutable after aspace_create()
 *	a	atomic
 *	x	lock
 */
struct aspace {
	struct mutex lock;
	struct refcount refs;       /* [a] */
	struct pagetable pt;        /* [x] root: [I] */
	struct rb_tree areas;       /* [x] */
	struct area *last_hit;      /* [x] area that was found last, or NULL */
	unsigned area_count;        /* [x] */
	size_t mapped_pages;        /* [x] in areas */
	size_t resident_pages;      /* [x] present in pt: RSS; read without */
	size_t resident_file_pages; /* [x] of those, pages of objects */
	size_t resident_peak;       /* [x] the largest RSS so far */
	vaddr_t search_top;         /* [x] where the search for room begins */
	vaddr_t brk_start;          /* [x] 0: no heap yet */
	vaddr_t brk;                /* [x] as set: any byte */
	uint64_t stack_limit;       /* [a] RLIMIT_STACK in bytes */
	uint64_t map_limit;         /* [a] RLIMIT_AS in bytes */
	uint64_t cpus;              /* [a] CPUs that may have pt in their TLB */
	struct list notifiers;      /* [x] */
	struct page *busy_page;     /* [x] that the fault at work must wait for */
	vaddr_t arg_start, arg_end; /* [x] of exec, for /proc/PID/cmdline */
	vaddr_t env_start, env_end; /* [x] */
};

/* A new, empty address space with one reference.  NULL: no memory. */
struct aspace *aspace_create(void);

/* fork: a copy of as.  Private pages are shared and become copy-on-write in
 * both.  *out: one reference.  Returns 0 or -ENOMEM.
 * Locks: takes as->lock.  May sleep. */
int aspace_clone(struct aspace *as, struct aspace **out);

static inline void
aspace_get(struct aspace *as)
{
	ref_get(&as->refs);
}

/* Drop a reference; the last one frees everything.  Thread context, interrupts
 * on, no lock of rank >= RANK_ASPACE held; may sleep.  A CPU that still has
 * the tables loaded is sent away from them first. */
void aspace_put(struct aspace *as);

/* Let this CPU translate by as from now on; NULL: no user memory needed (the
 * tables stay loaded until another comes).  Interrupts off.  It has the form of
 * sched_switch_aspace, and mm_init() installs it there. */
void aspace_switch(struct aspace *from, struct aspace *to);

/* What to map: aspace_map(). */
struct map_request {
	vaddr_t hint;     /* where; any page-aligned value; 0: anywhere */
	size_t bytes;     /* > 0; rounded up to pages */
	unsigned prot;    /* PROT_* */
	unsigned flags;   /* MAP_SHARED or MAP_PRIVATE, MAP_FIXED,
			   * MAP_FIXED_NOREPLACE, MAP_GROWSDOWN, MAP_POPULATE,
			   * MAP_NORESERVE; others are ignored */
	unsigned max_prot; /* rights that mprotect may give; 0: all */
	struct vm_object *object; /* NULL: anonymous.  Its reference stays the
				   * caller's: the area takes its own */
	uint64_t offset;  /* of the object, page aligned */
};

/* Make a mapping, and put its address into *va.  MAP_FIXED replaces what is
 * there.  Returns 0; -EINVAL: bytes, alignment, offset; -ENOMEM: no memory, no
 * address, limit; -EEXIST: MAP_FIXED_NOREPLACE and something is there;
 * -EPERM: fixed below the lowest address.
 * On error nothing has changed.  Takes as->lock; may sleep. */
int aspace_map(struct aspace *as, const struct map_request *rq, vaddr_t *va);

/* Unmap [va, va + bytes); holes in it are no error.
 * Returns 0, -EINVAL, -ENOMEM (no memory to split an area). */
int aspace_unmap(struct aspace *as, vaddr_t va, size_t bytes);

/* Change the rights.  Returns 0; -EINVAL; -ENOMEM: a part is not mapped (what
 * lies before it is changed, as on Linux); -EACCES: more than max_prot. */
int aspace_protect(struct aspace *as, vaddr_t va, size_t bytes, unsigned prot);

/* mremap(2).  bytes are rounded up to pages; flags: MREMAP_MAYMOVE and
 * MREMAP_FIXED (then to new_va).  *va: where it is now.
 * Returns 0, -EINVAL, -EFAULT (not one mapping), -ENOMEM. */
struct remap_request {
	vaddr_t old_va;
	size_t old_bytes;
	size_t new_bytes;
	unsigned flags;
	vaddr_t new_va;
};
int aspace_remap(struct aspace *as, const struct remap_request *rq,
    vaddr_t *va);

/* MADV_DONTNEED: forget the pages, keep the areas.  Returns 0, -EINVAL,
 * -ENOMEM: a part is not mapped. */
int aspace_discard(struct aspace *as, vaddr_t va, size_t bytes);

/* Set the start of the heap (exec), and move its end (brk): returns the end
 * that holds now, the old one if the new one cannot be. */
void aspace_brk_init(struct aspace *as, vaddr_t start);
vaddr_t aspace_brk(struct aspace *as, vaddr_t brk);

/* Is every page of [va, va + bytes) in an area? */
bool aspace_is_mapped(struct aspace *as, vaddr_t va, size_t bytes);

/* The area that contains va, or else the next above (aspace_find_area: NULL
 * unless it contains va).  Locks: as->lock held, for as long as it is used. */
struct area *aspace_find_area(struct aspace *as, vaddr_t va);
struct area *aspace_find_area_or_next(struct aspace *as, vaddr_t va);

/* Call fn for each area in order, until it returns nonzero; returns that.
 * Takes as->lock. */
int aspace_for_each_area(struct aspace *as,
    int (*fn)(const struct area *area, void *arg), void *arg);

/* The page at va, brought in as by a fault (write: as by a write), with a
 * reference.  The caller reaches it through page_va(); it stays the page of va
 * as long as no notifier says otherwise.  May sleep. */
enum fault_result aspace_get_page(struct aspace *as, vaddr_t va, bool write,
    struct page **out);

/* Copy between the kernel and any address space.  Return the bytes copied:
 * fewer than n where a page is missing or may not be used so.  aspace_write
 * obeys the areas' rights (exec writes its stack through it).  May sleep. */
size_t aspace_read(struct aspace *as, vaddr_t va, void *dst, size_t n);
size_t aspace_write(struct aspace *as, vaddr_t va, const void *src, size_t n);

void aspace_notify(struct aspace *as, struct aspace_notifier *n);
void aspace_notify_end(struct aspace *as, struct aspace_notifier *n);
