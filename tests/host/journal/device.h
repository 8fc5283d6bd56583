/* device.h - a device whose pages the buffers look at; nothing else of mm.
 *
 * Layer: tests/host/journal   Called by: work.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/bdev.h"
#include "world.h"

extern struct bdev jt_bdev;

/* Put in a disk; pages of the last one are forgotten. */
void device_set(const struct world_disk *disk);

/* Of work.c: the data of that file must be on the disk. */
void device_write_ordered(struct pagecache *pc);
