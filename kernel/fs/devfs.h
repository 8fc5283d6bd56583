/* devfs.h - /dev: one node for each registered device.
 *
 * Layer: fs   Called by: fs.c; namei.c (opening a device node)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

struct file_ops;

/* Operations of an open character device, whatever the file system it is in; open()
 * finds the driver by the node's number, -ENXIO if there is none. */
extern const struct file_ops chardev_file_ops;

/* Make the type "devtmpfs" known. */
void devfs_init(void);
