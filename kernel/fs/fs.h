/* fs.h - how the files start at boot.
 *
 * Layer: fs   Called by: main
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* Set up caches and the types of file systems; mount the root: the disk that
 * root= names (with the options of rootflags=), else an empty ramfs.  Slab, page
 * cache, clock and disks must work; panics if there is no memory at this
 * point. */
void fs_init(void);

/* Unpack every boot module that is a cpio archive into the root (not the first
 * one, the programs, if the root is a disk), mount devfs on
 * /dev and procfs on /proc (directories are made if they lack), and give the
 * modules' memory back.  Chardevs must be registered.  A bad archive is named
 * in the log. */
void fs_populate(void);
