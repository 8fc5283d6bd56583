/* mem.h - the devices that are only memory: null, zero, full, kmsg.
 *
 * Layer: drivers   Called by: init.c
 * SPDX-License-Identifier: MIT */
#pragma once

/* Register /dev/null, /dev/zero, /dev/full and /dev/kmsg. */
void mem_init(void);
