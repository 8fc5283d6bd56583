/* initramfs.h - unpack cpio archives into the root file system.
 *
 * Layer: fs   Called by: fs.c at boot
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* Unpack the archives in [image, image + bytes) one behind the other: existing
 * files are replaced.  Returns 0, -EINVAL (hostile or cut archive: what came
 * before the fault is there), -ENOMEM. */
int initramfs_unpack(const void *image, size_t bytes);
