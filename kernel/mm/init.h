/* init.h - the steps of mm_init(), one for each part of mm.
 *
 * Layer: mm   Called by: mm/init.c only
 *
 * SPDX-License-Identifier: MIT */
#pragma once

void kmalloc_init(void);   /* the heap; needs pages */
void kstack_init(void);    /* needs the heap */
void pagecache_init_all(void);
void aspace_init(void);
