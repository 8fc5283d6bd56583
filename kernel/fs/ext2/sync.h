/* sync.h - bringing a file system to the disk, and what the disk says of it.
 *
 * Layer: fs/ext2   Called by: super.c
 *
 * All may sleep, and take no lock of the VFS; no handle is open.
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/ext2.h"

/* It will be written to: say so on the disk.  Returns 0 or -EIO. */
int ext2_start_writing(struct ext2_fs *fs);

/* Everything is in its place: say that the disk is clean.  Returns 0 or -EIO;
 * nothing is written if it was not being written to. */
int ext2_stop_writing(struct ext2_fs *fs);

/* Bring everything to the disk, and wait.  checkpoint: to its place, too.
 * Returns 0 or the first error. */
int ext2_sync_all(struct ext2_fs *fs, bool checkpoint);

/* Start and stop the thread that commits and writes what is old.  stop: it does
 * not touch fs any more when this returns. */
void ext2_start_ticker(struct ext2_fs *fs);
void ext2_stop_ticker(struct ext2_fs *fs);
