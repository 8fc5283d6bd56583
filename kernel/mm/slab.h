/* slab.h - the kernel heap: caches of equal objects, and kmalloc over them.
 *
 * Layer: mm   Called by: everyone above
 *
 * A slab is a block of pages cut into objects of one size.  Each CPU keeps a
 * short list of free objects for each cache: the usual alloc and free touch
 * nothing else.
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/list.h"
#include "lib/types.h"
#include "sync/spinlock.h"
#include "x86/cpu.h"

/* The free objects that one CPU has at hand. */
struct slab_cpu {
	void *free;     /* linked through the objects' first words */
	unsigned count;
};

/*
 * What protects the members:
 *	I	immutable after slab_cache_init()
 *	c	this CPU, interrupts off
 *	l	lock
 */
struct slab_cache {
	struct slab_cpu cpu[MAX_CPUS]; /* [c] */
	uint32_t size;                 /* [I] of an object, rounded */
	uint16_t order;                /* [I] a slab has 2^order pages */
	uint16_t per_slab;             /* [I] objects in a slab */
	uint16_t batch;                /* [I] objects to take or give at once */
	const char *name;              /* [I] */
	struct spinlock lock;
	struct list partial;           /* [l] slabs with free objects */
	size_t slabs;                  /* [l] */
	size_t used;                   /* [l] objects out, CPUs' lists too */
	struct list caches;            /* [I] in the list of all caches */
};

/* Prepare a cache of objects of size bytes, aligned to align (a power of two,
 * at most 64; 0: 8).  size: 1..8192.  name: stays the caller's. */
void slab_cache_init(struct slab_cache *cache, const char *name, size_t size,
    size_t align);

/* Give an object back to a cache it came from; take one (its bytes are
 * undefined) or NULL.  Any context; do not sleep. */
void *slab_alloc(struct slab_cache *cache);
void slab_free(struct slab_cache *cache, void *object);

/* Memory of any size up to 4 MiB; 8-aligned, from 64 bytes on aligned to 64 if
 * the size is a power of two.  NULL when there is none.  kfree(NULL) does
 * nothing.  Any context; do not sleep. */
void *kmalloc(size_t bytes);
void *kzalloc(size_t bytes);
void kfree(const void *p);

/* Give all slabs without a used object back to the page allocator, those of
 * this CPU's lists too.  Returns the number of pages. */
size_t slab_trim(void);

/* Pages that all slabs hold. */
size_t slab_page_count(void);

/* For /proc/slabinfo: call fn(cache, arg) for each cache. */
void slab_for_each_cache(void (*fn)(struct slab_cache *cache, void *arg),
    void *arg);
