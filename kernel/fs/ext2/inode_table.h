/* inode_table.h - the inodes in memory, by number.
 *
 * Layer: fs/ext2   Called by: inode.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/ext2.h"

/* Put in an inode that is not there.  Locks: takes table_lock. */
void inode_table_insert(struct ext2_inode *ei);

/* Take it out, and wake who waits for that; it may be out already. */
void inode_table_remove(struct ext2_inode *ei);

/* The inode if it is there, with a reference, or NULL.  Waits for one that is
 * being evicted to be gone.  No handle is open.  May sleep. */
struct inode *inode_table_get(struct ext2_fs *fs, uint32_t ino);
