/* fs.h - how the files start at boot.
 *
 * Layer: fs   Called by: main
 *
 * SPDX-License-Identifier: MIT */
#pragma once

/* Set up caches and the types ramfs, tmpfs, devtmpfs, proc; mount an empty
 * ramfs as the root.  Slab, page cache and clock must work; panics if there is
 * no memory at this point. */
void fs_init(void);

/* Unpack every boot module that is a cpio archive into the root, mount devfs on
 * /dev and procfs on /proc (directories are made if they lack), and give the
 * modules' memory back.  Chardevs must be registered.  A bad archive is named
 * in the log. */
void fs_populate(void);
