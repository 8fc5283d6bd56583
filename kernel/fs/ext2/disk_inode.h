/* disk_inode.h - an inode as it lies on the disk, and the one in memory.
 *
 * Layer: fs/ext2   Called by: inode.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/ext2.h"

/* What is wrong with an inode, or NULL.  orphan: it may have no name left. */
const char *disk_inode_check(const struct ext2_fs *fs,
    const struct ext2_disk_inode *disk, bool orphan);

/* Fill an inode that nobody else knows; all but its operations. */
void disk_inode_load(struct inode *inode, const struct ext2_disk_inode *disk);

/* Fill all but i_dtime, which is orphan.c's, i_extra_isize and what we do not
 * know.  Locks: map_lock held. */
void disk_inode_store(const struct inode *inode,
    struct ext2_disk_inode *disk);

/* Set the time of creation, if there is room for it. */
void disk_inode_created(const struct ext2_fs *fs,
    struct ext2_disk_inode *disk);

/* The device that i_block names, and the other way. */
dev_t disk_inode_rdev(const uint32_t *block);
void disk_inode_set_rdev(dev_t rdev, uint32_t *block);
