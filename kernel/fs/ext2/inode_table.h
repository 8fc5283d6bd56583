/* inode_table.h - the inodes in memory, by number.
 *
 * Layer: fs/ext2   Called by: inode.c, super.c (unmount)
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

/* An inode that was put in has left memory: the last that its end does with
 * fs, which the unmount waits for. */
void inode_table_leave(struct ext2_fs *fs);

/* Are so many inodes in memory, and nobody at work on another's end? */
bool inode_table_is_left(struct ext2_fs *fs, size_t count);
