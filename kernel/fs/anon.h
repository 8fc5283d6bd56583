/* anon.h - files without a name: memfd and eventfd.
 *
 * Layer: fs   Called by: syscall/fd.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

struct file;

/* memfd_create(2) and eventfd2(2) */
#define MEMFD_CLOEXEC  1
#define MEMFD_NAME_MAX 249 /* bytes, without the 0 */
#define EFD_SEMAPHORE  1

/* A file in memory, open for reading and writing, that lives while it is open
 * or mapped.  Returns 0 or -ENOMEM. */
int memfd_create(const char *name, struct file **out);

/* A counter to wait for.  semaphore: a read takes 1, not all.
 * flags: O_NONBLOCK.  Returns 0 or -ENOMEM. */
int eventfd_create(uint64_t count, bool semaphore, unsigned flags,
    struct file **out);
