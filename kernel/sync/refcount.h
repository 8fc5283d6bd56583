/* refcount.h - counted references to an object.
 *
 * Layer: sync   Called by: everyone whose objects have several owners
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "debug/assert.h"
#include "lib/atomic.h"

struct refcount {
	uint32_t count; /* [a] */
};

static inline void
ref_init(struct refcount *ref, uint32_t count)
{
	atomic_store(&ref->count, count);
}

static inline uint32_t
ref_count(const struct refcount *ref)
{
	return atomic_load(&ref->count);
}

/* Take one more reference; the caller has one already. */
static inline void
ref_get(struct refcount *ref)
{
	uint32_t old = atomic_fetch_add(&ref->count, 1);

	kassert(old > 0);
}

/* Take a reference unless the last is gone.  True: taken. */
static inline bool
ref_get_unless_zero(struct refcount *ref)
{
	uint32_t old = atomic_load(&ref->count);

	while (old != 0) {
		if (atomic_cas(&ref->count, &old, old + 1))
			return true;
	}
	return false;
}

/* Drop a reference.  True: it was the last, the caller destroys the object. */
static inline bool
ref_put(struct refcount *ref)
{
	uint32_t old = atomic_fetch_add(&ref->count, (uint32_t)-1);

	kassert(old > 0);
	return old == 1;
}
