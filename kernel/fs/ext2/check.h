/* check.h - may this superblock be believed?
 *
 * Layer: fs/ext2   Called by: super.c
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "fs/ext2/format.h"

struct block_device;

/* Check every member that others rely on.  device: its size in bytes; source:
 * for the message.  Returns 0; -EINVAL, after saying what is wrong. */
int ext2_super_check(const struct ext2_super *super, uint64_t device,
    const char *source);

/* May it be mounted for writing?  Returns 0; -EROFS, after saying why not. */
int ext2_super_check_writable(const struct ext2_super *super,
    const struct block_device *dev, const char *source);
