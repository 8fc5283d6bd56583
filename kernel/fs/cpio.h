/* cpio.h - read archives of the format "newc".
 *
 * Layer: fs (pure: also a host program, tests/host/test_cpio.c)
 *
 * SPDX-License-Identifier: MIT */
#pragma once

#include "lib/types.h"

/* One member.  name and data point into the archive; name ends with a 0. */
struct cpio_entry {
	const char *name;
	size_t name_len;
	const void *data;
	size_t bytes;
	uint32_t ino;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t nlink;
	uint32_t mtime;
	uint32_t dev_major, dev_minor;	 /* with ino: which file it is */
	uint32_t rdev_major, rdev_minor; /* of a device node */
};

/* Call fn for every member of every archive in [image, image + bytes), in
 * order.  Archives may follow each other, with zero bytes between.  fn returns
 * 0 or an error, which ends the reading and is returned.  archive_end (may be
 * NULL) is called at each archive's end.
 * Returns 0, -EINVAL (not an archive, cut short, a length that leads out of it)
 * or fn's error.  Reads no byte outside the image. */
int cpio_for_each(const void *image, size_t bytes,
    int (*fn)(const struct cpio_entry *entry, void *arg),
    void (*archive_end)(void *arg), void *arg);
