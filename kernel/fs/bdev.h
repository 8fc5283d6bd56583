/* bdev.h - a block device as a file: its pages, and opening it.
 *
 * Layer: fs   Called by: devfs (device nodes), ext2 (mount), buffer.c
 *
 * The page cache of a block device holds its bytes by number of page.  A file
 * system that is mounted from it keeps its metadata there (buffer.h); whoever
 * reads /dev/vda sees the same pages.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "drivers/block/block.h"
#include "mm/pagecache.h"
#include "sched/mutex.h"

/* [I] immutable, [l] bdevs_lock.  Made when the device is first used, and never
 * freed, as the device is not. */
struct bdev {
	struct block_device *dev;  /* [I] */
	struct pagecache cache;    /* bytes = the device's size */
	struct mutex lock;         /* one write(2) at a time */
	unsigned users;            /* [l] openings and mounts */
	void *holder;              /* [l] the mount, or NULL */
};

/* The device of that number, with its pages; users count.  Returns 0; -ENXIO:
 * no such device; -ENOMEM. */
int bdev_get(dev_t number, struct bdev **out);

/* Drop a use.  The last one writes dirty pages back, and drops all that nothing
 * maps and that could be written.  May sleep. */
void bdev_put(struct bdev *b);

/* Claim it for a mount: -EBUSY: another has it.  Release with NULL. */
int bdev_claim(struct bdev *b, void *holder);

/* The block device that a path names, for mount(2).  Returns 0 and a use;
 * -ENOTBLK: it is no block device; errors of path_lookup(), bdev_get(). */
int bdev_get_path(const char *path, struct bdev **out);

/* Operations of an open block device node. */
struct file_ops;
extern const struct file_ops bdev_file_ops;
