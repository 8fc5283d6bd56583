/* reclaim.h - memory is short: what can be given up.
 *
 * Layer: mm   Called by: page.c, fault.c, the page cache; fs (shrinkers)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Drop clean pages of files that nobody uses, `want` of them if there are so
 * many.  Returns how many.  Thread context, no spinlock held; does not sleep. */
size_t reclaim_clean(size_t want);

/* Is so little free that pages should not be read before they are needed? */
bool reclaim_memory_is_low(void);

/* No page could be had: let others make some free, and wait a little.
 * tries: how often the caller did that already.  Returns whether to try again.
 * May sleep; the fewer locks are held, the more can be reclaimed. */
bool reclaim_wait(unsigned tries);
