/* reclaim.h - memory is short: what can be given up.
 *
 * Layer: mm   Called by: page.c, slab.c, fault.c, the page cache; fs (shrinkers)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Drop clean pages of files that nobody uses, `want` of them if there are so
 * many.  Returns how many.  Thread context, no spinlock held; does not sleep. */
size_t reclaim_clean(size_t want);

/* Few pages are free: wake the thread that makes more so.  Any context; where
 * nobody can be woken, the thread finds out a little later. */
void reclaim_wake(void);

/* No page could be had: let others make some free, and wait a little.
 * tries: how often the caller did that already.  Returns whether to try again.
 * May sleep; the fewer locks are held, the more can be reclaimed. */
bool reclaim_wait(unsigned tries);

/* Somebody above keeps things only because they may be wanted again.
 * shrink: give up at most max of them, the least recently used first, and
 * return how many went.  Called by the reclaim thread, which holds no lock; may
 * sleep.  Called at boot. */
void reclaim_add_shrinker(size_t (*shrink)(size_t max));

/* Call every shrinker.  Returns what they gave up. */
size_t reclaim_shrink(size_t max);

/* Start the thread.  Called once at boot. */
void reclaim_start(void);
